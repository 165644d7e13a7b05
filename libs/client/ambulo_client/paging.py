"""Lists, page by page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import ParamSpec, Protocol, TypeVar


class Page(Protocol):
    """Part of a list; `next_cursor` leads to the next part, and is None on the last."""

    next_cursor: str | None


P = ParamSpec("P")
SomePage = TypeVar("SomePage", bound=Page)


def pages(ask: Callable[P, SomePage], *args: P.args, **named: P.kwargs) -> Iterator[SomePage]:
    """All pages of a list, each asked for when it is needed: `pages(ambulo.list_appointments, clinic_id, limit=200)`.

    Raises what `ask` does, also half-way: a `Problem`, or httpx's failure of the connection.
    """
    while True:
        page = ask(*args, **named)
        yield page
        if not page.next_cursor:
            return
        named["cursor"] = page.next_cursor


async def async_pages(
    ask: Callable[P, Awaitable[SomePage]], *args: P.args, **named: P.kwargs
) -> AsyncIterator[SomePage]:
    """As `pages`, of an AsyncAmbulo's list."""
    while True:
        page = await ask(*args, **named)
        yield page
        if not page.next_cursor:
            return
        named["cursor"] = page.next_cursor
