"""What booking does by the clock."""

from datetime import timedelta

from chassis import Call

from booking.store import claims

_KEPT = timedelta(days=1)
"""Longer than any buffer: what begins now may reach back into what has just ended."""


class Timers:
    async def remove_past_claims(self, call: Call) -> None:
        """Nobody can take a time that is over, so nothing need defend it (ARCHITECTURE D3)."""
        await claims.remove_ended(call.tx, call.now - _KEPT)
