"""Appointments that are brought into any status at any time, and what is done with them then."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ambulo.booking.v1 import appointments_pb2, check_ins_pb2, series_pb2
from ambulo.scheduling.v1.events_pb2 import AppointmentDisplaced
from booking.domain.check_in import Code
from chassis.contract import Rpc, rpcs
from chassis.envelope import Envelope
from chassis.errors import DomainError
from chassis.ids import new_id
from chassis.wire import stamp
from claims import ANONYMOUS, Actor, Claims, system
from google.protobuf.message import Message
from status_faults import LATER, By, Left, of_its_end, of_the_answer, of_the_appointment, of_the_trail
from status_oracle import (
    BEGUN,
    BOOK,
    BY_ITSELF,
    COMMANDS,
    IN_DAYS,
    MANAGE,
    SOON,
    YESTERDAY,
    expected,
    expected_by_itself,
)

RPCS: Final[dict[str, Rpc]] = {rpc.name: rpc for rpc in rpcs() if rpc.context == "booking"}
CANCELED: Final = appointments_pb2.APPOINTMENT_STATUS_CANCELED
_FROM_NOW: Final = {
    IN_DAYS: timedelta(days=3),
    SOON: timedelta(minutes=30),
    BEGUN: timedelta(minutes=-5),
    YESTERDAY: timedelta(days=-1),
}
_WAY: Final = {
    "requested": (),
    "scheduled": (),
    "confirmed": ("ConfirmAppointment",),
    "checked_in": ("CheckInAppointment",),
    "in_progress": ("StartAppointment",),
    "completed": ("StartAppointment", "CompleteAppointment"),
    "no_show": ("MarkNoShow",),
    "canceled": ("cancel",),
}
_WHY: Final = "because"


@dataclass(slots=True)
class Made:
    """An appointment of the walk, with a specialist and rooms that no other has."""

    id: UUID
    series_id: str
    patient_id: UUID
    specialist_id: str
    rooms: tuple[str, str]
    starts_at: datetime


@dataclass
class Walk:
    desk: Any
    owner: Any
    elsewhere: UUID = field(default_factory=new_id)
    """Another clinic."""
    _kept: dict[tuple[str, str], tuple[Made, Left]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Where it is about noon, so that half an hour from now is today; the clinic accepts what patients book."""
        east = 12 - datetime.now(UTC).hour
        self.desk.zone = f"Etc/GMT{-east:+d}" if east else "UTC"
        await self.desk.policy(needs_acceptance=True)

    async def faults(self, name: str, status: str, who: str, when: str, *, stale: bool = False) -> list[str]:
        """What is not as it must be after a command."""
        it, before = await self._made(status, when)
        command = COMMANDS[name]
        claims, rpc = self._claims(who, it), RPCS[command.rpc]
        request = self._request(name, it, who, before.row["version"] + (1 if stale else 0))
        answer = failure = None
        request_id, now = str(new_id()), datetime.now(UTC)
        try:
            endpoint = self.desk.running.process.local[rpc.path]
            answer = await endpoint(request, Envelope(claims=claims, request_id=request_id))
        except DomainError as failed:
            failure = failed
        after = await self._looked_at_again(it, before, status, when)
        wanted = expected(name, status, who, when, stale=stale)
        by = By(claims.subject, claims.actor, _WHY) if command.may else By("anonymous", "anonymous", "")
        audits, said = await self.owner.fetchrow(
            "SELECT ARRAY(SELECT r FROM audit_record r WHERE clinic_id = $2 AND request_id = $1),"
            " (SELECT count(*) FROM outbox WHERE request_id = $1)",
            request_id, before.row["clinic_id"],
        )  # fmt: skip

        def found() -> Iterator[str]:
            yield from of_the_answer(rpc, wanted, answer, failure, after)
            yield from of_the_appointment(command, wanted, by, before, after)
            yield from of_its_end(command, wanted, before, after, now)
            actions = [rpc.path] if failure is None else []
            yield from of_the_trail(actions, by, audits, before.row["clinic_id"], it.id)
            if said != len(after.events) - len(before.events):
                yield f"says {said} events, not all of them of this appointment"

        stands = f"{status}, {when}{', seen otherwise' if stale else ''}"
        return [f"{name} by {who} while it is {stands}: {fault}" for fault in found()]

    async def faults_by_itself(self, name: str, status: str, when: str) -> list[str]:
        it, before = await self._made(status, when)
        known = await self._trail_of(it)
        if name == "is never answered":
            declined = expected_by_itself(name, status, when).status
            why, actions = "Nobody answered in time", ["tick decline_unanswered"] if declined else []
            await self._tick("decline_unanswered")
        else:
            # Also of what stays, since a person decided that it goes.
            why, actions = _WHY, [AppointmentDisplaced.DESCRIPTOR.full_name] if status != "canceled" else []
            event = AppointmentDisplaced(appointment_id=str(it.id), reason=_WHY)
            if BY_ITSELF[name].action == "moved":
                event.starts_at.CopyFrom(stamp(it.starts_at + LATER))
            await self.desk.running.hear(event)
        after = await self._looked_at_again(it, before, status, when)
        by, wanted = By("system:booking", "system", why), expected_by_itself(name, status, when)
        audits = (await self._trail_of(it))[len(known) :]
        faults = [
            *of_the_appointment(BY_ITSELF[name], wanted, by, before, after),
            *of_the_trail(actions, by, audits, before.row["clinic_id"], it.id),
        ]
        return [f"it {name} while it is {status}, {when}: {fault}" for fault in faults]

    async def _trail_of(self, it: Made) -> list[Any]:
        query = "SELECT * FROM audit_record WHERE facts ->> 'appointment_id' = $1 ORDER BY occurred_at, id"
        return list(await self.owner.fetch(query, str(it.id)))

    async def _tick(self, name: str) -> None:
        timer = next(each for each in self.desk.running.chassis.timers if each.name == name)
        pool = self.desk.running.chassis.pool
        await pool.execute("DELETE FROM timer WHERE name = $1", name)
        assert await timer.once("booking", pool, lambda: None)

    async def _made(self, status: str, when: str) -> tuple[Made, Left]:
        """In that status; the one of before, unless that has changed since."""
        if (status, when) not in self._kept:
            self._kept[status, when] = await self._brought(status, when)
        it, left = self._kept[status, when]
        self.desk.specialist, self.desk.rooms = it.specialist_id, it.rooms
        return it, left

    async def _brought(self, status: str, when: str) -> tuple[Made, Left]:
        """By RPCs, half an hour before its start, or after it for who does not come; then its time is changed by SQL,
        since nothing is booked in the past and nobody can wait for it to pass."""
        desk = self.desk
        desk.specialist, desk.rooms = str(new_id()), (str(new_id()), str(new_id()))
        starts_at, patient = _minute() + _FROM_NOW[SOON], desk.patient()
        request = series_pb2.BookSeriesRequest(
            service_id=desk.service, specialist_id=desk.specialist, patient_id=str(patient.patient_id),
            starts_at=stamp(starts_at), rrule="FREQ=WEEKLY;COUNT=1",
        )  # fmt: skip
        series = await desk.ask("BookSeries", request, claims=patient if status == "requested" else None)
        (booked,) = series.appointments
        it = Made(UUID(booked.id), series.id, patient.patient_id, desk.specialist, desk.rooms, starts_at)
        for step in _WAY[status]:
            if step == "cancel":
                await desk.change(booked, status=CANCELED)
                continue
            if step == "MarkNoShow":
                await self._shift(it, BEGUN)
            await desk.do(step, booked)
        await self._shift(it, when)
        left = await self._look(it)
        assert left.row["status"] == status
        return it, left

    async def _shift(self, it: Made, when: str) -> None:
        """With all that it takes, as if it had been booked for then."""
        starts_at = _minute() + _FROM_NOW[when]
        by, it.starts_at = starts_at - it.starts_at, starts_at
        names = ("starts_at", "ends_at", "occupied_from", "occupied_until", "room_until")
        moved = ", ".join(f"{name} = x.{name} + $2" for name in names)
        await self.owner.execute(
            f"WITH a AS (UPDATE appointment x SET {moved} WHERE id = $1 RETURNING id, session_id),"
            f" s AS (UPDATE group_session x SET {moved} FROM a WHERE x.id = a.session_id)"
            " UPDATE claim SET during = tstzrange(lower(during) + $2, upper(during) + $2) FROM a"
            " WHERE holder IN (a.id, a.session_id)",
            it.id, by,
        )  # fmt: skip

    async def _look(self, it: Made) -> Left:
        found = await self.owner.fetchrow(
            """
            SELECT a AS row,
                   ARRAY(SELECT e FROM appointment_entry e WHERE appointment_id = a.id ORDER BY version) AS entries,
                   ARRAY(SELECT o FROM outbox o WHERE key = a.id::text ORDER BY seq) AS events,
                   ARRAY(SELECT c FROM claim c WHERE clinic_id = a.clinic_id AND resource_id = ANY ($2::uuid[])) AS claims
            FROM appointment a WHERE id = $1
            """,
            it.id, [it.specialist_id, *it.rooms],
        )  # fmt: skip
        names = ("resource_id", "during", "kind", "holder", "expires_at")
        claims = {tuple(claim[name] for name in names) for claim in found["claims"]}
        return Left(found["row"], found["entries"], found["events"], claims)

    async def _looked_at_again(self, it: Made, before: Left, status: str, when: str) -> Left:
        after = await self._look(it)
        if after == before:
            return after
        del self._kept[status, when]
        return after

    def _claims(self, who: str, it: Made) -> Claims:
        human = self.desk.running.claims
        program = replace(human("service_account"), actor=Actor.SERVICE_ACCOUNT)
        return {
            "admin": human("admin"),
            "front desk": human("front_desk"),
            "specialist": human("specialist", specialist_id=UUID(it.specialist_id)),
            "another specialist": human("specialist", specialist_id=new_id()),
            "specialist without a record": human("specialist"),
            "patient": human("patient", patient_id=it.patient_id),
            "another patient": human("patient", patient_id=new_id()),
            "program": replace(program, permissions=frozenset({MANAGE, BOOK})),
            "booking program": replace(program, permissions=frozenset({BOOK})),
            "reading program": replace(program, permissions=frozenset({"appointments.read"})),
            "admin elsewhere": replace(human("admin"), clinic_id=self.elsewhere),
            "admin elsewhere who says so": replace(human("admin"), clinic_id=self.elsewhere),
            "suite": system("fake", self.desk.running.clinic_id),
            "nobody": ANONYMOUS.issued_by("fake"),
        }[who]

    def _request(self, name: str, it: Made, who: str, seen: int) -> Message:
        command, running = COMMANDS[name], self.desk.running
        if name == "check in by code":
            code = Code(running.clinic_id, it.id).text(running.chassis.settings.check_in_key)
            return check_ins_pb2.CheckInByCodeRequest(code=code)
        clinic_id = self.elsewhere if who == "admin elsewhere who says so" else running.clinic_id
        facts: dict[str, Any] = {"clinic_id": str(clinic_id), "appointment_id": str(it.id)}
        if name == "book once more":
            return appointments_pb2.BookAppointmentRequest(
                patient_id=str(it.patient_id), service_id=self.desk.service, specialist_id=it.specialist_id,
                starts_at=stamp(it.starts_at), **facts,
            )  # fmt: skip
        facts |= {"expected_version": seen, "reason": _WHY}
        if command.rpc == "ChangeSeries":
            facts |= {"series_id": it.series_id, "scope": f"SERIES_SCOPE_{command.facts['scope']}"}
        if command.rpc.startswith("Change"):
            facts |= (
                {"status": CANCELED} if command.action == "canceled" else {"starts_at": stamp(it.starts_at + LATER)}
            )
        return RPCS[command.rpc].request_class(**facts)


def _minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)
