"""`ambulo verify`: whether what the suite keeps is as it must be, and a signed report that says so."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import audit
from chassis.settings import Settings

from suite.verification import claims, history
from suite.verification.report import Check, Report, Trail


async def verify(names: Sequence[str], environment: Mapping[str, str]) -> Report:
    """Each service's audit trail; and of booking claims, events and tables against each other. Changes nothing."""
    keys = Settings.model_construct(internal_keys_file=Path(environment["INTERNAL_KEYS_FILE"])).public_keys
    report = Report()
    for name in names:
        url = environment["DATABASE_OWNER_URL"].format(service=name)
        connection, beside = await asyncpg.connect(url), await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                # The clock is read after the snapshot was taken, so that nothing which has run out since is missed.
                at = await connection.fetchval("SELECT clock_timestamp()")
                report.at[name] = at
                await _check_trail(name, connection, keys, report)
                if name == "booking":
                    report.checks += await claims.check(connection, at)
                    checks, log = await history.check(connection, beside, environment["NATS_URL"], at)
                    report.checks += checks
                    report.logs += [log] if log is not None else []
        finally:
            await beside.close()
            await connection.close()
    return report


async def _check_trail(name: str, connection: Any, keys: Any, report: Report) -> None:
    found = await audit.verify(connection, keys)
    check = Check(name, "audit seals that do not hold", found.seals)
    for broken in found.broken:
        check.add(broken.seal, broken.why)
    report.checks.append(check)
    report.trails.append(Trail(name, found.seals, found.records, found.unsealed, found.head))
