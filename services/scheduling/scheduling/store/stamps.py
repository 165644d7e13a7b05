"""Versions of what answers are made of. The database stamps whatever changes (migration 0003): nobody can forget it."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from chassis import Call, Transaction

CATALOG: Final = UUID(int=0)
"""Stands for everything heard from the catalog."""

_ROUNDS: Final = 100
"""In one transaction; then others may have the connection."""
_LINGER_S: Final = 0.002


async def read(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, int]:
    """0 for those that were never stamped."""
    found = dict.fromkeys(ids, 0)
    rows = await tx.fetch("SELECT id, version FROM stamp WHERE id = ANY ($1)", list(found))
    return found | {row["id"]: row["version"] for row in rows}


class Stamps:
    """Reads for many calls at once: whoever asks while their clinic's statement runs shares the next one."""

    def __init__(self) -> None:
        self._reading: dict[UUID | None, _Reader] = {}

    async def stand(self, call: Call, stamped: Mapping[UUID, int]) -> bool:
        """Whether nothing of this has changed up to now. The call's own transaction is left alone."""
        reader = self._reading.get(call.clinic_id)
        if reader is None:
            reader = self._reading[call.clinic_id] = _Reader()
            reader.task = asyncio.create_task(self._run(reader, call))
        found = await reader.ask(stamped)
        return all(found[id_] == version for id_, version in stamped.items())

    async def _run(self, reader: "_Reader", call: Call) -> None:
        try:
            while reader.is_asked:
                # Whoever waits has been told what went wrong; that the transaction then ends badly concerns nobody.
                with suppress(Exception):
                    async with call.beside() as tx:
                        await reader.read(tx)
        finally:
            del self._reading[call.clinic_id]


@dataclass(slots=True)
class _Round:
    """Those who wait for the next statement, which begins after all of them have asked."""

    ids: set[UUID] = field(default_factory=set)
    # One each: who gives up does not take the others along.
    waiting: list[asyncio.Future[dict[UUID, int]]] = field(default_factory=list)

    def end(self, found: dict[UUID, int] | None, failure: Exception | None = None) -> None:
        for each in self.waiting:
            if each.done():
                continue
            if failure is not None:
                each.set_exception(failure)
            else:
                each.set_result(found or {})


class _Reader:
    """Of one clinic, while anybody asks."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self._next: _Round | None = None
        self._asked = asyncio.Event()

    @property
    def is_asked(self) -> bool:
        return self._next is not None

    def ask(self, ids: Iterable[UUID]) -> asyncio.Future[dict[UUID, int]]:
        if self._next is None:
            self._next = _Round()
            self._asked.set()
        self._next.ids.update(ids)
        answer: asyncio.Future[dict[UUID, int]] = asyncio.get_running_loop().create_future()
        self._next.waiting.append(answer)
        return answer

    async def read(self, tx: Transaction) -> None:
        """One round after the other, until nobody asks."""
        for _ in range(_ROUNDS):
            now, self._next = self._next, None
            if now is None:
                return
            try:
                now.end(await read(tx, now.ids))
            except Exception as error:  # noqa: BLE001  # each of those who wait raises it
                now.end(None, error)
                return
            await self._linger()

    async def _linger(self) -> None:
        """Nobody waits for this, and whoever comes meanwhile is spared the beginning of a transaction and its end."""
        self._asked.clear()
        if self._next is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_S):
                    await self._asked.wait()
