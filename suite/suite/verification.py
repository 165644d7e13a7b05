"""`ambulo verify`: what the databases say of themselves, checked with SQL of its own."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import asyncpg
import audit
from chassis.settings import Settings

# What each appointment, hold and block must have taken. Of a specialist who was overbooked it may be any lane.
_NEEDED = """
    WITH visit AS (
        SELECT clinic_id, id, specialist_id, also_specialist_ids, room_id, equipment, occupied_from, occupied_until,
               coalesce(room_until, occupied_until) AS room_until, overbooked
        FROM appointment WHERE status <> 'canceled'
        UNION ALL
        SELECT clinic_id, id, specialist_id, also_specialist_ids, room_id, equipment, occupied_from, occupied_until,
               coalesce(room_until, occupied_until), false
        FROM hold WHERE expires_at > now()
    ), needed AS (
        SELECT v.clinic_id, v.id AS holder, n.resource_id, n.unit, tstzrange(v.occupied_from, n.until) AS during
        FROM visit v CROSS JOIN LATERAL (
            SELECT each AS resource_id, CASE WHEN NOT v.overbooked THEN 0 END AS unit, v.occupied_until AS until
            FROM unnest(v.specialist_id || v.also_specialist_ids) AS each
            UNION ALL SELECT v.room_id, 0, v.room_until WHERE v.room_id IS NOT NULL
            UNION ALL SELECT (unit ->> 0)::uuid, (unit ->> 1)::int, v.occupied_until
                      FROM jsonb_array_elements(v.equipment) AS unit
        ) AS n
        UNION ALL
        SELECT clinic_id, id, coalesce(specialist_id, room_id), 0, tstzrange(starts_at, ends_at) FROM block
        WHERE NOT removed
    )
"""
_CLAIMS = {
    "claims of one resource that overlap": """
        SELECT count(*) FROM claim a JOIN claim b
        ON a.clinic_id = b.clinic_id AND a.resource_id = b.resource_id AND a.unit = b.unit AND a.during && b.during
        AND a.ctid <> b.ctid AND (a.tableoid, a.ctid) < (b.tableoid, b.ctid)
    """,
    "claims that nothing accounts for": """
        SELECT count(*) FROM claim c
        WHERE (c.expires_at IS NULL OR c.expires_at > now())
          AND NOT EXISTS (SELECT FROM appointment a
                          WHERE a.clinic_id = c.clinic_id AND a.id = c.holder AND a.status <> 'canceled')
          AND NOT EXISTS (SELECT FROM hold h WHERE h.clinic_id = c.clinic_id AND h.id = c.holder)
          AND NOT EXISTS (SELECT FROM block b WHERE b.clinic_id = c.clinic_id AND b.id = c.holder AND NOT b.removed)
    """,
    "appointments, holds and blocks without the claims they need": f"""
        {_NEEDED}
        SELECT count(*) FROM needed n LEFT JOIN claim c ON c.clinic_id = n.clinic_id AND c.holder = n.holder
            AND c.resource_id = n.resource_id AND c.unit = coalesce(n.unit, c.unit) AND c.during = n.during
        WHERE c.holder IS NULL AND upper(n.during) > now()
    """,  # noqa: S608  # a constant
}


async def verify_all(names: Sequence[str], environment: Mapping[str, str], say: Callable[[str], None]) -> bool:
    """Whether all is as it should be."""
    keys = Settings.model_construct(internal_keys_file=Path(environment["INTERNAL_KEYS_FILE"]))
    clean = True
    for name in names:
        connection = await asyncpg.connect(environment["DATABASE_OWNER_URL"].format(service=name))
        try:
            clean &= await _verify_trail(name, connection, keys, say)
            if name == "booking":
                clean &= await _verify_claims(connection, say)
        finally:
            await connection.close()
    return clean


async def _verify_trail(name: str, connection: object, settings: Settings, say: Callable[[str], None]) -> bool:
    report = await audit.verify(connection, settings.public_keys)
    say(
        f"{name}: {report.seals} seals over {report.records} audit records, {report.unsealed} not sealed yet,"
        f" head {report.head[:16]}"
    )
    for broken in report.broken:
        say(f"  seal {broken.seal}: {broken.why}")
    return not report.broken


async def _verify_claims(connection: asyncpg.Connection, say: Callable[[str], None]) -> bool:
    clean = True
    for what, query in _CLAIMS.items():
        count = await connection.fetchval(query)
        say(f"booking: {count} {what}")
        clean &= count == 0
    return clean
