"""Carrying out a plan: everything is asked for in turn, and what fails is named."""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chassis.errors import Conflict, DomainError, FieldViolation, Invalid, Refused
from suite.load import NothingToLoad, load

LOCATION = {"resourceType": "Location", "id": "1", "name": "One"}
PATIENTS = [{"resourceType": "Patient", "id": str(n), "name": [{"text": "Ion Pop"}]} for n in range(5)]
WHO = [{"actor": {"reference": origin}} for origin in ("Patient/0", "Practitioner/1")]
BOOKED = [
    {"resourceType": "Practitioner", "id": "1", "name": [{"text": "Ana Pop"}]},
    {"resourceType": "Appointment", "id": "1", "status": "booked", "participant": WHO}
    | {"start": "2090-01-01T09:00:00Z", "end": "2090-01-01T09:30:00Z"},
]


class UnknownLocation(Refused):
    pass


class SlotTaken(Conflict):
    pass


class Services:
    """The suite behind the operator: says yes, but for the failures that were put in."""

    def __init__(self, *, there: bool = False, **failures: list[DomainError]) -> None:
        self.failures, self.there = failures, there
        self.asked: list[tuple[str, str]] = []

    async def ask(self, rpc: Any, request: Any, clinic_id: Any, *, idempotency_key: str = "") -> None:
        assert str(clinic_id) == request.clinic_id
        self.asked.append((rpc.name, idempotency_key))
        if self.failures.get(rpc.name):
            raise self.failures[rpc.name].pop(0)

    async def call(self, service: str, name: str, request: Any, clinic_id: Any) -> Any:
        assert (service, name) == ("booking.v1.AppointmentService", "ListAppointments")
        return SimpleNamespace(appointments=["it"] if self.there else [])


@pytest.fixture
def bundle(tmp_path: Path) -> Any:
    def write(*resources: Any) -> Path:
        path = tmp_path / "bundle.json"
        path.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}))
        return path

    return write


async def test_everything_is_asked_for_kind_by_kind(bundle: Any) -> None:
    services, said = Services(), []
    loaded = await load(bundle(*PATIENTS, LOCATION, *BOOKED), services, progress=said.append)
    assert said == [
        "1 x DefineClinic", "1 x DefineLocation", "1 x DefineSpecialist", "1 x DefineService",
        "5 x RegisterPatient", "1 x BookAppointment",
    ]  # fmt: skip
    assert list(Counter(name for name, _ in services.asked).values()) == [1, 1, 1, 1, 5, 1]
    assert loaded.failures == []


async def test_a_second_load_books_with_the_same_key_and_says_everything_else_anew(bundle: Any) -> None:
    path, first, second = bundle(*PATIENTS, LOCATION, *BOOKED), Services(), Services()
    await load(path, first)
    await load(path, second)
    assert first.asked == second.asked
    assert [name for name, key in first.asked if key] == ["BookAppointment"]


async def test_an_appointment_that_has_moved_has_another_key(bundle: Any) -> None:
    first, second = Services(), Services()
    await load(bundle(*PATIENTS, *BOOKED), first)
    later = BOOKED[1] | {"start": "2090-01-02T09:00:00Z", "end": "2090-01-02T09:30:00Z"}
    await load(bundle(*PATIENTS, BOOKED[0], later), second)
    assert first.asked[:-1] == second.asked[:-1]
    assert first.asked[-1] != second.asked[-1]


@pytest.mark.parametrize(
    ("resources", "why"), [([], "There is no FHIR resource in"), (["x"], "\nbundle.json is no FHIR resource")]
)
async def test_a_load_of_nothing_makes_no_clinic_and_says_why(bundle: Any, resources: list[Any], why: str) -> None:
    services = Services()
    with pytest.raises(NothingToLoad, match=why):
        await load(bundle(*resources), services)
    assert services.asked == []


async def test_what_a_service_refuses_is_named_and_the_rest_goes_on(bundle: Any) -> None:
    wrong = Invalid(fields=[FieldViolation("mrn", "is too long")])
    services = Services(RegisterPatient=[wrong, SlotTaken("is taken")])
    loaded = await load(bundle(*PATIENTS), services)
    assert loaded.failures == [("Patient/0", "INVALID: mrn is too long"), ("Patient/1", "SLOT_TAKEN: is taken")]
    assert Counter(name for name, _ in services.asked)["RegisterPatient"] == 5


async def test_what_a_service_has_not_heard_of_yet_is_asked_again(bundle: Any) -> None:
    services = Services(DefineService=[UnknownLocation(), UnknownLocation()])
    assert (await load(bundle(*BOOKED[:1]), services)).failures == []
    assert Counter(name for name, _ in services.asked)["DefineService"] == 3


async def test_but_not_for_ever(bundle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suite.load._HEARD_WITHIN_S", 0)
    services = Services(DefineService=[UnknownLocation("where?")] * 9)
    loaded = await load(bundle(*BOOKED[:1]), services)
    assert loaded.failures == [("HealthcareService/consultation", "UNKNOWN_LOCATION: where?")]


@pytest.mark.parametrize(("there", "failures"), [(True, []), (False, [("Appointment/1", "SLOT_TAKEN: is taken")])])
async def test_an_appointment_that_is_already_there_is_no_failure(bundle: Any, there: bool, failures: Any) -> None:
    services = Services(there=there, BookAppointment=[SlotTaken("is taken")])
    assert (await load(bundle(*PATIENTS, *BOOKED), services)).failures == failures


async def test_the_outcomes_hold_what_could_not_be_read_too(bundle: Any) -> None:
    loaded = await load(bundle(LOCATION, "nothing"), Services())
    assert [o.origin for o in loaded.outcomes] == ["bundle.json", "Location/1"]
