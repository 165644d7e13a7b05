"""Every IANA zone, at every change of its clock from 2024 to 2030."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from scheduling.domain import mask
from scheduling.domain.hours import DAY, OpenInterval, Pattern, instant_of, minute_of, offsets, open_minutes

FIRST, LAST = minute_of(datetime(2024, 1, 1, tzinfo=UTC)), minute_of(datetime(2031, 1, 1, tzinfo=UTC))
AROUND = 3 * 60


def changes() -> dict[tuple[tuple[int, int, int], ...], str]:
    """One zone for each different history of offsets; many names are links."""
    return {offsets(zone, FIRST, LAST): zone for zone in sorted(available_timezones())}


def test_no_minute_is_opened_that_the_wall_clock_does_not_show() -> None:
    looked_at = 0
    for history, zone in changes().items():
        tz = ZoneInfo(zone)
        for (_, change, _), _ in pairwise(history):
            begin, end = change - AROUND, change + AROUND
            day = instant_of(change - 1).astimezone(tz).weekday()
            # The skipped or repeated hour and what is beside it, on that day and the next.
            intervals = tuple(OpenInterval(d % 7, 30, DAY - 30) for d in (day, day + 1))
            found = set(mask.minutes(open_minutes(Pattern(intervals), zone, begin, end)))
            expected = set()
            for minute in range(begin, end):
                local = instant_of(minute).astimezone(tz)
                of_day = local.hour * 60 + local.minute
                if local.weekday() in (day, (day + 1) % 7) and 30 <= of_day < DAY - 30:
                    expected.add(minute - begin)
            assert found == expected, (zone, instant_of(change).isoformat())
            looked_at += 1
    assert looked_at > 400
