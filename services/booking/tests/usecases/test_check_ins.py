"""Checking in by code, on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ambulo.booking.v1 import appointments_pb2, visits_pb2, walk_ins_pb2
from ambulo.booking.v1 import check_ins_pb2 as pb
from chassis.errors import Conflict, NotFound, Refused
from chassis.ids import new_id
from chassis.testing import as_owner
from chassis.wire import stamp
from claims import ANONYMOUS
from pictures import read_qr

NOBODY = ANONYMOUS.issued_by("fake")
CHECKED_IN, IN_PROGRESS = (
    appointments_pb2.AppointmentStatus.Value(f"APPOINTMENT_STATUS_{name}") for name in ("CHECKED_IN", "IN_PROGRESS")
)


def minutes_from_now(minutes: int) -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=minutes)


@pytest.fixture
def here(desk: Any) -> Any:
    """Where it is about noon: three hours around now are one day."""
    east = 12 - datetime.now(UTC).hour
    desk.zone = f"Etc/GMT{-east:+d}" if east else "UTC"
    return desk


async def code_of(desk: Any, it: Any, who: Any = None) -> pb.CheckInCode:
    found: pb.CheckInCode = await desk.ask("GetCheckInCode", pb.GetCheckInCodeRequest(appointment_id=it.id), claims=who)
    return found


async def check_in(desk: Any, code: str) -> pb.CheckedIn:
    found: pb.CheckedIn = await desk.ask("CheckInByCode", pb.CheckInByCodeRequest(code=code), claims=NOBODY)
    return found


async def status_of(desk: Any, it: Any) -> appointments_pb2.Appointment:
    request = appointments_pb2.GetAppointmentRequest(appointment_id=it.id)
    found: appointments_pb2.Appointment = (await desk.ask("GetAppointment", request)).appointment
    return found


async def test_the_qr_code_checks_in_and_tells_when_it_is_their_turn_and_not_who_they_are(here: Any) -> None:
    patient, starts_at = here.patient(), minutes_from_now(42)
    made = await here.book(starts_at, who=patient)
    code = await code_of(here, made, patient)
    assert read_qr(code.svg) == code.url
    assert code.url == f"http://localhost:8000/check-in?code={code.code}"
    assert code.valid_from.ToDatetime(UTC) == starts_at - timedelta(hours=3)
    assert code.valid_until.ToDatetime(UTC) == starts_at + timedelta(minutes=30)
    assert await code_of(here, made) == code, "the desk sees the same"

    there = await check_in(here, read_qr(code.svg))
    assert (there.status, there.start, there.expected_wait.minutes) == (CHECKED_IN, made.start, 45)
    said = str(there)
    assert not any(id_ in said for id_ in (made.id, made.patient_id, made.specialist_id, made.clinic_id))
    assert await check_in(here, code.code) == there, "twice is as once"

    entries = await here.ask("ListTimeline", visits_pb2.ListTimelineRequest(appointment_id=made.id))
    assert [(e.version, e.action, e.actor) for e in entries.entries] == [
        (1, "booked", "human"), (2, "checked_in", "anonymous"),
    ]  # fmt: skip
    assert await here.running.events() == ["AppointmentBooked", "AppointmentStatusChanged"]


async def test_many_at_once_check_in_once(here: Any) -> None:
    code = await code_of(here, await here.book(minutes_from_now(30)))
    await asyncio.gather(*(check_in(here, code.code) for _ in range(6)))
    assert (await here.running.events()).count("AppointmentStatusChanged") == 1


async def test_a_code_follows_its_appointment(here: Any) -> None:
    made = await here.book(minutes_from_now(30))
    code = await code_of(here, made)
    moved = await here.change(made, starts_at=stamp(minutes_from_now(4 * 60)))
    with pytest.raises(Refused) as early:
        await check_in(here, code.code)
    assert early.value.reason == "NOT_YET"
    moved = await here.change(moved, starts_at=stamp(minutes_from_now(2 * 24 * 60)))
    with pytest.raises(Refused) as another_day:
        await check_in(here, code.code)
    assert another_day.value.reason == "NOT_TODAY"
    assert (await code_of(here, moved)).code == code.code
    back = await here.change(moved, starts_at=stamp(minutes_from_now(60)))
    canceled = await here.change(back, status=appointments_pb2.APPOINTMENT_STATUS_CANCELED)
    with pytest.raises(Conflict) as over:
        await check_in(here, code.code)
    assert over.value.reason == "ILLEGAL_STATUS"
    with pytest.raises(Conflict):
        await code_of(here, canceled)
    assert (await status_of(here, made)).version == 5


async def test_an_unknown_code_tells_nothing(here: Any) -> None:
    made = await here.book(minutes_from_now(30))
    code = (await code_of(here, made)).code
    for wrong in ("x", "A" * 64, code[:-1], code[:-2] + ("AA" if not code.endswith("AA") else "BB"), f"{code}AAAA"):
        with pytest.raises(NotFound) as unknown:
            await check_in(here, wrong)
        assert (unknown.value.reason, unknown.value.detail) == ("UNKNOWN_CODE", "There is no such code")


async def test_a_patient_has_no_code_of_anothers(here: Any) -> None:
    made = await here.book(minutes_from_now(30), who=here.patient())
    with pytest.raises(NotFound):
        await code_of(here, made, here.patient())


async def test_who_sees_somebody_longer_than_planned_lets_them_wait(here: Any, environment: dict[str, str]) -> None:
    join = walk_ins_pb2.JoinQueueRequest(location_id=here.location, patient_id=str(new_id()), service_id=here.service)
    it = await here.ask("JoinQueue", join)
    serve = walk_ins_pb2.ServeWalkInRequest(walk_in_id=it.id, specialist_id=here.specialist)
    served = await here.ask("ServeWalkIn", serve)
    code = (await code_of(here, await here.book(minutes_from_now(35)))).code
    assert (await check_in(here, code)).expected_wait.minutes == 35
    owner = await as_owner(environment, "booking")
    try:
        await owner.execute(
            "UPDATE appointment SET ends_at = ends_at + interval '1 hour',"
            " occupied_until = occupied_until + interval '1 hour' WHERE id = $1",
            UUID(served.appointment_id),
        )
    finally:
        await owner.close()
    assert (await check_in(here, code)).expected_wait.minutes in (90, 95)


async def test_who_is_seen_already_does_not_wait(here: Any) -> None:
    made = await here.book(minutes_from_now(30))
    code = (await code_of(here, made)).code
    await here.do("StartAppointment", made)
    there = await check_in(here, code)
    assert (there.status, there.HasField("expected_wait")) == (IN_PROGRESS, False)
    await here.do("CompleteAppointment", made)
    with pytest.raises(Conflict):
        await code_of(here, made)
