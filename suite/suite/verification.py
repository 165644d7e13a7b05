"""`ambulo verify`: what the databases say of themselves, checked with SQL of its own."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import asyncpg
import audit
from chassis.settings import Settings

_CLAIMS = {
    "claims of one resource that overlap": """
        SELECT count(*) FROM claim a JOIN claim b
        ON a.clinic_id = b.clinic_id AND a.resource_id = b.resource_id AND a.unit = b.unit AND a.during && b.during
        AND a.ctid <> b.ctid AND (a.tableoid, a.ctid) < (b.tableoid, b.ctid)
    """,
    "claims without a scheduled appointment": """
        SELECT count(*) FROM claim c LEFT JOIN appointment a ON a.clinic_id = c.clinic_id AND a.id = c.holder
        WHERE a.id IS NULL OR a.status = 'canceled'
    """,
    "scheduled appointments without the claims they need": """
        SELECT count(*) FROM appointment a
        CROSS JOIN LATERAL (
            SELECT a.specialist_id, 0, a.occupied_until
            UNION ALL SELECT a.room_id, 0, coalesce(a.room_until, a.occupied_until) WHERE a.room_id IS NOT NULL
            UNION ALL SELECT (unit ->> 0)::uuid, (unit ->> 1)::int, a.occupied_until
                      FROM jsonb_array_elements(a.equipment) AS unit
        ) AS needed (id, unit, until)
        LEFT JOIN claim c ON c.clinic_id = a.clinic_id AND c.holder = a.id AND c.resource_id = needed.id
            AND c.unit = needed.unit AND c.during = tstzrange(a.occupied_from, needed.until)
        WHERE a.status = 'scheduled' AND c.holder IS NULL AND a.occupied_until > now()
    """,
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
