"""The SQL of booking policies, and how terms are kept with an appointment."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis import Transaction
from chassis.store import define, require_version
from sqlalchemy import select

from booking.domain.errors import ChangedMeanwhile
from booking.domain.policy import Fee, Policy, Terms
from booking.store.tables import policy as t
from booking.store.tables import policy_text

ALL = UUID(int=0)
"""Stands for all services that have no policy of their own."""


def query_of(service_id: str) -> str:
    """The SQL that finds a service's row, or else that of all; `service_id` is SQL for the id."""
    return f"""
        SELECT service_id, notice_minutes, late_fee, no_show_fee, terms, needs_acceptance, overbook_most, hold_minutes,
               version
        FROM policy WHERE service_id IN ({service_id}, '{ALL}') ORDER BY service_id = '{ALL}' LIMIT 1
    """  # noqa: S608  # constants


async def find(tx: Transaction, service_id: UUID) -> Any:
    """The row of a service, or else of all; None if there is neither."""
    return await tx.fetchrow(query_of("$1"), service_id)


async def of(tx: Transaction, service_id: UUID) -> Policy:
    return read(await find(tx, service_id))


def read(row: Any) -> Policy:
    """Of a row, or of none."""
    if row is None or row["version"] is None:
        return Policy()
    return Policy(
        terms=Terms(
            notice=timedelta(minutes=row["notice_minutes"]),
            late_fee=fee(row["late_fee"]),
            no_show_fee=fee(row["no_show_fee"]),
            version=row["version"],
            of=None if row["service_id"] == ALL else row["service_id"],
        ),
        needs_acceptance=row["needs_acceptance"],
        overbook_most=row["overbook_most"],
        hold=timedelta(minutes=row["hold_minutes"]),
    )


async def put(tx: Transaction, service_id: UUID, seen: int, values: dict[str, object]) -> Any:
    """The row as it is then."""
    await require_version(tx, t, {"service_id": service_id}, seen, ChangedMeanwhile)
    await define(tx, t, {"service_id": service_id} | values, key=("service_id",))
    row = await find(tx, service_id)
    await tx.execute(
        "INSERT INTO policy_text (service_id, version, terms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        service_id, row["version"], row["terms"],
    )  # fmt: skip
    return row


async def text_of(tx: Transaction, it: Terms) -> str:
    """As it read then."""
    query = select(policy_text.c.terms).where(policy_text.c.service_id == (it.of or ALL))
    found: str | None = await tx.fetchval(query.where(policy_text.c.version == it.version))
    return found or ""


def fee(stored: str | None) -> Fee | None:
    return Fee(*json.loads(stored)) if stored else None


def of_fee(it: Fee | None) -> str | None:
    return json.dumps([it.amount_minor, it.currency]) if it is not None else None


def terms(stored: str) -> Terms:
    """Of an appointment."""
    kept = json.loads(stored)
    if not kept:
        return Terms()
    return Terms(
        notice=timedelta(minutes=kept["notice"]),
        late_fee=Fee(*kept["late_fee"]) if kept["late_fee"] else None,
        no_show_fee=Fee(*kept["no_show_fee"]) if kept["no_show_fee"] else None,
        version=kept["version"],
        of=UUID(kept["of"]) if kept.get("of") else None,
    )


def of_terms(it: Terms) -> str:
    if it == Terms():
        return "{}"
    return json.dumps(
        {
            "notice": it.notice // timedelta(minutes=1),
            "late_fee": _pair(it.late_fee),
            "no_show_fee": _pair(it.no_show_fee),
            "version": it.version,
            "of": str(it.of) if it.of else None,
        }
    )


def _pair(it: Fee | None) -> list[object] | None:
    return [it.amount_minor, it.currency] if it is not None else None
