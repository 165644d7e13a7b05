"""A bucket of tokens, kept as one number: how long until it is full. No clock and no Valkey; times are microseconds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

_MINUTE_US: Final = 60_000_000
MOST_PER_MINUTE: Final = _MINUTE_US
"""One a microsecond."""


@dataclass(frozen=True, eq=False)
class Limit:
    """A token comes at each interval; who has not asked for a while has `burst` of them. There is one of each."""

    name: str
    per_minute: int
    burst: int

    @cached_property
    def interval_us(self) -> int:
        return _MINUTE_US // self.per_minute

    @cached_property
    def prefix(self) -> str:
        """Of keys: other figures are other buckets."""
        return f"limit/{self.name}/{self.per_minute}/{self.burst}/"

    def level(self, full_in: int) -> int:
        """The tokens that are there."""
        return self.burst + -full_in // self.interval_us if full_in > 0 else self.burst

    def until(self, tokens: int, full_in: int) -> int:
        """How long until so many are there."""
        return max(0, full_in - (self.burst - tokens) * self.interval_us)
