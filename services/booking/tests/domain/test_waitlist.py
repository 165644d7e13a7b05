"""Which days are over, wherever one is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from booking.domain.waitlist import earliest_today
from hypothesis import given
from hypothesis import strategies as st

ZONES = [ZoneInfo(name) for name in sorted(available_timezones())]
NOWS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(NOWS, st.sampled_from(ZONES))
def test_a_day_before_it_is_over_everywhere(now: datetime, zone: ZoneInfo) -> None:
    assert earliest_today(now) <= now.astimezone(zone).date()


@given(NOWS)
def test_it_is_today_somewhere(now: datetime) -> None:
    assert earliest_today(now) == now.astimezone(ZoneInfo("Etc/GMT+12")).date()
