"""Rows to protobuf."""

from typing import Any, Final

from ambulo.identity.v1 import clinics_pb2, memberships_pb2, sessions_pb2

ROLES: Final = {
    memberships_pb2.ROLE_ADMIN: "admin",
    memberships_pb2.ROLE_FRONT_DESK: "front_desk",
    memberships_pb2.ROLE_SPECIALIST: "specialist",
    memberships_pb2.ROLE_PATIENT: "patient",
}
ROLES_BACK: Final = {name: role for role, name in ROLES.items()}


def clinic(row: Any) -> clinics_pb2.Clinic:
    return clinics_pb2.Clinic(
        id=str(row["id"]),
        name=row["name"],
        slug=row["slug"],
        time_zone=row["time_zone"],
        version=row["version"],
        created_at=row["created_at"],
        color=row["color"],
        logo=row["logo"],
        languages=row["languages"],
    )


def public_clinic(row: Any) -> clinics_pb2.PublicClinic:
    return clinics_pb2.PublicClinic(
        id=str(row["id"]),
        name=row["name"],
        time_zone=row["time_zone"],
        color=row["color"],
        logo=row["logo"],
        languages=row["languages"],
    )


def membership(row: Any, email: str) -> memberships_pb2.Membership:
    return memberships_pb2.Membership(
        id=str(row["id"]),
        email=email,
        role=ROLES_BACK[row["role"]],
        patient_id=str(row["patient_id"] or ""),
        specialist_id=str(row["specialist_id"] or ""),
        invited_at=row["invited_at"],
        accepted_at=row["accepted_at"],
    )


def my_membership(row: Any) -> sessions_pb2.MyMembership:
    return sessions_pb2.MyMembership(
        clinic_id=str(row["clinic_id"]),
        clinic_name=row["clinic_name"],
        role=row["role"],
        patient_id=str(row["patient_id"] or ""),
        specialist_id=str(row["specialist_id"] or ""),
    )
