"""A Call: who asks, for which clinic, when; and the one transaction it owns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from asyncpg.exceptions import UniqueViolationError
from audit import Record
from claims import Claims
from google.protobuf.message import Message
from tracing import current_trace_id, recording, span

from chassis.database import Pool
from chassis.envelope import Envelope
from chassis.errors import DomainError
from chassis.ids import new_id
from chassis.sql import Part, Statement, joined, rendered, select_from

NO_CLINIC = UUID(int=0)
_QUOTABLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:.")


@dataclass(frozen=True, slots=True)
class _Later:
    parts: tuple[Part, ...]
    taken: Callable[[UniqueViolationError], DomainError | None]


@dataclass(frozen=True, slots=True)
class First:
    """What the chassis writes before anything else, in the round trip that begins the transaction: the inbox row."""

    text: str
    """Has no parameters; ids of ours at most."""
    done: Callable[[str], None]
    """Is told the command tag; may raise."""


class Transaction:
    """Opens at the first statement, under row-level security; committed or rolled back by the chassis only."""

    def __init__(
        self, pool: Pool, *, read_only: bool, settings: Callable[[], dict[str, str]], moving: bool = False
    ) -> None:
        self._pool = pool
        self._moving = moving
        self._read_only = read_only
        self._settings = settings
        self._connection: Any = None
        self.first: First | None = None
        self._later: _Later | None = None
        self._writes: list[tuple[str, tuple[object, ...]]] = []

    @property
    def is_open(self) -> bool:
        return self._connection is not None or self._later is not None or bool(self._writes)

    async def fetch(self, statement: Statement, *args: object) -> list[Any]:
        return list(await self._run("fetch", statement, args))

    async def fetchrow(self, statement: Statement, *args: object) -> Any:
        return await self._run("fetchrow", statement, args)

    async def fetchval(self, statement: Statement, *args: object) -> Any:
        return await self._run("fetchval", statement, args)

    async def execute(self, statement: Statement, *args: object) -> str:
        """The command tag, e.g. "UPDATE 1"."""
        return str(await self._run("execute", statement, args))

    async def write(self, text: str, *values: object) -> None:
        """For who needs no answer: done before the next other statement, at the latest with the commit. The same text
        again and again takes one round trip, with whatever values."""
        if self._later is not None:
            await self.catch_up()
        self._writes.append((text, values))

    async def call(self, function: str, *args: object, columns: Mapping[str, str] | None = None) -> Any:
        """What a function of the database answers that takes the settings of a transaction (clinic, subject, patient)
        as its first arguments and sets them itself: where none is open, this is one statement instead of three. One
        value; or, of a function that returns a record, a row of the columns, each with its type."""
        await self.catch_up()
        values = (*self._settings().values(), *args)
        text = f"{function}({', '.join(f'${n}' for n, _ in enumerate(values, 1))})"
        text = select_from(text, columns) if columns else f"SELECT {text}"
        how = "fetchrow" if columns else "fetchval"
        if self._connection is not None:
            return await self._run(how, text, values)
        with span("sql", statement=text[:200]):
            return await getattr(self._pool, how)(text, *values)

    async def later(self, *parts: Part, taken: Callable[[UniqueViolationError], DomainError | None]) -> None:
        """Written at the next statement at the latest; most often together with what the chassis writes at the end, in
        one statement instead of two. `taken` is the failure that it means if something of this is there already; None
        if it was something else."""
        await self.catch_up()
        self._later = _Later(parts, taken)

    async def execute_joined(self, *parts: Part) -> str:
        """In one statement, with what was left for later; the command tag of the last part."""
        later, self._later = self._later, None
        text, values = joined(*(later.parts if later else ()), *parts)
        try:
            return await self.execute(text, *values)
        except UniqueViolationError as failure:
            meant = later.taken(failure) if later is not None else None
            if meant is None:
                raise
            raise meant from None

    async def catch_up(self) -> None:
        """Write now what was left for later."""
        if self._later is not None:
            await self.execute_joined()
        writes, self._writes = self._writes, []
        for text, same in groupby(writes, key=itemgetter(0)):
            await self._run("executemany", text, ([values for _, values in same],))

    async def _run(self, how: str, statement: Statement, args: tuple[object, ...]) -> Any:
        if self._later is not None or self._writes:
            await self.catch_up()
        if self._connection is None:
            await self._open()
        text, values = rendered(statement, args)
        if not recording():
            return await getattr(self._connection, how)(text, *values)
        with span("sql", statement=" ".join(text.split())[:200]):
            return await getattr(self._connection, how)(text, *values)

    async def begin(self) -> None:
        """Now, and not only with the first statement."""
        if self._connection is None:
            await self._open()

    async def _open(self) -> None:
        connection = await self._pool.take()
        try:
            settings = "".join(
                f"SET LOCAL app.{name} = '{quotable(value)}';" for name, value in self._settings().items()
            )
            first = self.first.text if self.first is not None else ""
            # Who only reads sees one moment, however many statements they need; unless each is for somebody else.
            isolation = " ISOLATION LEVEL REPEATABLE READ" if self._read_only and not self._moving else ""
            how = " READ ONLY" if self._read_only else ""
            tag = await connection.execute(f"BEGIN{isolation}{how};{settings}{first}")
        except BaseException:
            await asyncio.shield(self._pool.undo(connection, begun=True))
            raise
        self._connection = connection
        if self.first is not None:
            self.first.done(tag)

    def beside(self, settings: dict[str, str]) -> "Transaction":
        """Another one, to read what is committed when each statement begins."""
        return Transaction(self._pool, read_only=True, moving=True, settings=lambda: settings)

    async def commit(self) -> None:
        await self.catch_up()
        if self._connection is not None:
            await self._connection.execute("COMMIT")
            connection, self._connection = self._connection, None
            await self._pool.give(connection)

    async def roll_back(self) -> None:
        """Safe to call at any time, also while being canceled: no connection goes back with a transaction open."""
        connection, self._connection = self._connection, None
        self._later = None
        self._writes.clear()
        if connection is not None:
            await asyncio.shield(self._pool.undo(connection, begun=False))


def quotable(value: str) -> str:
    """Where no parameters can be; what goes there are ids of ours, and nothing else gets past here."""
    if not _QUOTABLE.issuperset(value):
        raise ValueError(f"not an id: {value!r}")
    return value


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event on its way to the outbox."""

    id: UUID
    message: Message
    key: str
    clinic_id: UUID | None


@dataclass(slots=True)
class Call:
    """Everything a use case may know and do besides its message."""

    claims: Claims
    clinic_id: UUID | None
    now: datetime
    envelope: Envelope
    tx: Transaction
    events: list[Emitted] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    known_answer: Callable[[], Awaitable[Message | None]] | None = None
    """What was answered to this very request before, if it has a key to tell by."""

    @classmethod
    def open(
        cls, *, pool: Pool, claims: Claims, clinic_id: UUID | None, now: datetime, envelope: Envelope, read_only: bool
    ) -> "Call":
        # The transaction asks for the tenant when it opens, since a public call learns late whom it is about.
        call: Call

        def tenant() -> dict[str, str]:
            # In the order in which functions of the database take them (Transaction.call).
            return {
                "clinic_id": str(call.clinic_id or ""),
                "subject": call.claims.subject,
                "patient_id": str(call.claims.patient_id or ""),
            }

        call = cls(claims, clinic_id, now, envelope, Transaction(pool, read_only=read_only, settings=tenant))
        return call

    @property
    def id(self) -> str:
        """The request id, the same in every service it passes."""
        return self.envelope.request_id

    def emit(self, event: Message, *, key: str = "", clinic_id: UUID | None = None) -> None:
        """Remember an event; it is written with the commit. `key` names the thing it is about, for order; `clinic_id`
        is for clock ticks, which are of no clinic themselves."""
        self.events.append(Emitted(new_id(), event, key, clinic_id or self.clinic_id))

    def audit(self, **facts: object) -> None:
        """Add facts to this call's audit record that only the use case knows."""
        self.facts.update(facts)

    def act_in(self, clinic_id: UUID) -> None:
        """Settle for which clinic this is, where the request could not say: sign-in, keys, new clinics."""
        if self.tx.is_open:
            raise RuntimeError("the transaction is already open for another clinic")
        if self.clinic_id not in (None, clinic_id):
            raise RuntimeError("this call already belongs to a clinic")
        self.clinic_id = clinic_id

    def act_as(self, claims: Claims) -> None:
        """Go on as this person, in no clinic yet: what is theirs in any clinic can be seen, and nothing else."""
        if self.tx.is_open:
            raise RuntimeError("the transaction is already open for somebody else")
        self.claims, self.clinic_id = claims, None

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Transaction]:
        """To read for several calls of a clinic, with its rights only; each statement sees what is committed then."""
        tx = self.tx.beside({"clinic_id": str(self.clinic_id or ""), "subject": "", "patient_id": ""})
        try:
            yield tx
            await tx.commit()
        finally:
            await tx.roll_back()

    async def pause(self) -> None:
        """End a transaction that has only read, so that a peer can be asked before the deciding one begins."""
        if self.events:
            raise RuntimeError("what was emitted would be told without being done")
        await self.tx.roll_back()

    async def is_repeated(self) -> bool:
        """Whether this very request was answered before, if it has a key to tell by: then whatever it fails with is not
        what its caller gets. What was done so far is undone."""
        await self.undo()
        return self.known_answer is not None and await self.known_answer() is not None

    async def undo(self) -> None:
        """Forget what was done and said so far: it was only to see what it would do."""
        self.events.clear()
        await self.tx.roll_back()

    def record(self, action: str) -> Record:
        return Record(
            id=new_id(),
            occurred_at=self.now,
            clinic_id=self.clinic_id,
            subject=self.claims.subject,
            actor=self.claims.actor.value,
            action=action,
            request_id=self.id,
            session_id=self.claims.session_id,
            trace_id=current_trace_id(),
            facts=self.facts,
        )
