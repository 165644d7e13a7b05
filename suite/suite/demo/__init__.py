"""The demo clinics, loaded once."""

from collections.abc import Callable, Mapping
from pathlib import Path


async def load(environment: Mapping[str, str], state: Path, say: Callable[[str], None], *, again: bool = False) -> None:
    say("no demo yet")
