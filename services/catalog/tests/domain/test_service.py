"""What a service may say of itself."""

from datetime import date

import pytest
from catalog.domain.service import require_blackout, require_one_text_per_language, require_price
from chassis.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st


class TestRequirePrice:
    def test_it_may_be_free_but_nobody_is_paid_for_coming(self) -> None:
        for amount in (0, 1, 2**63 - 1):
            require_price(amount)
        with pytest.raises(Invalid) as wrong:
            require_price(-1)
        assert [f.field for f in wrong.value.fields] == ["price.amount_minor"]


class TestRequireBlackout:
    @given(st.dates(), st.dates())
    def test_it_ends_on_its_first_day_or_later(self, first: date, last: date) -> None:
        if last >= first:
            require_blackout(first, last, "last")
            return
        with pytest.raises(Invalid) as wrong:
            require_blackout(first, last, "last")
        assert [f.field for f in wrong.value.fields] == ["last"]
        assert first.isoformat() in wrong.value.fields[0].description


class TestRequireOneTextPerLanguage:
    @pytest.mark.parametrize("again", ["de-AT", "de-at"])
    def test_the_second_in_a_language_is_named_however_it_is_written(self, again: str) -> None:
        with pytest.raises(Invalid) as wrong:
            require_one_text_per_language(["ro", "de-AT", "en", again])
        assert [f.field for f in wrong.value.fields] == ["translations[3].language"]

    def test_a_language_and_its_kind_in_a_country_are_two(self) -> None:
        require_one_text_per_language(["de", "de-AT", "de-CH"])
