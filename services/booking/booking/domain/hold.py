"""A hold: a time kept for somebody while they make up their mind. No I/O; time is an argument."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Self

from booking.domain.errors import ExtendedEnough, HoldOver
from booking.domain.visit import Holder, Visit, require_future

EXTENSIONS = 3
"""How often a hold may be extended."""
AT_ONCE = 10
"""How many one person may have."""
AT_ONCE_FOR_PROGRAMS = 500
"""How many a program may have, which holds for many people."""


@dataclass(slots=True, kw_only=True)
class Hold(Visit):
    """Only its holder can extend, release or book it; after `expires_at` it takes nothing, whoever has noticed."""

    subject: str
    length: timedelta
    expires_at: datetime
    extensions: int = 0
    claims: int = 0
    """How many it took."""

    @property
    def holder(self) -> Holder:
        return Holder("hold", self.id)

    @classmethod
    def of(cls, visit: Visit, *, subject: str, length: timedelta, expires_at: datetime) -> Self:
        kept = {each.name: getattr(visit, each.name) for each in fields(Visit)}
        return cls(**kept, subject=subject, length=length, expires_at=expires_at)

    def require_alive(self, now: datetime) -> None:
        if self.expires_at <= now:
            raise HoldOver("It has run out; look for a time again")

    def is_as_asked(
        self, starts_at: datetime, *, service_id: str, specialist_id: str, location_id: str, calendar_id: str
    ) -> bool:
        """Whether it is what somebody asked for; what they left open may be anything."""
        asked = (
            (service_id, self.service_id),
            (specialist_id, self.specialist_id),
            (location_id, self.slot.location_id),
            (calendar_id, self.calendar_id),
        )
        return self.slot.starts_at == starts_at and all(id_.lower() == str(own) for id_, own in asked if id_)

    def extend(self, now: datetime) -> None:
        """For as long again, from now."""
        self.require_alive(now)
        if self.extensions == EXTENSIONS:
            raise ExtendedEnough(f"A hold can be extended {EXTENSIONS} times; book it or let it go")
        require_future(self.slot.starts_at, now)
        self.extensions += 1
        self.version += 1
        self.expires_at = min(now + self.length, self.slot.starts_at)
