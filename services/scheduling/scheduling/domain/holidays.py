"""Days on which a location is closed: public holidays of its country, less those worked, and days of its own. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from chassis.errors import FieldViolation
from holidays import country_holidays

from scheduling.domain.errors import UnknownCountry
from scheduling.domain.hours import WHOLE_DAY, shown


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """What was set for a location. `closed_on` are days with their names."""

    country: str = ""
    subdivision: str = ""
    open_on: tuple[date, ...] = ()
    closed_on: tuple[tuple[date, str], ...] = ()

    def require_known(self) -> None:
        if self.subdivision and not self.country:
            wrong = FieldViolation("country", "is needed with a subdivision")
            raise UnknownCountry("Say the country of the subdivision, too", fields=[wrong])
        if self.country and not _is_known(self.country, ""):
            wrong = FieldViolation("country", "is unknown")
            advice = "Take an ISO 3166-1 code such as RO, or none and set closed days of your own"
            raise UnknownCountry(f"There are no holidays of {self.country}. {advice}", fields=[wrong])
        if self.subdivision and not _is_known(self.country, self.subdivision):
            wrong = FieldViolation("subdivision", "is unknown in this country")
            advice = "Take an ISO 3166-2 code without the country, such as BY for Bavaria, or none"
            raise UnknownCountry(f"There is no part {self.subdivision} of {self.country}. {advice}", fields=[wrong])

    def closed(self, years: Iterable[int]) -> dict[date, str]:
        return closed_days(self.country, self.subdivision, self.open_on, self.closed_on, years)

    def closed_since(self, before: "HolidayCalendar", years: Collection[int]) -> list[date]:
        """Days that were open."""
        return sorted(self.closed(years).keys() - before.closed(years).keys())


def closed_days(
    country: str,
    subdivision: str,
    open_on: Collection[date],
    closed_on: Iterable[tuple[date, str]],
    years: Iterable[int],
) -> dict[date, str]:
    """The closed days of these years with their names, by date. A day of the clinic's own is closed in any case."""
    wanted = set(years)
    days = {
        day: name
        for year in wanted
        for day, name in _public(country, subdivision, year)
        if day.year in wanted and day not in open_on
    }
    days |= {day: name for day, name in closed_on if day.year in wanted}
    return dict(sorted(days.items()))


def closed_minutes(days: Iterable[date], zone: str, first: int, last: int) -> int:
    """The minutes of the window first..last (UTC) that lie on these local days."""
    return shown({day.toordinal(): WHOLE_DAY for day in days}, zone, first, last)


@lru_cache(maxsize=1024)
def _public(country: str, subdivision: str, year: int) -> tuple[tuple[date, str], ...]:
    if not country:
        return ()
    # Without a language the names would be in that of the machine's locale.
    language = country_holidays(country).default_language
    days = country_holidays(country, subdiv=subdivision or None, years=year, expand=False, language=language)
    return tuple(days.items())


def _is_known(country: str, subdivision: str) -> bool:
    try:
        country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        return False
    return True
