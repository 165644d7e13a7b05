"""Where every request that is limited passes, or does not."""

from typing import Final

from ambulo.options.v1 import options_pb2
from chassis.metrics import REQUESTS_REFUSED
from claims import ANONYMOUS, Claims
from starlette.types import Scope

from gateway.addresses import address_of
from gateway.limits.headers import headers, seconds
from gateway.limits.limiter import Limiter, Standing
from gateway.limits.policy import Policy, Rate, RateLimits
from gateway.limits.shared import Shared
from gateway.problems import RateLimitExceeded

HEADERS: Final = "rate_limit"
"""Where in a request's scope the headers of its answer wait."""


class Gate:
    """Of one gateway process. Without Valkey its limits hold for this process alone."""

    def __init__(self, table: RateLimits, valkey_url: str = "") -> None:
        self._shared = Shared(valkey_url) if valkey_url else None
        self._policy = Policy(table)
        self._limiter = Limiter(self._shared)

    async def admit(self, scope: Scope, claims: Claims, rate: Rate) -> None:
        """Or RateLimitExceeded. Either way the answer will say how it stands."""
        buckets = self._policy.of(rate, claims, address_of(scope))
        standing = await self._limiter.take(buckets)
        scope[HEADERS] = headers(buckets, standing)
        if not standing.passes:
            REQUESTS_REFUSED.labels(standing.limit.name).inc()
            raise _exceeded(standing)

    async def admit_nobody(self, scope: Scope) -> None:
        """Who was not let in has only been looked at: that counts as a read of their address."""
        await self.admit(scope, ANONYMOUS, options_pb2.RATE_READ)

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.close()


def _exceeded(standing: Standing) -> RateLimitExceeded:
    wait = seconds(standing.next_in)
    return RateLimitExceeded(
        f"Too many requests. Please try again in {wait} second{'s' if wait != 1 else ''}.",
        retry_after=wait,
        facts={
            "policy": standing.limit.name,
            "limit": str(standing.limit.per_minute),
            "window": "1 minute",
            "retryAfter": str(wait),
        },
    )
