"""The SQL of appointments. Every change is written together with its entry in the timeline, in one statement."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from chassis import Transaction
from chassis.clock import local_day
from chassis.errors import DomainError, NotFound
from chassis.store import Page
from sqlalchemy import ARRAY, ColumnElement, Text, and_, any_, false, literal, or_, select

from booking.domain.appointment import Appointment
from booking.domain.errors import AlreadyThere, AnotherAppointment, SlotTaken
from booking.domain.status import Status
from booking.domain.visit import DailyLimit, Visit
from booking.store import policies, visits
from booking.store.tables import appointment as t
from booking.store.tables import appointment_entry

SHOWN = [c for c in t.c if c.name not in ("clinic_id", "is_together")]
_WRITTEN: Final = [c.name for c in SHOWN]
_ENTRY: Final = [c.name for c in appointment_entry.c if c.name != "clinic_id"]
# Never changed once it is booked.
_FIXED: Final = {"id", "patient_id", "service_id", "calendar_id", "series_id", "notes", "terms", "created_at"}
_CHANGED: Final = [name for name in _WRITTEN if name not in _FIXED]


def _places(names: Iterable[str], first: int) -> str:
    return ", ".join(f"${n}" for n, _ in enumerate(names, first))


def _insert(table: str, names: Sequence[str]) -> str:
    values = ", ".join(f"{{{n}}}" for n, _ in enumerate(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})"  # noqa: S608  # constants


_SEAT: Final = "appointment_seat"
_ONE_SEAT: Final = "Nobody has two places in one group"
_ADD: Final = _insert("appointment", _WRITTEN)
_ADD_ENTRY: Final = _insert("appointment_entry", _ENTRY)
_SAVE: Final = (
    f"WITH saved AS (UPDATE appointment SET {', '.join(f'{name} = ${n}' for n, name in enumerate(_CHANGED, 2))}"  # noqa: S608
    f" WHERE id = $1) INSERT INTO appointment_entry ({', '.join(_ENTRY)}) VALUES ({_places(_ENTRY, len(_CHANGED) + 2)})"
)


async def add(tx: Transaction, a: Appointment, entry: dict[str, object], *, is_last: bool = False) -> None:
    """`is_last`: it may be written with the end of the call, which fails then if it is there already."""
    values = _columns(a)
    await tx.later(
        (_ADD, tuple(values[name] for name in _WRITTEN)),
        (_ADD_ENTRY, tuple(entry[name] for name in _ENTRY)),
        taken=_is_taken,
    )
    if not is_last:
        await tx.catch_up()


def _is_taken(failure: UniqueViolationError) -> DomainError | None:
    if not (failure.table_name or "").startswith("appointment"):
        return None
    if failure.constraint_name == _SEAT:
        return AlreadyThere(_ONE_SEAT)
    # Of somebody whose appointments the booker may not see, or booked a moment ago.
    return AnotherAppointment("Take a new id")


async def save(tx: Transaction, a: Appointment, entry: dict[str, object]) -> None:
    values = _columns(a)
    try:
        await tx.execute(_SAVE, a.id, *(values[name] for name in _CHANGED), *(entry[name] for name in _ENTRY))
    except UniqueViolationError as failure:
        if failure.constraint_name == _SEAT:
            raise AlreadyThere(_ONE_SEAT) from None
        raise


async def decline_unanswered(tx: Transaction, now: datetime, who: str, why: str) -> list[tuple[UUID, Appointment]]:
    """Of all clinics, each with its clinic, as it is then."""
    names = ", ".join(("clinic_id", *_WRITTEN))
    rows = await tx.fetch(f"SELECT {names} FROM decline_unanswered($1, $2, $3)", now, who, why)  # noqa: S608
    if sessions := [row["session_id"] for row in rows if row["session_id"] is not None]:
        await tx.execute("SELECT end_empty_sessions($1)", sessions)
    return [(row["clinic_id"], of(row, row["id"])) for row in rows]


async def require_place(tx: Transaction, a: Visit, limit: DailyLimit, specialist_id: UUID | None) -> None:
    """Whether the day has room for one more; whoever asks holds the counter until the commit, one at a time."""
    counter = f"{a.service_id}/{a.slot.location_id}/{limit.begins_at.timestamp():.0f}"
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", counter)
    booked = await tx.fetchval(
        "SELECT count_visits($1, $2, $3, $4, $5, $6)",
        a.service_id, a.slot.location_id, specialist_id, limit.begins_at, limit.ends_at, a.id,
    )  # fmt: skip
    if booked >= limit.most:
        raise SlotTaken(f"All {limit.most} places of that day are taken")


async def was_here(tx: Transaction, patient_id: UUID) -> bool:
    """Whether the patient was ever booked in this clinic."""
    found: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM appointment WHERE patient_id = $1)", patient_id)
    return found


async def get(tx: Transaction, id_: UUID) -> Appointment:
    return of(await tx.fetchrow(select(*SHOWN).where(t.c.id == id_)), id_)


async def find(tx: Transaction, id_: UUID) -> Appointment | None:
    row = await tx.fetchrow(select(*SHOWN).where(t.c.id == id_))
    return of(row, id_) if row is not None else None


async def get_for_update(tx: Transaction, id_: UUID) -> Appointment:
    """Whoever changes it first is alone with it until the commit."""
    return of(await tx.fetchrow(select(*SHOWN).where(t.c.id == id_).with_for_update()), id_)


async def search(
    tx: Transaction,
    page: Page,
    *,
    equal: dict[str, UUID],
    days: tuple[date, date] | None,
    starts_from: datetime | None,
    starts_until: datetime | None,
    statuses: Sequence[Status],
) -> tuple[list[Appointment], str]:
    """By start. `days` are the first and the last local date where the appointment is."""
    query = select(*SHOWN)
    for name, value in equal.items():
        same = t.c[name] == value
        query = query.where(or_(same, _is_there_too(value)) if name == "specialist_id" else same)
    if days is not None:
        query = query.where(or_(false(), *await _within(tx, *days)))
    if starts_from is not None:
        query = query.where(t.c.starts_at >= starts_from)
    if starts_until is not None:
        query = query.where(t.c.starts_at < starts_until)
    if statuses:
        query = query.where(t.c.status == any_(literal([s.value for s in statuses], ARRAY(Text))))
    rows, cursor = page.cut(await tx.fetch(page.of_query(query, t.c.starts_at, t.c.id)), "starts_at", "id")
    return [of(row, row["id"]) for row in rows], cursor


def _is_there_too(specialist_id: UUID) -> ColumnElement[bool]:
    return and_(t.c.is_together, literal(specialist_id) == any_(t.c.also_specialist_ids))


async def _within(tx: Transaction, first: date, last: date) -> list[ColumnElement[bool]]:
    """The days' bounds in each zone there are appointments in, by the pinned tzdata: Postgres has zones of its own."""
    zones = await tx.fetch(
        "SELECT DISTINCT time_zone FROM appointment WHERE starts_at >= $1 AND starts_at < $2",
        datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=2),
        datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=2),
    )
    bounds = [
        (row["time_zone"], local_day(first, row["time_zone"])[0], local_day(last, row["time_zone"])[1]) for row in zones
    ]
    return [and_(t.c.time_zone == zone, t.c.starts_at >= begin, t.c.starts_at < end) for zone, begin, end in bounds]


def _columns(a: Appointment) -> dict[str, object]:
    return visits.columns(a) | {
        "id": a.id,
        "patient_id": a.patient_id,
        "status": a.status.value,
        "notes": a.notes,
        "reason": a.reason,
        "terms": policies.of_terms(a.terms),
        "late_fee": policies.of_fee(a.late_fee),
        "no_show_fee": policies.of_fee(a.no_show_fee),
        "overbooked": a.overbooked,
        "series_id": a.series_id,
        "created_at": a.created_at,
        "updated_at": a.updated_at,
    }


def of(row: Any, id_: UUID) -> Appointment:
    if row is None:
        raise NotFound(f"There is no appointment {id_}")
    return Appointment(
        **visits.facts(row),
        patient_id=row["patient_id"],
        status=Status(row["status"]),
        notes=row["notes"],
        reason=row["reason"],
        terms=policies.terms(row["terms"]),
        late_fee=policies.fee(row["late_fee"]),
        no_show_fee=policies.fee(row["no_show_fee"]),
        overbooked=row["overbooked"],
        series_id=row["series_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
