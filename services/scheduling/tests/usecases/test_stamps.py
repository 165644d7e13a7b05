"""What is taken stamps whatever it named before and names now, each once for each change (migration 0006)."""

from typing import Any, Final
from uuid import UUID

import pytest
from chassis.ids import new_id
from chassis.testing import as_owner

SPECIALIST, ROOM, SERVICE, ALSO, POOL, OTHER = (UUID(int=n) for n in range(1, 7))
EVERYTHING: Final = {
    "specialist_id": SPECIALIST,
    "room_id": ROOM,
    "service_id": SERVICE,
    "also_specialist_ids": [ALSO, SPECIALIST],
    "equipment": f'[["{POOL}", 0], ["{POOL}", 1]]',
}
ALL: Final = {SPECIALIST, ROOM, SERVICE, ALSO, POOL}


@pytest.mark.parametrize(
    ("row", "named", "change", "named_then"),
    [
        (EVERYTHING, ALL, "version = 2", ALL),
        (EVERYTHING, ALL, "room_id = NULL", ALL - {ROOM}),
        (EVERYTHING, ALL, "also_specialist_ids = '{}', equipment = '[]'", {SPECIALIST, ROOM, SERVICE}),
        ({"specialist_id": SPECIALIST}, {SPECIALIST}, f"specialist_id = '{OTHER}'", {OTHER}),
        ({"room_id": ROOM}, {ROOM}, f"""equipment = '[["{POOL}", 2]]'""", {ROOM, POOL}),
        ({}, set[UUID](), f"also_specialist_ids = '{{{ALSO}}}'", {ALSO}),
    ],
)
@pytest.mark.usefixtures("clinic")
async def test_a_change_stamps_what_was_named_and_what_is_named(
    environment: dict[str, str], row: dict[str, Any], named: set[UUID], change: str, named_then: set[UUID]
) -> None:
    clinic_id = new_id()
    values = {"clinic_id": clinic_id, "appointment_id": new_id(), "version": 1, "equipment": "[]"} | row
    places = ", ".join(f"${n}" for n, _ in enumerate(values, 1))
    owner = await as_owner(environment, "scheduling")

    async def stamped(what: str, *args: object) -> set[UUID]:
        """By one statement; each by one."""
        query = "SELECT id, version FROM stamp WHERE clinic_id = $1"
        before = {each["id"]: each["version"] for each in await owner.fetch(query, clinic_id)}
        await owner.execute(what, *args)
        after = {each["id"]: each["version"] for each in await owner.fetch(query, clinic_id)}
        by = {id_: version - before.get(id_, 0) for id_, version in after.items()}
        assert set(by.values()) <= {0, 1}
        return {id_ for id_ in by if by[id_]}

    try:
        insert = f"INSERT INTO busy ({', '.join(values)}) VALUES ({places})"  # constants
        assert await stamped(insert, *values.values()) == named
        assert await stamped(f"UPDATE busy SET {change} WHERE clinic_id = $1", clinic_id) == named | named_then
        assert await stamped("DELETE FROM busy WHERE clinic_id = $1", clinic_id) == named_then
    finally:
        await owner.close()
