"""Takes tokens from shared buckets some at a time and spends them here, so that few requests wait for Valkey. While it
is away, the same buckets go on with what this process knows of them."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from gateway.limits.bucket import Limit
from gateway.limits.shared import Lease

_KEPT: Final = 20_000


class Bucket(NamedTuple):
    """Whose bucket it is under a limit."""

    limit: Limit
    whose: str


class Standing(NamedTuple):
    """Whether a request may pass, and how it stands then with the bucket that has least."""

    passes: bool
    limit: Limit
    left: int
    full_in: int

    @property
    def next_in(self) -> int:
        """Until there is one more."""
        return self.limit.until(self.left + 1, self.full_in)


class Keeper(Protocol):
    """Whoever keeps the shared buckets: answers one after the other, and None while it cannot."""

    async def lease(self, asked: Sequence[tuple[str, Limit]]) -> list[Lease] | None: ...


@dataclass(slots=True, eq=False)
class _Share:
    """Of one bucket: the tokens held here, and when the bucket without them is full, as far as is known."""

    key: str
    limit: Limit
    held: int = 0
    full_at: int = 0

    def spend(self, now: int) -> int:
        """One of those held. How many are left then, or -1 if none was held."""
        behind, interval = self.full_at - now, self.limit.interval_us
        if self.held * interval > behind:
            # The bucket has no room for all of them any more.
            self.held = max(0, behind // interval)
        if not self.held:
            return -1
        self.held -= 1
        return self.limit.burst + self.held + -behind // interval

    def left(self, now: int) -> int:
        """In the bucket and here."""
        return self.limit.level(self.full_at - now) + self.held

    def wait(self, now: int) -> int:
        return self.limit.until(1, self.full_in(now))

    def spend_alone(self, now: int) -> None:
        self.full_at = max(self.full_at, now) + self.limit.interval_us

    def spend_of(self, lease: Lease, asked_at: int) -> None:
        """One; the others are held."""
        self.held += max(0, lease.tokens - 1)
        self.full_at = asked_at + lease.full_in

    def full_in(self, now: int) -> int:
        """The bucket with those that are held."""
        return max(0, self.full_at - now - self.held * self.limit.interval_us)


class Limiter:
    """Knows so many buckets; the least recently asked is forgotten first. Without a keeper it is always alone."""

    def __init__(
        self, keeper: Keeper | None = None, clock: Callable[[], int] = lambda: time.monotonic_ns() // 1000
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._shares: OrderedDict[str, _Share] = OrderedDict()

    def __len__(self) -> int:
        return len(self._shares)

    async def take(self, buckets: Sequence[Bucket]) -> Standing:
        """A token of each, or of none."""
        now = self._clock()
        shares = [self._share(bucket) for bucket in buckets]
        lefts = [share.spend(now) for share in shares]
        if -1 in lefts:
            dry = [share for share, left in zip(shares, lefts, strict=True) if left < 0]
            # If there is no more, who asked beside this one may have brought some.
            if not await self._refill(dry, now) and (dry := [share for share in dry if share.spend(now) < 0]):
                for share in shares:
                    share.held += share not in dry
                slowest = max(dry, key=lambda share: share.wait(now))
                return Standing(False, slowest.limit, 0, slowest.full_in(now))
            lefts = [share.left(now) for share in shares]
        left = min(lefts)
        least = shares[lefts.index(left)]
        return Standing(True, least.limit, left, least.full_in(now))

    async def _refill(self, dry: list[_Share], now: int) -> bool:
        if any(share.left(now) < 1 for share in dry):
            return False
        leases = await self._keeper.lease([(share.key, share.limit) for share in dry]) if self._keeper else None
        if leases is None:
            return _alone(dry, now)
        for share, lease in zip(dry, leases, strict=True):
            share.spend_of(lease, now)
        return leases[0].tokens > 0

    def _share(self, bucket: Bucket) -> _Share:
        key = bucket.limit.prefix + bucket.whose
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = _Share(key, bucket.limit)
            if len(self._shares) > _KEPT:
                self._shares.popitem(last=False)
        else:
            self._shares.move_to_end(key)
        return share


def _alone(dry: list[_Share], now: int) -> bool:
    if any(share.left(now) < 1 for share in dry):
        return False
    for share in dry:
        share.spend_alone(now)
    return True
