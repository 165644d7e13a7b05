"""A location's time zone has a name that everybody knows."""

from zoneinfo import ZoneInfo, available_timezones

import pytest
from catalog.domain.errors import UnknownTimeZone
from catalog.domain.location import require_zone
from hypothesis import assume, given
from hypothesis import strategies as st

ZONES = sorted(available_timezones())


class TestRequireZone:
    @given(st.sampled_from(ZONES))
    def test_every_zone_of_iana_is_known(self, zone: str) -> None:
        require_zone(zone)
        assert ZoneInfo(zone).key == zone

    @given(st.one_of(st.text(), st.sampled_from(ZONES).map(str.swapcase), st.sampled_from(ZONES).map("/{}".format)))
    def test_anything_else_is_refused_by_name(self, zone: str) -> None:
        assume(zone not in ZONES)
        with pytest.raises(UnknownTimeZone) as wrong:
            require_zone(zone)
        assert [f.field for f in wrong.value.fields] == ["time_zone"]
