"""The table of contents: what people serves and hears."""

from ambulo.identity.v1 import events_pb2 as identity
from chassis import Chassis, Service

from people.usecases.patients import Memberships, PatientService
from people.usecases.reactions import Reactions


def build(chassis: Chassis) -> None:
    memberships = chassis.peer(Memberships, "ambulo.identity.v1.MembershipService")  # type: ignore[type-abstract]

    chassis.serves("ambulo.people.v1.PatientService", PatientService(memberships))

    chassis.hears(identity.MembershipAccepted, Reactions().on_membership_accepted)


service = Service("people", build)
