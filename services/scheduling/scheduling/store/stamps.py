"""Versions of what answers are made of. The database stamps whatever changes (migration 0003): nobody can forget it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from chassis import Call, Transaction

CATALOG: Final = UUID(int=0)
"""Stands for everything heard from the catalog."""

_ROUNDS: Final = 20
"""In one transaction; then others may have the connection."""


async def read(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, int]:
    """0 for those that were never stamped."""
    found = dict.fromkeys(ids, 0)
    rows = await tx.fetch("SELECT id, version FROM stamp WHERE id = ANY ($1)", list(found))
    return found | {row["id"]: row["version"] for row in rows}


@dataclass(slots=True)
class _Round:
    """Those who wait for the next statement, which begins after all of them have asked."""

    ids: set[UUID] = field(default_factory=set)
    found: asyncio.Future[dict[UUID, int]] = field(default_factory=asyncio.Future)


class Stamps:
    """Reads for many calls at once: whoever asks while their clinic's statement runs shares the next one."""

    def __init__(self) -> None:
        self._next: dict[UUID | None, _Round] = {}
        self._running: dict[UUID | None, asyncio.Task[None]] = {}

    async def stand(self, call: Call, stamped: Mapping[UUID, int]) -> bool:
        """Whether nothing of this has changed up to now. The call's own transaction is left alone."""
        clinic = call.clinic_id
        mine = self._next.get(clinic)
        if mine is None:
            mine = self._next[clinic] = _Round()
        mine.ids.update(stamped)
        if clinic not in self._running:
            self._running[clinic] = asyncio.create_task(self._run(call))
        # Who gives up does not take the others along.
        found = await asyncio.shield(mine.found)
        return all(found[id_] == version for id_, version in stamped.items())

    async def _run(self, call: Call) -> None:
        """One round after the other, until nobody waits."""
        clinic, now = call.clinic_id, None
        try:
            while clinic in self._next:
                try:
                    async with call.beside() as tx:
                        for _ in range(_ROUNDS):
                            if (now := self._next.pop(clinic, None)) is None:
                                break
                            now.found.set_result(await read(tx, now.ids))
                except Exception as error:  # noqa: BLE001  # each of those who wait raises it
                    if now is not None and not now.found.done():
                        now.found.set_exception(error)
        finally:
            del self._running[clinic]
