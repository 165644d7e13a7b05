"""How much may be asked: token buckets by rate class for each principal or address, and for each clinic (seed 003
section 4.3). They are in Valkey, and in this process while Valkey is away."""

from gateway.limits.gate import HEADERS, Gate
from gateway.limits.policy import RateLimits

__all__ = ["HEADERS", "Gate", "RateLimits"]
