"""What a change of the catalog would do to appointments that are there; the catalog itself is a fake."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ambulo.booking.v1 import events_pb2 as booking
from ambulo.catalog.v1 import equipment_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.catalog.v1 import events_pb2 as catalog
from ambulo.scheduling.v1 import availability_pb2 as availability
from ambulo.scheduling.v1 import events_pb2 as scheduling
from ambulo.scheduling.v1 import impact_pb2 as pb
from chassis.errors import Conflict, Denied, DomainError, FieldViolation, Invalid, Refused
from chassis.ids import new_id
from chassis.testing import FakePeer
from chassis.wire import stamp
from google.type import date_pb2
from scheduling.usecases.catalog_changes import CatalogChanges
from scheduling.usecases.reactions import Reactions

ZONE = ZoneInfo("Europe/Bucharest")
MONDAY = (datetime.now(ZONE) + timedelta(days=14)).replace(hour=0, minute=0, second=0, microsecond=0)
MONDAY += timedelta(days=-MONDAY.weekday() % 7)


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(hour=hour, minute=minute)


async def booked(clinic: Any, begin: datetime, **more: Any) -> str:
    occupied = clinic.occupied(begin)
    facts = booking.Occupied(
        service_id=clinic.service, location_id=clinic.location, starts_at=stamp(begin),
        ends_at=stamp(begin + timedelta(minutes=30)), **more,
    )  # fmt: skip
    occupied.MergeFrom(facts)
    await clinic.running.hear(booking.AppointmentBooked(occupied=occupied))
    return str(occupied.appointment_id)


def service(clinic: Any, **more: Any) -> pb.Change:
    facts = {"duration_minutes": 30, "buffer_after_minutes": 15, "requires_room": True, "room_type": "exam"} | more
    return pb.Change(service=services_pb2.Service(**({"id": clinic.service, "name": "Massage", "version": 1} | facts)))


def room(clinic: Any, **more: Any) -> pb.Change:
    facts = {"id": clinic.room, "location_id": clinic.location, "name": "R1", "room_type": "exam"} | more
    return pb.Change(room=rooms_pb2.Room(**facts))


def specialist(clinic: Any, **more: Any) -> pb.Change:
    facts = {"id": clinic.specialist, "name": "Dr. Ana", "specialty": "Physio"} | more
    return pb.Change(specialist=specialists_pb2.Specialist(**facts))


async def preview(clinic: Any, change: pb.Change, role: str = "admin", **more: Any) -> pb.ChangePreview:
    return await clinic.running.ask("PreviewChange", pb.PreviewChangeRequest(change=change, **more), role=role)


async def apply(clinic: Any, change: pb.Change, *displacements: pb.Displacement) -> pb.AppliedChange:
    return await clinic.running.ask("ApplyChange", pb.ApplyChangeRequest(change=change, displacements=displacements))


async def refused(change: Any) -> DomainError:
    with pytest.raises(DomainError) as failure:
        await change
    return failure.value


async def another_room(clinic: Any) -> str:
    facts = rooms_pb2.Room(id=str(new_id()), location_id=clinic.location, name="R2", room_type="exam", version=1)
    await clinic.running.hear(catalog.RoomDefined(room=facts))
    return str(facts.id)


async def another_specialist(clinic: Any) -> str:
    facts = specialists_pb2.Specialist(id=str(new_id()), name="Dr. Bogdan", version=1)
    await clinic.running.hear(catalog.SpecialistDefined(specialist=facts))
    first, clinic.specialist = clinic.specialist, str(facts.id)
    await clinic.works((9, 12))
    clinic.specialist = first
    return str(facts.id)


async def told(clinic: Any) -> list[scheduling.AppointmentDisplaced]:
    rows = await clinic.running.chassis.pool.fetch(
        "SELECT payload FROM outbox WHERE clinic_id = $1 AND subject LIKE '%.AppointmentDisplaced' ORDER BY seq",
        clinic.running.clinic_id,
    )
    return [scheduling.AppointmentDisplaced.FromString(row["payload"]) for row in rows]


def catalog_answers(clinic: Any, service: str, **answers: Any) -> FakePeer:
    peer = FakePeer(f"ambulo.catalog.v1.{service}", **answers)
    clinic.running.process.local.update(peer.endpoints)
    return peer


def as_defined(version: int) -> Callable[[rooms_pb2.DefineRoomRequest], rooms_pb2.Room]:
    def define(request: rooms_pb2.DefineRoomRequest) -> rooms_pb2.Room:
        return rooms_pb2.Room(
            id=request.room_id, location_id=request.location_id, name=request.name, room_type=request.room_type,
            inactive=request.inactive, version=version,
        )  # fmt: skip

    return define


class TestPreview:
    async def test_a_retired_room_leaves_its_appointments_without_one(self, clinic: Any) -> None:
        id_, other = await booked(clinic, at(9)), await another_room(clinic)
        (displaced,) = (await preview(clinic, room(clinic, inactive=True))).displaced
        (obstacle,) = displaced.constraints
        assert (displaced.appointment_id, obstacle.kind) == (id_, availability.CONSTRAINT_KIND_ROOM)
        assert obstacle.words == "R1 is no longer in use"
        assert [slot.start[11:16] for slot in displaced.proposals] == ["09:15", "09:30", "09:45"]
        assert {option.id for slot in displaced.proposals for option in slot.room_options} == {other}

    async def test_who_can_no_longer_give_it_is_followed_by_who_can(self, clinic: Any) -> None:
        id_, bogdan = await booked(clinic, at(9)), await another_specialist(clinic)
        (displaced,) = (await preview(clinic, service(clinic, specialist_ids=[bogdan]), proposals=1)).displaced
        assert (displaced.appointment_id, displaced.specialist_id) == (id_, clinic.specialist)
        assert displaced.constraints[0].words == "Dr. Ana no longer gives Massage"
        (slot,) = displaced.proposals
        # The same start, since it is with somebody else; in the room that the appointment has now.
        assert (slot.start[11:16], slot.specialist.name) == ("09:00", "Dr. Bogdan")

    async def test_a_specialist_who_leaves_is_followed_by_others(self, clinic: Any) -> None:
        await booked(clinic, at(9))
        leaving = specialist(clinic, inactive=True)
        assert not (await preview(clinic, leaving)).displaced[0].proposals
        await another_specialist(clinic)
        (displaced,) = (await preview(clinic, leaving)).displaced
        assert displaced.constraints[0].kind == availability.CONSTRAINT_KIND_ALLOWED_PROVIDER
        assert {slot.specialist.name for slot in displaced.proposals} == {"Dr. Bogdan"}

    async def test_fewer_units_displace_who_has_the_last(self, clinic: Any) -> None:
        lasers = equipment_pb2.Equipment(
            id=str(new_id()), location_id=clinic.location, name="Lasers", equipment_type="laser", quantity=3, version=1
        )
        await clinic.running.hear(catalog.EquipmentDefined(equipment=lasers))
        ids = [
            await booked(clinic, at(9 + unit), equipment=[booking.EquipmentUnit(equipment_id=lasers.id, unit=unit)])
            for unit in range(3)
        ]
        lasers.quantity = 2
        found = await preview(clinic, pb.Change(equipment=lasers))
        assert [each.appointment_id for each in found.displaced] == ids[2:]

    async def test_a_closed_day_and_proposals_on_others(self, clinic: Any) -> None:
        await booked(clinic, at(9))
        day = date_pb2.Date(year=MONDAY.year, month=MONDAY.month, day=MONDAY.day)
        rule = services_pb2.ServiceRule(blackout_dates=services_pb2.BlackoutDates(first=day))
        (displaced,) = (await preview(clinic, service(clinic, rules=[rule]), proposals=1)).displaced
        assert displaced.constraints[0].kind == availability.CONSTRAINT_KIND_BLACKOUT_DATES
        assert abs(displaced.proposals[0].starts_at.ToDatetime(ZONE) - at(9)) >= timedelta(days=6)

    @pytest.mark.parametrize(
        "facts",
        [{"inactive": True}, {"duration_minutes": 90, "buffer_before_minutes": 30}, {"start_every_minutes": 60}],
    )
    async def test_what_was_booked_keeps_its_terms(self, clinic: Any, facts: dict[str, Any]) -> None:
        await booked(clinic, at(9, 15))
        assert not (await preview(clinic, service(clinic, **facts))).displaced

    async def test_nothing_changes_and_nothing_is_remembered(self, clinic: Any) -> None:
        await booked(clinic, at(9))
        before = await clinic.starts()
        await preview(clinic, room(clinic, inactive=True))
        assert await clinic.starts() == before
        # Another change takes the stamps that the trial had: what the trial saw must not be found under them.
        await clinic.hear_service(version=2, duration_minutes=60)
        assert await clinic.starts() == ["09:45", "10:00", "10:15", "10:30", "10:45", "11:00"]

    async def test_of_those_who_give_it_together_each_counts(self, clinic: Any) -> None:
        bogdan = await another_specialist(clinic)
        id_ = await booked(clinic, at(9), also_specialist_ids=[bogdan])
        leaving = pb.Change(specialist=specialists_pb2.Specialist(id=bogdan, name="Dr. Bogdan", inactive=True))
        (displaced,) = (await preview(clinic, leaving)).displaced
        assert displaced.appointment_id == id_
        assert displaced.constraints[0].words == "Dr. Bogdan no longer works here"


class TestRefused:
    async def test_an_unknown_thing_is_named(self, clinic: Any) -> None:
        unknown = str(new_id())
        changes = {
            "UNKNOWN_SERVICE": service(clinic, id=unknown),
            "UNKNOWN_ROOM": room(clinic, id=""),
            "UNKNOWN_SPECIALIST": specialist(clinic, id=unknown),
            "UNKNOWN_EQUIPMENT": pb.Change(
                equipment=equipment_pb2.Equipment(
                    id=unknown, location_id=clinic.location, name="L", equipment_type="laser", quantity=1
                )
            ),
        }
        for reason, change in changes.items():
            failure = await refused(preview(clinic, change))
            (kind,) = (field.name for field, _ in change.ListFields())
            assert (failure.reason, [f.field for f in failure.fields]) == (reason, [f"change.{kind}.id"])

    async def test_fields_are_checked_as_the_catalog_checks_them(self, clinic: Any) -> None:
        failure = await refused(preview(clinic, service(clinic, duration_minutes=0, specialist_ids=["nobody"])))
        assert isinstance(failure, Invalid)
        names = {f.field for f in failure.fields}
        assert names == {"change.service.duration_minutes", "change.service.specialist_ids[0]"}
        failure = await refused(preview(clinic, room(clinic, id="R1", name="")))
        assert {f.field for f in failure.fields} == {"change.room.id", "change.room.name"}

    async def test_a_day_that_is_none(self, clinic: Any) -> None:
        dates = services_pb2.BlackoutDates(first=date_pb2.Date(year=2027, month=2, day=30))
        change = service(clinic, rules=[services_pb2.ServiceRule(blackout_dates=dates)])
        failure = await refused(preview(clinic, change))
        assert failure.reason == "NO_SUCH_DAY"
        assert [f.field for f in failure.fields] == ["change.service.rules[0].blackout_dates.first"]

    async def test_only_who_may_write_the_catalog(self, clinic: Any) -> None:
        claims = clinic.running.claims("admin")
        claims = type(claims)(
            subject=claims.subject, actor=claims.actor, clinic_id=claims.clinic_id, role="admin",
            permissions=claims.permissions - {"catalog.write"}, issuer="fake",
        )  # fmt: skip
        closing = pb.Change(holidays=pb.HolidaysChange(location_id=clinic.location, country="RO"))
        for change in (room(clinic, inactive=True), closing):
            with pytest.raises(Denied, match=r"catalog\.write"):
                await clinic.running.ask("PreviewChange", pb.PreviewChangeRequest(change=change), claims=claims)


class TestApply:
    async def test_the_catalog_is_asked_and_each_is_told_where_to_go(self, clinic: Any) -> None:
        rooms = catalog_answers(clinic, "RoomService", DefineRoom=as_defined(version=5))
        move, cancel, keep = [await booked(clinic, begin) for begin in (at(9), at(10), at(11))]
        bogdan, _ = await another_specialist(clinic), await another_room(clinic)
        applied = await apply(
            clinic,
            room(clinic, inactive=True, version=1),
            pb.Displacement(appointment_id=move, starts_at=stamp(at(9) + timedelta(days=7)), specialist_id=bogdan),
            pb.Displacement(appointment_id=cancel, cancel=True),
            pb.Displacement(appointment_id=keep),
        )
        assert (applied.moved, applied.canceled, applied.kept) == (1, 1, 1)
        (asked,) = rooms.asked
        assert (asked.room_id, asked.expected_version, asked.inactive) == (clinic.room, 1, True)
        first, second = await told(clinic)
        assert (first.appointment_id, first.specialist_id) == (move, bogdan)
        assert first.reason == "R1 is no longer in use"
        assert (second.appointment_id, second.HasField("starts_at")) == (cancel, False)
        # Known at once; the event says nothing new, and an older one says nothing at all.
        week_after = [(MONDAY + timedelta(days=days)).strftime("%Y-%m-%d") for days in (7, 8)]
        for version, is_used in ((0, False), (5, False), (4, False), (6, True)):
            await clinic.running.hear(catalog.RoomDefined(room=room(clinic, version=version).room))
            found = await clinic.list(start=week_after[0], end=week_after[1])
            assert (clinic.room in {room.id for slot in found.slots for room in slot.room_options}) is is_used

    async def test_who_was_forgotten_stops_it_before_the_catalog_is_asked(self, clinic: Any) -> None:
        rooms = catalog_answers(clinic, "RoomService", DefineRoom=as_defined(version=2))
        forgotten = await booked(clinic, at(9))
        failure = await refused(apply(clinic, room(clinic, inactive=True)))
        assert isinstance(failure, Refused)
        assert (failure.reason, rooms.asked) == ("DISPLACES_MORE", [])
        assert forgotten in failure.detail

    async def test_what_the_catalog_refuses_is_refused_as_it_says(self, clinic: Any) -> None:
        class NameTaken(Conflict):
            title = "This name is taken"

        catalog_answers(clinic, "RoomService", DefineRoom=NameTaken(fields=[FieldViolation("name", "is taken")]))
        going = await booked(clinic, at(9))
        before = await clinic.starts()
        decision = pb.Displacement(appointment_id=going, cancel=True)
        failure = await refused(apply(clinic, room(clinic, inactive=True), decision))
        assert (failure.reason, failure.fields[0].field) == ("NAME_TAKEN", "change.room.name")
        assert (await clinic.starts(), await told(clinic)) == (before, [])

    async def test_what_is_booked_while_the_catalog_is_asked_stays(self, clinic: Any) -> None:
        late: list[booking.Occupied] = []

        async def ask(request: Any, _: Any) -> rooms_pb2.Room:
            await booked(clinic, at(11))
            late.append(request)
            return as_defined(version=2)(request)

        clinic.running.process.local["/ambulo.catalog.v1.RoomService/DefineRoom"] = ask
        going = await booked(clinic, at(9))
        decision = pb.Displacement(appointment_id=going, cancel=True)
        applied = await apply(clinic, room(clinic, inactive=True), decision)
        assert (len(late), applied.canceled, applied.kept) == (1, 1, 1)
        assert [each.appointment_id for each in await told(clinic)] == [going]

    async def test_applied_again_it_tells_those_who_were_not_told(self, clinic: Any) -> None:
        """As after a crash between the catalog's answer and ours."""
        catalog_answers(clinic, "RoomService", DefineRoom=as_defined(version=2))
        going = await booked(clinic, at(9))
        retired = room(clinic, inactive=True, version=2)
        await clinic.running.hear(catalog.RoomDefined(room=retired.room))
        applied = await apply(clinic, retired, pb.Displacement(appointment_id=going, cancel=True))
        assert (applied.canceled, [each.appointment_id for each in await told(clinic)]) == (1, [going])


def test_a_request_to_the_catalog_has_all_that_a_thing_has() -> None:
    """Or else a fact would be lost on its way through a change."""

    class Anything:
        def __getattr__(self, name: str) -> None: ...

    anything: Any = Anything()
    for thing, kind in CatalogChanges(anything, anything, anything, anything, Reactions()).kinds.items():
        renamed = {"id": f"{kind.name}_id", "version": "expected_version"}
        there = kind.request.DESCRIPTOR.fields_by_name
        names = {renamed.get(field.name, field.name) for field in thing.DESCRIPTOR.fields}
        assert names | {"clinic_id"} == set(there)
        for field in thing.DESCRIPTOR.fields:
            same = there[renamed.get(field.name, field.name)]
            assert (field.type, field.message_type) == (same.type, same.message_type)
