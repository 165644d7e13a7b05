"""Both ways to read what is taken tell the same: each resource by itself, and all that may matter at once (0007); and
neither reads what does not matter (0008)."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from chassis.ids import new_id
from chassis.testing import as_owner

NOON: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
SPECIALISTS: Final = [UUID(int=n) for n in range(1, 6)]
ROOMS: Final = [UUID(int=n) for n in range(11, 15)]
AT_ONE: Final = (NOON, NOON + timedelta(hours=1), [], SPECIALISTS[:1], ROOMS[:1])
COLUMNS: Final = (
    "clinic_id", "appointment_id", "version", "specialist_id", "room_id", "also_specialist_ids", "is_together",
    "occupied_from", "occupied_until", "expires_at", "equipment",
)  # fmt: skip


def a_row(chance: random.Random, clinic_id: UUID) -> tuple[Any, ...]:
    begins = NOON + timedelta(minutes=chance.randrange(-600, 600), days=chance.choice((0, 0, -5, -1, 1)))
    also = chance.sample(SPECIALISTS, chance.choice((0, 0, 1, 2)))
    expires_at = chance.choice((None, None, NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)))
    gone = chance.random() < 0.1
    lasts = timedelta(minutes=chance.choice((chance.randrange(1, 300), chance.randrange(1, 300), 1440, 1441, 9000)))
    return (
        clinic_id, new_id(), 1, chance.choice((None, *SPECIALISTS)), chance.choice((None, *ROOMS)), also, bool(also),
        None if gone else begins, None if gone else begins + lasts, expires_at,
        "[]",
    )  # fmt: skip


def a_question(chance: random.Random, rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    begins = NOON + timedelta(minutes=chance.randrange(-600, 600))
    return (
        begins, begins + timedelta(minutes=chance.randrange(1, 120)), [row[1] for row in chance.sample(rows, 3)],
        chance.sample(SPECIALISTS, chance.randrange(4)), chance.sample(ROOMS, chance.randrange(4)),
    )  # fmt: skip


def at_the_end(clinic_id: UUID, lasts: int) -> tuple[Any, ...]:
    """Begins in the last minute before one o'clock."""
    begins = NOON + timedelta(minutes=59)
    return (
        clinic_id, new_id(), 1, SPECIALISTS[0], ROOMS[0], [], False, begins, begins + timedelta(minutes=lasts), None, "[]",
    )  # fmt: skip


def is_taken(
    row: tuple[Any, ...],
    begins: datetime,
    ends: datetime,
    holders: list[UUID],
    specialists: list[UUID],
    rooms: list[UUID],
) -> bool:
    """A room may have to be made ready for four hours after."""
    it = dict(zip(COLUMNS, row, strict=True))
    return (
        it["occupied_from"] is not None
        and it["occupied_from"] < ends
        and it["occupied_until"] > begins - timedelta(hours=4)
        and it["appointment_id"] not in holders
        and (it["expires_at"] is None or it["expires_at"] > NOON)
        and (
            it["room_id"] in rooms
            or it["specialist_id"] in specialists
            or (it["occupied_until"] > begins and not set(it["also_specialist_ids"]).isdisjoint(specialists))
        )
    )


@pytest.mark.usefixtures("clinic")
async def test_each_by_itself_or_all_at_once_is_the_same(environment: dict[str, str]) -> None:
    chance, clinic_id = random.Random(7), new_id()  # repeatable, not secret
    rows = [
        *(a_row(chance, clinic_id) for _ in range(300)),
        *(at_the_end(clinic_id, each) for each in (1439, 1440, 1441)),
    ]
    owner, found = await as_owner(environment, "scheduling"), 0
    try:
        places = ", ".join(f"${n}" for n, _ in enumerate(COLUMNS, 1))
        await owner.executemany(f"INSERT INTO busy ({', '.join(COLUMNS)}) VALUES ({places})", rows)
        for asked in [AT_ONE, *(a_question(chance, rows) for _ in range(60))]:
            by_itself = await owner.fetch(
                "SELECT DISTINCT appointment_id FROM taken_of($1, $2, $3, $4, $5, $6) WHERE clinic_id = $7",
                *asked, NOON, clinic_id,
            )  # fmt: skip
            at_once = await owner.fetch(
                "SELECT appointment_id FROM taken_around($1, $2, $3, $4, $5, NULL, NULL, $6) WHERE clinic_id = $7",
                *asked, NOON, clinic_id,
            )  # fmt: skip
            expected = {row[1] for row in rows if is_taken(row, *asked)}
            assert {row[0] for row in by_itself} == {row[0] for row in at_once} == expected
            assert len(at_once) == len(expected)
            found += len(at_once)
        assert found > 60
    finally:
        await owner.execute("DELETE FROM busy WHERE clinic_id = $1", clinic_id)
        await owner.close()


@pytest.mark.usefixtures("clinic")
async def test_neither_what_is_far_ahead_nor_the_size_of_a_clinic_costs_anything(environment: dict[str, str]) -> None:
    """Also with a plan that was made for an empty clinic, and is kept. What there is of others is known to who plans: of
    next to nothing, any plan seems good, until the clean-up has seen that there is more."""
    empty, large, others, service, place = new_id(), new_id(), new_id(), UUID(int=21), UUID(int=31)
    owner = await as_owner(environment, "scheduling")
    app = await asyncpg.connect(environment["DATABASE_URL"].format(service="scheduling"))

    async def ask(clinic_id: UUID, function: str, *more: UUID) -> tuple[int, int]:
        """How many there are, and the blocks of tables and indexes that were looked at for them."""
        asked = (*AT_ONE, *more, NOON - timedelta(days=1))
        places = ", ".join(f"${n}" for n, _ in enumerate(asked, 1))
        text = f"SELECT DISTINCT appointment_id FROM {function}({places})"
        async with app.transaction():
            await app.execute(f"SET LOCAL app.clinic_id = '{clinic_id}'")
            there = await app.fetch(text, *asked)
            explained = await app.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}", *asked)
        plan = json.loads(explained)[0]["Plan"]
        return len(there), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    try:
        # Its clean-up would count, and make another plan.
        await owner.execute("ALTER TABLE busy SET (autovacuum_enabled = off)")
        for clinic_id in (others, large):
            # What 2 000 have had in the clinic.
            await owner.execute(
                """
                INSERT INTO busy (clinic_id, appointment_id, version, specialist_id, room_id, service_id, location_id,
                                  occupied_from, occupied_until)
                SELECT $1::uuid, gen_random_uuid(), 1, md5(who || 's' || $1)::uuid, md5(who || 'r' || $1)::uuid, $2::uuid,
                       md5(who || 'l' || $1)::uuid, $3::timestamptz - n / 2000 * interval '9 days',
                       $3 - n / 2000 * interval '9 days' + interval '30 minutes'
                FROM (SELECT n, n % 2000 AS who FROM generate_series(1, 8000) AS n) AS those
                """,
                clinic_id, service, NOON,
            )  # fmt: skip
            if clinic_id == others:
                await owner.execute("ANALYZE busy")
                assert (await ask(empty, "taken_of"))[0] == 0
        # Every 45 minutes of one, for two months.
        await owner.execute(
            """
            INSERT INTO busy (clinic_id, appointment_id, version, specialist_id, room_id, service_id, location_id,
                              occupied_from, occupied_until)
            SELECT $1::uuid, gen_random_uuid(), 1, $2::uuid, $3::uuid, $4::uuid, $5::uuid, at, at + interval '30 minutes'
            FROM generate_series($6::timestamptz - interval '1 day', $6 + interval '60 days', '45 minutes') AS at
            """,
            large, SPECIALISTS[0], ROOMS[0], service, place, NOON,
        )  # fmt: skip
        for function, more, most in (("taken_of", (), 20), ("taken_around", (UUID(int=22), place), 60)):
            there, blocks = await ask(large, function, *more)
            assert there == 7
            assert blocks < most, function
    finally:
        await owner.execute("DELETE FROM busy WHERE clinic_id = ANY ($1)", [large, others])
        await owner.execute("ALTER TABLE busy RESET (autovacuum_enabled)")
        await owner.close()
        await app.close()
