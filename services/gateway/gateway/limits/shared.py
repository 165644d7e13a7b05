"""The buckets of all processes, in Valkey: each is the time when it is full, by Valkey's clock."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import RedisError
from tracing import logger

from gateway.limits.bucket import Limit

log = logger(__name__)

SHARE: Final = 20
"""A process takes a twentieth of what is there, and spends it without asking again."""
_PATIENCE_S: Final = 0.2
_AWAY_S: Final = 2.0
_AT_ONCE: Final = 100

# For each request, some of every bucket it needs or nothing of any. ARGV is the share, and for each request how many
# buckets it needs and their figures. A full bucket is not there. The cap is for a clock that was set back. Who has just
# got a share of a bucket is not given another for the next in line.
SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answer = {string.format('%.0f', now)}
local key, at, shared = 0, 2, {}
while at <= #ARGV do
    local needs = {}
    local enough = true
    for n = 1, tonumber(ARGV[at]) do
        local interval, burst = tonumber(ARGV[at + 2 * n - 1]), tonumber(ARGV[at + 2 * n])
        local full_at = redis.call('GET', KEYS[key + n]) or now
        local full_in = math.min(math.max(0, full_at - now), burst * interval)
        local level = burst - math.ceil(full_in / interval)
        needs[n] = {interval = interval, full_in = full_in, level = level}
        enough = enough and level >= 1
    end
    for n, need in ipairs(needs) do
        local lease, name = 0, KEYS[key + n]
        if enough then
            lease = shared[name] and 1 or math.max(1, math.floor(need.level / ARGV[1]))
            shared[name] = true
            need.full_in = need.full_in + lease * need.interval
            local full_at = string.format('%.0f', now + need.full_in)
            redis.call('SET', name, full_at, 'PX', math.ceil(need.full_in / 1000) + 1)
        end
        answer[#answer + 1] = string.format('%.0f %.0f', lease, need.full_in)
    end
    key, at = key + #needs, at + 1 + 2 * #needs
end
return table.concat(answer, ' ')
"""


class Lease(NamedTuple):
    """What was taken of a bucket, and how long until it is full."""

    tokens: int
    full_in: int


Asked = Sequence[tuple[str, Limit]]
"""The buckets one request needs, by key."""


class Shared:
    """Whoever asks while an answer is on its way shares the next one. After a failure Valkey is left alone for two
    seconds; then one request finds out, and the others do not wait."""

    def __init__(self, url: str) -> None:
        self._valkey = Redis.from_url(url)
        self._script = self._valkey.register_script(SCRIPT)
        self._waiting: list[tuple[Asked, asyncio.Future[list[Lease] | None]]] = []
        self._asking: asyncio.Task[None] | None = None
        self._away = False
        self._away_until = 0.0

    async def lease(self, asked: Asked) -> list[Lease] | None:
        """Of each bucket or of none, in one step; None while Valkey is away."""
        if self._away:
            if time.monotonic() < self._away_until:
                return None
            self._away_until = time.monotonic() + _AWAY_S
        mine: asyncio.Future[list[Lease] | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, mine))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await mine

    async def close(self) -> None:
        await self._valkey.aclose()

    async def _ask(self) -> None:
        together: list[tuple[Asked, asyncio.Future[list[Lease] | None]]] = []
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                answers = await self._run([asked for asked, _ in together])
                for (_, waiting), leases in zip(together, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(leases)
        except (RedisError, OSError) as failure:
            self._leave_alone(failure)
        finally:
            self._asking = None
            left, self._waiting = [*together, *self._waiting], []
            for _, waiting in left:
                if not waiting.done():
                    waiting.set_result(None)

    async def _run(self, together: Sequence[Asked]) -> list[list[Lease]]:
        keys = [key for asked in together for key, _ in asked]
        arguments = [SHARE]
        for asked in together:
            arguments += (len(asked), *(figure for _, limit in asked for figure in (limit.interval_us, limit.burst)))
        async with asyncio.timeout(_PATIENCE_S):
            answer = await self._script(keys, arguments)
        if self._away:
            self._away = False
            log.info("valkey is back, limits hold for all processes together")
        _, *found = map(int, answer.split())
        leases = iter([Lease(*each) for each in zip(found[::2], found[1::2], strict=True)])
        return [[next(leases) for _ in asked] for asked in together]

    def _leave_alone(self, failure: Exception) -> None:
        if not self._away:
            log.warning("valkey is away, limits hold for each process alone", cause=type(failure).__name__)
        self._away, self._away_until = True, time.monotonic() + _AWAY_S
