"""The roles, and what each may do."""

import pytest
from claims import ANONYMOUS, PERMISSIONS, ROLES, permissions_of, system
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_only_permissions_of_the_catalogue(role: str) -> None:
    assert permissions_of(role)
    assert permissions_of(role) <= set(PERMISSIONS)


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_every_permission_is_explained_and_somebodys(permission: str) -> None:
    assert PERMISSIONS[permission]
    assert any(permission in ROLES[role] for role in ROLES)


@given(role=st.text().filter(lambda role: role not in ROLES))
def test_a_role_that_does_not_exist_may_nothing(role: str) -> None:
    assert permissions_of(role) == frozenset()


def test_only_the_suite_itself_may_create_clinics() -> None:
    assert [role for role in ROLES if "clinics.define" in ROLES[role]] == ["system"]


def test_a_patient_sees_no_other_patients_and_changes_nothing_but_appointments() -> None:
    assert not permissions_of("patient") & {"patients.read", "patients.write", "members.read", "hours.read"}
    changes = {p for p in permissions_of("patient") if not p.endswith(".read")}
    assert changes == {"appointments.book"}


def test_who_cares_for_patients_may_do_all_that_they_may() -> None:
    assert permissions_of("patient") < permissions_of("specialist") < permissions_of("admin") < permissions_of("system")
    assert permissions_of("patient") < permissions_of("front_desk") < permissions_of("admin")


def test_the_suite_itself_acts_with_every_permission() -> None:
    claims = system("booking")
    assert all(claims.may(permission) for permission in PERMISSIONS)
    assert claims.signed_in
    assert claims.subject == "system:booking"


def test_nobody_is_not_signed_in_and_may_nothing() -> None:
    assert not ANONYMOUS.signed_in
    assert not any(ANONYMOUS.may(permission) for permission in PERMISSIONS)
