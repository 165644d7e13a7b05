"""Valkey's script in Python: what it is compared with, and what a limiter can be tried on without Valkey."""

from collections.abc import Callable, Sequence

from gateway.limits.bucket import Limit
from gateway.limits.shared import SHARE, Lease


class Vault:
    def __init__(self, clock: Callable[[], int] = lambda: 0) -> None:
        self.clock = clock
        self.is_away = False
        self.asked = 0
        self.full_at: dict[str, int] = {}

    async def lease(self, asked: Sequence[tuple[str, Limit]]) -> list[Lease] | None:
        self.asked += 1
        return None if self.is_away else self.at(self.clock(), [asked])[0]

    def at(self, now: int, together: Sequence[Sequence[tuple[str, Limit]]]) -> list[list[Lease]]:
        shared: set[str] = set()
        return [self._one(now, asked, shared) for asked in together]

    def _one(self, now: int, asked: Sequence[tuple[str, Limit]], shared: set[str]) -> list[Lease]:
        full_in = [min(max(0, self.full_at.get(key, 0) - now), limit.burst * limit.interval_us) for key, limit in asked]
        levels = [limit.level(each) for (_, limit), each in zip(asked, full_in, strict=True)]
        if min(levels) < 1:
            return [Lease(0, each) for each in full_in]
        leases = []
        for (key, limit), level, before in zip(asked, levels, full_in, strict=True):
            tokens = 1 if key in shared else max(1, level // SHARE)
            shared.add(key)
            self.full_at[key] = now + before + tokens * limit.interval_us
            leases.append(Lease(tokens, before + tokens * limit.interval_us))
        return leases
