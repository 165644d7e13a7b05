"""The table of seed 003 section 4.3, and from whose buckets a request takes."""

from typing import Annotated, Final, TypeAlias

from ambulo.options.v1 import options_pb2
from claims import Claims
from pydantic import BaseModel, ConfigDict, Field

from gateway.addresses import network
from gateway.limits.bucket import MOST_PER_MINUTE, Limit
from gateway.limits.limiter import Bucket

Rate: TypeAlias = options_pb2.Rate.ValueType
Figure = Annotated[int, Field(ge=1, le=MOST_PER_MINUTE)]

_NAMES: Final[dict[Rate, str]] = {
    options_pb2.RATE_READ: "read",
    options_pb2.RATE_AVAILABILITY: "availability",
    options_pb2.RATE_BOOKING: "booking",
    options_pb2.RATE_SIGN_IN: "sign_in",
}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figures(_Row):
    per_minute: Figure
    burst: Figure


class Rates(_Row):
    signed_in: Figures
    """Of one principal, from wherever."""
    anonymous: Figures
    """Of one address, whoever is behind it."""


def _rates(*, signed_in: int, anonymous: int) -> Rates:
    """In each row of the seed the burst is two minutes'."""
    return Rates(
        signed_in=Figures(per_minute=signed_in, burst=2 * signed_in),
        anonymous=Figures(per_minute=anonymous, burst=2 * anonymous),
    )


class RateLimits(_Row):
    availability: Rates = _rates(signed_in=60, anonymous=10)
    booking: Rates = _rates(signed_in=20, anonymous=5)
    read: Rates = _rates(signed_in=100, anonymous=30)
    sign_in: Rates = _rates(signed_in=5, anonymous=5)
    clinic_per_minute: Annotated[int, Field(ge=0, le=MOST_PER_MINUTE)] = 5_000
    """Of all who act in one clinic, together; 0: as much as they like."""
    times: dict[str, Figure] = {}
    """By role or kind of actor ("front_desk", "service_account"): how many times as much as the table says."""
    scale: Figure = 1
    """How many times as much everybody may; for tests and measurements."""


class Policy:
    """Finds the buckets of a request."""

    def __init__(self, table: RateLimits) -> None:
        self._table = table
        self._limits: dict[tuple[Rate, int], Limit] = {}
        per_minute = min(table.clinic_per_minute * table.scale, MOST_PER_MINUTE)
        self._clinic = Limit("clinic", per_minute, per_minute) if per_minute else None

    def of(self, rate: Rate, claims: Claims, address: str) -> list[Bucket]:
        """Strangers do not count for the clinic they ask about: they could keep its own people out."""
        if not claims.signed_in:
            return [Bucket(self._limit(rate, 0), network(address))]
        times = self._table.times
        buckets = [Bucket(self._limit(rate, times.get(claims.role) or times.get(claims.actor) or 1), claims.subject)]
        if self._clinic is not None and claims.clinic_id is not None:
            buckets.append(Bucket(self._clinic, claims.clinic_id.hex))
        return buckets

    def _limit(self, rate: Rate, times: int) -> Limit:
        """`times` is 0 for who is not signed in."""
        found = self._limits.get((rate, times))
        if found is None:
            rates: Rates = getattr(self._table, _NAMES[rate])
            figures, factor = (rates.signed_in, times) if times else (rates.anonymous, 1)
            per_minute, burst = (
                min(figure * factor * self._table.scale, MOST_PER_MINUTE)
                for figure in (figures.per_minute, figures.burst)
            )
            found = self._limits[rate, times] = Limit(_NAMES[rate].replace("_", "-"), per_minute, burst)
        return found
