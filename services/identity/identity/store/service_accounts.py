"""The SQL of service accounts and API keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from chassis import Transaction, new_id
from chassis.errors import FieldViolation, NotFound
from chassis.store import Page
from sqlalchemy import select

from identity.domain.api_key import ApiKey
from identity.domain.errors import NameTaken
from identity.store import tables


async def add(tx: Transaction, *, name: str, permissions: list[str], now: datetime) -> UUID:
    id_ = new_id()
    try:
        await tx.execute(
            "INSERT INTO service_account (id, name, permissions, created_at) VALUES ($1, $2, $3, $4)",
            id_, name, permissions, now,
        )  # fmt: skip
    except UniqueViolationError:
        taken = f"Another service account is called {name!r}"
        raise NameTaken(taken, fields=[FieldViolation("name", "is taken")]) from None
    return id_


async def list_(tx: Transaction, page: Page) -> tuple[Any, str]:
    t = tables.service_account.c
    query = select(t.id, t.name, t.permissions, t.created_at)
    return page.cut(await tx.fetch(page.of_query(query, t.name, t.id)), "name", "id")


async def require(tx: Transaction, id_: UUID) -> Any:
    row = await tx.fetchrow("SELECT permissions FROM service_account WHERE id = $1", id_)
    if row is None:
        raise NotFound(f"There is no service account {id_}")
    return row


async def add_key(tx: Transaction, *, service_account_id: UUID, key: ApiKey, expires_at: datetime) -> UUID:
    id_ = new_id()
    await tx.execute(
        "INSERT INTO api_key (id, service_account_id, prefix, digest, expires_at) VALUES ($1, $2, $3, $4, $5)",
        id_, service_account_id, key.prefix, key.digest, expires_at,
    )  # fmt: skip
    return id_


async def list_keys(tx: Transaction, service_account_id: UUID, page: Page) -> tuple[Any, str]:
    t = tables.api_key.c
    query = select(t.id, t.prefix, t.expires_at, t.revoked_at).where(t.service_account_id == service_account_id)
    return page.cut(await tx.fetch(page.of_query(query, t.expires_at, t.id)), "expires_at", "id")


async def revoke_key(tx: Transaction, *, service_account_id: UUID, key_id: UUID, now: datetime) -> None:
    """Revoking what is revoked changes nothing."""
    tag = await tx.execute(
        "UPDATE api_key SET revoked_at = coalesce(revoked_at, $3) WHERE id = $1 AND service_account_id = $2",
        key_id, service_account_id, now,
    )  # fmt: skip
    if tag == "UPDATE 0":
        raise NotFound(f"There is no key {key_id} of this service account")


async def find_by_key(tx: Transaction, key: ApiKey, now: datetime) -> Any:
    return await tx.fetchrow(
        """
        SELECT a.id, a.permissions, k.expires_at FROM api_key k JOIN service_account a ON a.id = k.service_account_id
        WHERE k.digest = $1 AND k.revoked_at IS NULL AND k.expires_at > $2
        """,
        key.digest, now,
    )  # fmt: skip
