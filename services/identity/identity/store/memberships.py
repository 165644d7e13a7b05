"""The SQL of humans and their memberships."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis import Transaction, new_id
from chassis.store import Page
from sqlalchemy import select

from identity.store.tables import human, membership


async def human_of(tx: Transaction, email: str) -> UUID:
    """The human with this address, made if need be."""
    await tx.execute("INSERT INTO human (id, email) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING", new_id(), email)
    id_: UUID = await tx.fetchval("SELECT id FROM human WHERE email = $1", email)
    return id_


async def find_human(tx: Transaction, email: str) -> UUID | None:
    id_: UUID | None = await tx.fetchval("SELECT id FROM human WHERE email = $1", email)
    return id_


async def email_of(tx: Transaction, human_id: UUID) -> str:
    return str(await tx.fetchval("SELECT email FROM human WHERE id = $1", human_id) or "")


async def invite(
    tx: Transaction, *, human_id: UUID, role: str, patient_id: UUID | None, specialist_id: UUID | None, now: datetime
) -> Any:
    """One membership per person and clinic: inviting again changes what they may do."""
    return await tx.fetchrow(
        """
        INSERT INTO membership (id, human_id, role, patient_id, specialist_id, invited_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (clinic_id, human_id) DO UPDATE SET role = excluded.role, patient_id = excluded.patient_id,
            specialist_id = excluded.specialist_id,
            accepted_at = CASE WHEN membership.patient_id IS NOT DISTINCT FROM excluded.patient_id
                               THEN membership.accepted_at END
        RETURNING id, role, patient_id, specialist_id, invited_at, accepted_at
        """,
        new_id(), human_id, role, patient_id, specialist_id, now,
    )  # fmt: skip


async def find(tx: Transaction, human_id: UUID, *, lock: bool = False) -> Any:
    """In this clinic; locked, it is held until the commit, so that what was decided about it still is so."""
    query = select(membership.c.role, membership.c.patient_id, membership.c.accepted_at)
    query = query.where(membership.c.human_id == human_id)
    return await tx.fetchrow(query.with_for_update() if lock else query)


async def of_human(tx: Transaction, human_id: UUID) -> list[Any]:
    """In all clinics, the oldest first. Needs the person's own claims: the policy shows them their memberships."""
    return await tx.fetch(
        """
        SELECT m.id, m.clinic_id, c.name AS clinic_name, m.role, m.patient_id, m.specialist_id, m.accepted_at
        FROM membership m JOIN clinic c ON c.id = m.clinic_id
        WHERE m.human_id = $1 ORDER BY m.invited_at, m.id
        """,
        human_id,
    )


async def accept(tx: Transaction, membership_id: UUID, now: datetime) -> bool:
    """Whether this is the first time."""
    tag = await tx.execute(
        "UPDATE membership SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL", membership_id, now
    )
    return tag == "UPDATE 1"


async def list_(tx: Transaction, page: Page) -> tuple[Any, str]:
    """Of this clinic, in the order they were invited."""
    m = membership.c
    query = select(m.id, human.c.email, m.role, m.patient_id, m.specialist_id, m.invited_at, m.accepted_at).join_from(
        membership, human, human.c.id == m.human_id
    )
    return page.cut(await tx.fetch(page.of_query(query, m.invited_at, m.id)), "invited_at", "id")
