"""Of all who want a time, by whatever way, one gets it; and what they get is the whole of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ambulo.booking.v1 import appointments_pb2 as pb
from ambulo.booking.v1 import blocks_pb2, guests_pb2, holds_pb2, series_pb2, visits_pb2
from asyncpg import ExclusionViolationError
from chassis.errors import Conflict, DomainError
from chassis.ids import new_id
from chassis.wire import stamp
from claims import ANONYMOUS

TEN = (datetime.now(UTC) + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOBODY = ANONYMOUS.issued_by("fake")


async def taken(database: Any, specialist: str) -> list[tuple[datetime, datetime]]:
    query = "SELECT lower(during), upper(during) FROM claim WHERE resource_id = $1::uuid ORDER BY 1"
    return [tuple(row) for row in await database.fetch(query, specialist)]


async def a_series(desk: Any, starts_at: datetime) -> Any:
    request = series_pb2.BookSeriesRequest(
        service_id=desk.service, specialist_id=desk.specialist, patient_id=str(new_id()), starts_at=stamp(starts_at),
        rrule="FREQ=WEEKLY;COUNT=1",
    )  # fmt: skip
    return await desk.ask("BookSeries", request)


async def test_by_whatever_way_they_ask_one_gets_it_and_the_others_hear_of_other_times(
    desk: Any, database: Any
) -> None:
    at_ten = {"specialist_id": desk.specialist, "starts_at": stamp(TEN)}
    visit = at_ten | {"service_id": desk.service}
    moving = [await desk.book(TEN + n * HOUR) for n in (2, 3)]
    series = [await a_series(desk, TEN + n * HOUR) for n in (4, 5)]

    def change(it: Any) -> Any:
        facts = {"series_id": it.id, "appointment_id": it.appointments[0].id, "scope": series_pb2.SERIES_SCOPE_ALL}
        return desk.ask("ChangeSeries", series_pb2.ChangeSeriesRequest(starts_at=stamp(TEN), **facts))

    by_name = {
        "book": [desk.book() for _ in range(3)],
        "hold": [desk.ask("PlaceHold", holds_pb2.PlaceHoldRequest(**visit)) for _ in range(3)],
        "guest": [
            desk.ask("PlaceGuestHold", guests_pb2.PlaceGuestHoldRequest(**visit), claims=NOBODY) for _ in range(3)
        ],
        "block": [
            desk.ask("PutBlock", blocks_pb2.PutBlockRequest(ends_at=stamp(TEN + HOUR), **at_ten)) for _ in range(2)
        ],
        "series": [a_series(desk, TEN) for _ in range(2)],
        "move": [desk.change(it, starts_at=stamp(TEN)) for it in moving],
        "move series": [change(it) for it in series],
    }
    names = [name for name, tries in by_name.items() for _ in tries]
    tries = [each for tries in by_name.values() for each in tries]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    refused = [(name, each) for name, each in zip(names, answers, strict=True) if isinstance(each, Exception)]
    assert len(refused) == len(answers) - 1
    assert {each.reason for _, each in refused} == {"SLOT_TAKEN"}
    assert all(each.facts.get("alternatives") for name, each in refused if name in ("book", "hold"))
    assert sum(begin < TEN + HOUR for begin, _ in await taken(database, desk.specialist)) == 1


async def test_of_two_wishes_that_overlap_one_is_there_to_be_accepted(desk: Any) -> None:
    await desk.policy(needs_acceptance=True)
    tries = [desk.book(TEN + n * 15 * MINUTE, who=desk.patient()) for n in (0, 1, 0, 1)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    (wish,) = [each for each in answers if isinstance(each, pb.Appointment)]
    assert wish.status == pb.APPOINTMENT_STATUS_REQUESTED
    assert (await desk.do("AcceptAppointment", wish)).status == pb.APPOINTMENT_STATUS_SCHEDULED


async def test_a_long_visit_leaves_no_quarter_within_it(desk: Any) -> None:
    desk.minutes = 90
    await desk.book()
    desk.minutes = 15
    for quarter in range(6):
        with pytest.raises(Conflict):
            await desk.book(TEN + quarter * 15 * MINUTE)
    await desk.book(TEN - 15 * MINUTE)
    await desk.book(TEN + 90 * MINUTE)
    desk.minutes = 240
    with pytest.raises(Conflict):
        await desk.book(TEN - HOUR)


async def test_the_database_refuses_what_overlaps_whoever_writes_it(desk: Any, database: Any) -> None:
    """Not what is of another clinic, resource or unit, nor what begins when the other ends."""
    clinic, resource = desk.running.clinic_id, new_id()
    claim = (
        "INSERT INTO claim (clinic_id, resource_id, unit, during, holder) VALUES ($1, $2, $3, tstzrange($4, $5), $6)"
    )
    await database.execute(claim, clinic, resource, 0, TEN, TEN + HOUR, new_id())
    for begin, end in ((15, 30), (-15, 15), (45, 75), (-15, 75), (0, 60)):
        with pytest.raises(ExclusionViolationError):
            await database.execute(claim, clinic, resource, 0, TEN + begin * MINUTE, TEN + end * MINUTE, new_id())
    others = ((new_id(), resource, 0), (clinic, new_id(), 0), (clinic, resource, 1))
    for other in others:
        await database.execute(claim, *other, TEN, TEN + HOUR, new_id())
    await database.execute(claim, clinic, resource, 0, TEN + HOUR, TEN + 2 * HOUR, new_id())


async def test_who_want_each_others_time_get_an_answer(desk: Any, database: Any) -> None:
    """Some of the pairs wait for each other in a circle, which the database ends after a second."""
    made = [await desk.book(TEN + n * HOUR) for n in range(8)]
    swaps = [desk.change(it, starts_at=stamp(TEN + (n ^ 1) * HOUR)) for n, it in enumerate(made)]
    answers = await asyncio.gather(*swaps, return_exceptions=True)
    assert {each.reason for each in answers if not isinstance(each, pb.Appointment)} <= {"SLOT_TAKEN"}
    asked = [pb.GetAppointmentRequest(appointment_id=it.id) for it in made]
    read = [(await desk.ask("GetAppointment", each)).appointment for each in asked]
    times = sorted((it.starts_at.ToDatetime(UTC), it.ends_at.ToDatetime(UTC)) for it in read)
    assert await taken(database, desk.specialist) == times


async def test_of_all_who_decide_at_once_one_does(desk: Any, database: Any) -> None:
    await desk.policy(needs_acceptance=True)
    wish = await desk.book(who=desk.patient())
    verbs = ["AcceptAppointment", "DeclineAppointment"] * 4
    async with asyncio.timeout(10), database.transaction():
        await database.execute("SELECT id FROM appointment WHERE id = $1::uuid FOR UPDATE", wish.id)
        deciding = asyncio.gather(*(desk.do(verb, wish) for verb in verbs), return_exceptions=True)
        while await database.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < len(verbs):
            pass
    answers = await deciding
    (decided,) = [each for each in answers if isinstance(each, pb.Appointment)]
    assert {each.reason for each in answers if isinstance(each, DomainError)} == {"ILLEGAL_STATUS"}
    found = await desk.ask("ListTimeline", visits_pb2.ListTimelineRequest(appointment_id=wish.id))
    assert [(each.version, each.status) for each in found.entries][1:] == [(decided.version, decided.status)]
    assert len(await desk.running.events()) == 2
