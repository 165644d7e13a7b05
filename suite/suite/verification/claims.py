"""Claims on time against what must have taken it, and visits against each other, with SQL of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from booking.domain.policy import LANES_AT_MOST

from suite.verification.report import Check

# What each appointment, hold and block must have taken. Of a specialist who was overbooked it may be any lane.
_NEEDED: Final = f"""
    WITH those AS (
        SELECT clinic_id, 'appointment' AS kind, id, session_id, specialist_id, also_specialist_ids, room_id, equipment,
               occupied_from, occupied_until, coalesce(room_until, occupied_until) AS room_until, overbooked,
               NULL::timestamptz AS expires_at
        FROM appointment WHERE status <> 'canceled'
        UNION ALL
        SELECT clinic_id, 'hold', id, session_id, specialist_id, also_specialist_ids, room_id, equipment,
               occupied_from, occupied_until, coalesce(room_until, occupied_until), false, expires_at
        FROM hold WHERE expires_at > $1
    ), visit AS (
        SELECT clinic_id, kind, id, specialist_id, also_specialist_ids, room_id, equipment, occupied_from,
               occupied_until, room_until, overbooked, expires_at
        FROM those WHERE session_id IS NULL
        UNION
        -- Who is in a group together shares what it takes: all the same, or it is seen twice.
        SELECT clinic_id, 'session', session_id, specialist_id, also_specialist_ids, room_id, equipment, occupied_from,
               occupied_until, room_until, overbooked,
               CASE WHEN bool_or(kind = 'appointment') OVER together THEN NULL ELSE max(expires_at) OVER together END
        FROM those WHERE session_id IS NOT NULL
        WINDOW together AS (PARTITION BY clinic_id, session_id)
    ), needed AS (
        SELECT v.clinic_id, v.kind, v.id AS holder, n.resource_id, n.unit, v.expires_at,
               tstzrange(v.occupied_from, n.until) AS during
        FROM visit v CROSS JOIN LATERAL (
            SELECT each AS resource_id, CASE WHEN NOT v.overbooked THEN 0 END AS unit, v.occupied_until AS until
            FROM unnest(v.specialist_id || v.also_specialist_ids) AS each
            UNION ALL SELECT v.room_id, 0, v.room_until WHERE v.room_id IS NOT NULL
            UNION ALL SELECT (unit ->> 0)::uuid, (unit ->> 1)::int, v.occupied_until
                      FROM jsonb_array_elements(v.equipment) AS unit
        ) AS n
        UNION ALL
        SELECT clinic_id, 'block', id, coalesce(specialist_id, room_id), lane, NULL, tstzrange(starts_at, ends_at)
        FROM block, generate_series(0, CASE WHEN room_id IS NULL THEN {LANES_AT_MOST} ELSE 0 END) AS lane
        WHERE NOT removed
    )
"""  # noqa: S608  # a constant
# By a running maximum instead of a join: no index is asked, least of all that of the constraint which is checked.
# Whose the maximum is comes along behind it, as text of equal length that sorts like the time.
_OVERLAPPING: Final = """
    SELECT resource_id, unit, kind, holder, during, substr(latest, 21) AS rival FROM (
        SELECT resource_id, unit, kind, holder, during, max(upper(during)) OVER earlier AS taken_until,
               max(to_char(upper(during) AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') || kind || ' ' || holder)
                   OVER earlier AS latest
        FROM {source}
        WINDOW earlier AS (
            PARTITION BY clinic_id, resource_id, unit ORDER BY lower(during), upper(during)
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    ) AS each WHERE lower(during) < taken_until
"""
_OVERLAPPING_CLAIMS: Final = _OVERLAPPING.format(source="claim")
_OVERLAPPING_VISITS: Final = _NEEDED + _OVERLAPPING.format(source="needed WHERE unit IS NOT NULL")
_COUNT_NEEDED: Final = f"{_NEEDED} SELECT count(*) FROM needed"  # noqa: S608  # constants
_SAME: Final = """
    c.clinic_id = n.clinic_id AND c.kind = n.kind AND c.holder = n.holder AND c.resource_id = n.resource_id
    AND c.unit = coalesce(n.unit, c.unit) AND c.during = n.during AND c.expires_at IS NOT DISTINCT FROM n.expires_at
"""
_LACKING: Final = f"""
    {_NEEDED}
    SELECT n.resource_id, n.unit, n.kind, n.holder, n.during FROM needed n LEFT JOIN claim c ON {_SAME}
    WHERE c.holder IS NULL AND upper(n.during) > $1
"""  # noqa: S608  # constants
_SUPERFLUOUS: Final = f"""
    {_NEEDED}
    SELECT c.resource_id, c.unit, c.kind, c.holder, c.during, v.service_id, v.specialists, v.starts_at
    FROM claim c LEFT JOIN needed n ON {_SAME} LEFT JOIN (
        SELECT clinic_id, 'appointment' AS kind, id, service_id, specialist_id || also_specialist_ids AS specialists,
               starts_at
        FROM appointment WHERE status <> 'canceled'
        UNION ALL
        SELECT clinic_id, 'hold', id, service_id, specialist_id || also_specialist_ids, starts_at FROM hold
        UNION ALL
        SELECT clinic_id, 'session', id, service_id, specialist_id || also_specialist_ids, starts_at FROM group_session
    ) AS v ON v.clinic_id = c.clinic_id AND v.kind = c.kind AND v.id = c.holder
    WHERE n.holder IS NULL AND (c.expires_at IS NULL OR c.expires_at > $1)
"""  # noqa: S608  # constants


async def check(connection: Any, at: datetime) -> list[Check]:
    """As of a moment; all in one transaction, whose snapshot is not younger."""
    claims = await connection.fetchval("SELECT count(*) FROM claim")
    needed = await connection.fetchval(_COUNT_NEEDED, at)
    return [
        await _found(connection, "claims of one resource that overlap", claims, _OVERLAPPING_CLAIMS),
        await _found(connection, "visits and blocks that overlap", needed, _OVERLAPPING_VISITS, at),
        await _found(connection, "visits and blocks without their claims", needed, _LACKING, at),
        await _found(connection, "claims that nothing accounts for", claims, _SUPERFLUOUS, at),
    ]


async def _found(connection: Any, name: str, looked_at: int, query: str, *args: object) -> Check:
    check = Check("booking", name, looked_at)
    async for row in connection.cursor(query, *args):
        if not _is_gap(row):
            check.add(row["holder"], _words(row))
    return check


def _is_gap(row: Any) -> bool:
    """Whether it keeps visits of a service apart, of which no table tells."""
    if row.get("service_id") is None:
        return False
    gaps: Sequence[UUID] = [uuid5(NAMESPACE_OID, f"gap/{row['service_id']}/{each}") for each in row["specialists"]]
    return row["resource_id"] in gaps and row["during"].lower == row["starts_at"]


def _words(row: Any) -> str:
    begin, end = row["during"].lower, row["during"].upper
    lane = "any lane" if row["unit"] is None else f"unit {row['unit']}"
    beside = f", where {row['rival']} is" if row.get("rival") else ""
    return f"{row['kind']}, {lane} of {row['resource_id']} from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}{beside}"
