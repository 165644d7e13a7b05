"""Carrying out a plan: everything is asked for in turn, and what fails is named."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ambulo.booking.v1.appointments_pb2 import APPOINTMENT_STATUS_CANCELED, Appointment
from chassis.errors import Conflict, DomainError, FieldViolation, Invalid, Refused
from google.protobuf.timestamp_pb2 import Timestamp
from suite.load import Came, NothingToLoad, load

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

    def __init__(self, *, stands: dict[str, Any] | None = None, **failures: list[DomainError]) -> None:
        self.failures, self.stands = failures, stands or {}
        self.asked: list[tuple[str, Any]] = []

    async def ask(self, rpc: Any, request: Any, clinic_id: Any) -> Any:
        assert str(clinic_id) == request.clinic_id
        self.asked.append((rpc.name, request))
        if self.failures.get(rpc.name):
            raise self.failures[rpc.name].pop(0)
        answer = rpc.response_class()
        if rpc.name == "BookAppointment":
            answer.appointment.MergeFrom(Appointment(**({"starts_at": request.starts_at} | self.stands)))
        return answer


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


async def test_a_second_load_says_the_same_of_the_same_ids(bundle: Any) -> None:
    path, first, second = bundle(*PATIENTS, LOCATION, *BOOKED), Services(), Services()
    await load(path, first)
    await load(path, second)
    assert first.asked == second.asked
    assert first.asked[-1][1].appointment_id


@pytest.mark.parametrize(
    ("stands", "why"),
    [
        ({}, ""),
        ({"start": "10 o'clock", "starts_at": Timestamp(seconds=1)}, "was booked before and stands at 10 o'clock"),
        ({"status": APPOINTMENT_STATUS_CANCELED}, "was booked before and canceled since; it stays canceled"),
    ],
)
async def test_what_people_did_with_an_appointment_since_is_kept(bundle: Any, stands: Any, why: str) -> None:
    loaded = await load(bundle(*PATIENTS, *BOOKED), Services(stands=stands))
    assert loaded.failures == []
    assert [each.kept for each in loaded.came if each.origin == "Appointment/1"] == [why]
    assert (f"kept     Appointment/1: {why}" in loaded.table()) == bool(why)


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
    assert loaded.failures == [
        Came("Patient/0", failure="INVALID: mrn is too long"), Came("Patient/1", failure="SLOT_TAKEN: is taken"),
    ]  # fmt: skip
    assert Counter(name for name, _ in services.asked)["RegisterPatient"] == 5


async def test_what_a_service_has_not_heard_of_yet_is_asked_again(bundle: Any) -> None:
    services = Services(DefineService=[UnknownLocation(), UnknownLocation()])
    assert (await load(bundle(*BOOKED[:1]), services)).failures == []
    assert Counter(name for name, _ in services.asked)["DefineService"] == 3


async def test_but_not_for_ever(bundle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suite.load._HEARD_WITHIN_S", 0)
    services = Services(DefineService=[UnknownLocation("where?")] * 9)
    loaded = await load(bundle(*BOOKED[:1]), services)
    assert loaded.failures == [Came("HealthcareService/consultation", failure="UNKNOWN_LOCATION: where?")]


async def test_the_outcomes_hold_what_could_not_be_read_too(bundle: Any) -> None:
    loaded = await load(bundle(LOCATION, "nothing"), Services())
    assert [o.origin for o in loaded.outcomes] == ["bundle.json", "Location/1"]
