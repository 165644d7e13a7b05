"""On what terms a service is booked and canceled. Pure; time is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

LANES_AT_MOST = 10
"""How many more than one a policy may let a specialist be booked for at once."""
USUAL_HOLD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Fee:
    """In the smallest unit of an ISO 4217 currency."""

    amount_minor: int
    currency: str


def added(one: Fee | None, other: Fee | None) -> Fee | None:
    """Fees of one appointment are of one currency: its terms'."""
    if one is None or other is None:
        return one or other
    return Fee(one.amount_minor + other.amount_minor, one.currency)


@dataclass(frozen=True, slots=True)
class Terms:
    """What canceling costs, as it was when the appointment was booked."""

    notice: timedelta = timedelta(0)
    late_fee: Fee | None = None
    no_show_fee: Fee | None = None
    version: int = 0
    """Of the policy; 0: there was none."""
    of: UUID | None = None
    """The service whose policy it was; None: that of all services."""

    def free_until(self, starts_at: datetime) -> datetime:
        return starts_at - self.notice

    def fee_for_leaving(self, starts_at: datetime, now: datetime) -> Fee | None:
        """Owed by who cancels or moves now."""
        return self.late_fee if now > self.free_until(starts_at) else None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a clinic decided for one service, or for all that have no policy of their own."""

    terms: Terms = Terms()
    needs_acceptance: bool = False
    overbook_most: int = 0
    hold: timedelta = USUAL_HOLD
