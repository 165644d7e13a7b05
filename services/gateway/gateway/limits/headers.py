"""What an answer says of the limits: the headers of seed 003 section 4.3, and those of the IETF's draft
(draft-ietf-httpapi-ratelimit-headers-11)."""

import time
from collections.abc import Sequence
from functools import cache

from gateway.limits.bucket import Limit
from gateway.limits.limiter import Bucket, Standing

Headers = list[tuple[bytes, bytes]]


def headers(buckets: Sequence[Bucket], standing: Standing) -> Headers:
    """All policies that hold here, and where the one stands that has least left."""
    limit, left = standing.limit, standing.left
    full_at = int(time.time() + standing.full_in / 1e6) + 1
    return [
        _most(limit),
        (b"x-ratelimit-remaining", b"%d" % left),
        (b"x-ratelimit-reset", b"%d" % full_at),
        _policies(*[bucket.limit for bucket in buckets]),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (limit.name.encode(), left, seconds(standing.next_in))),
    ]


@cache
def _most(limit: Limit) -> tuple[bytes, bytes]:
    return b"x-ratelimit-limit", b"%d" % limit.per_minute


@cache
def _policies(*limits: Limit) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", ", ".join(map(_policy, limits)).encode()


def _policy(limit: Limit) -> str:
    burst = f";ambulo-burst={limit.burst}" if limit.burst != limit.per_minute else ""
    return f'"{limit.name}";q={limit.per_minute};w=60{burst}'


def seconds(us: int) -> int:
    """Whole ones, and not before the time."""
    return -(-us // 1_000_000)
