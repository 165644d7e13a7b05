"""Names that can be found, numbers that can be dialled, dates that can be."""

import unicodedata
from datetime import date, timedelta

import pytest
from chassis.errors import Invalid
from hypothesis import assume, given
from hypothesis import strategies as st
from people.domain.errors import BirthDateInFuture, PhoneNotValid
from people.domain.patient import birth_date, dialled, e164, folded

TODAY = date(2026, 3, 1)
DAYS = st.dates(min_value=date(1850, 1, 1), max_value=TODAY)
ROMANIAN = st.text("aăâbcdefghiîjklmnopqrsștțuvwxyzAĂÂIÎSȘTȚ -'", max_size=40)


class TestFolded:
    @given(ROMANIAN)
    def test_case_and_accents_are_gone(self, name: str) -> None:
        bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
        assert folded(name) == folded(name.upper()) == folded(name.lower()) == folded(bare)

    @given(ROMANIAN)
    def test_composed_and_decomposed_letters_are_the_same(self, name: str) -> None:
        assert folded(unicodedata.normalize("NFD", name)) == folded(unicodedata.normalize("NFC", name))

    @given(st.lists(st.text("abcșțéÜ", min_size=1), max_size=4), st.sampled_from([" ", "  ", "\t", "\n ", "\u00a0"]))
    def test_one_space_stands_between_words(self, words: list[str], gap: str) -> None:
        assert folded(gap + gap.join(words) + gap) == " ".join(map(folded, words))

    @given(st.text())
    def test_nothing_is_left_to_trim(self, text: str) -> None:
        assert folded(text) == " ".join(folded(text).split())

    @pytest.mark.parametrize(
        ("name", "plain"), [("Țurcanu", "turcanu"), ("Groß", "gross"), ("Zoë", "zoe"), ("ﬁ", "fi")]
    )
    def test_names_of_our_patients(self, name: str, plain: str) -> None:
        assert folded(name) == plain


class TestE164:
    @given(st.integers(min_value=0, max_value=9_999_999))
    def test_all_ways_to_write_a_number_are_one(self, tail: int) -> None:
        text = f"{tail:07}"
        ways = [f"+4072{text}", f"+40 72 {text[:3]} {text[3:]}", f"+40-(72)-{text}"]
        assert {e164(way, "") for way in ways} == {f"+4072{text}"}
        assert e164(f"072{text}", "RO") == e164(f"072 {text[:3]}.{text[3:]}", "ro") == f"+4072{text}"

    @given(st.integers(min_value=0, max_value=9_999_999), st.sampled_from(["", "RO", "DE", "Romania", "??"]))
    def test_what_is_kept_can_be_given_again(self, tail: int, country: str) -> None:
        number = f"+4072{tail:07}"
        assert e164(number, country) == number

    @given(st.text(max_size=40), st.text(max_size=3))
    def test_any_text_is_a_number_or_is_refused_by_name(self, text: str, country: str) -> None:
        try:
            number = e164(text, country)
        except PhoneNotValid as wrong:
            assert [f.field for f in wrong.fields] == ["phone"]  # noqa: PT017
        else:
            assert number == "" if not text else number.startswith("+")
            assert not text or number[1:] in dialled(number)

    def test_without_prefix_and_country_nobody_knows_where_it_rings(self) -> None:
        with pytest.raises(PhoneNotValid):
            e164("0721000000", "Romania")


class TestBirthDate:
    @given(DAYS)
    def test_a_day_of_the_past_is_itself(self, day: date) -> None:
        assert birth_date(day.year, day.month, day.day, TODAY) == day

    @given(st.dates(min_value=TODAY + timedelta(days=1)))
    def test_a_day_to_come_is_refused(self, day: date) -> None:
        with pytest.raises(BirthDateInFuture):
            birth_date(day.year, day.month, day.day, TODAY)

    @given(st.dates(max_value=date(1849, 12, 31)))
    def test_nobody_is_that_old(self, day: date) -> None:
        with pytest.raises(Invalid):
            birth_date(day.year, day.month, day.day, TODAY)

    @given(*[st.integers(-(2**31), 2**31 - 1)] * 3)
    def test_any_three_numbers_are_a_day_or_named(self, year: int, month: int, day: int) -> None:
        assume(not (1850 <= year <= TODAY.year and 1 <= month <= 12 and 1 <= day <= 31))
        with pytest.raises(Invalid) as wrong:
            birth_date(year, month, day, TODAY)
        assert [f.field for f in wrong.value.fields] == ["birth_date"]
