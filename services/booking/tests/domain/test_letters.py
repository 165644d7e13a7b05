"""What is written to people."""

from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from booking.domain import letters
from booking.domain.letters import Sender, guest_code, offer

AT = datetime(2026, 11, 30, 10, 0, tzinfo=ZoneInfo("Europe/Bucharest"))
CLINIC = Sender("Clinica\r\nNapoca {1}", ("ro", "de"))


@pytest.mark.parametrize(
    ("language", "moment"),
    [
        ("en", "Monday, 30 November 2026, 10:00"),
        ("de-AT", "Montag, 30. November 2026, 10:00"),
        ("ro", "luni, 30 noiembrie 2026, 10:00"),
        ("", "luni, 30 noiembrie 2026, 10:00"),
        ("hu", "luni, 30 noiembrie 2026, 10:00"),
    ],
)
def test_a_code_comes_in_the_language_that_was_spoken_else_in_the_clinics(language: str, moment: str) -> None:
    written = guest_code(CLINIC, language, code="ABCD2345", link="https://a.example/c#code=ABCD2345", starts_at=AT)
    assert moment in written.text
    assert "https://a.example/c#code=ABCD2345" in written.text
    assert written.subject.startswith("Clinica Napoca {1}: ABCD2345 ")


def test_an_offer_says_where_when_and_until_when() -> None:
    link = "https://a.example/me"
    written = offer(CLINIC, name="Ioana", link=link, starts_at=AT, expires_at=AT.replace(hour=11))
    assert "Bună ziua, Ioana" in written.text
    for words in ("luni, 30 noiembrie 2026, 10:00", "luni, 30 noiembrie 2026, 11:00", link):
        assert words in written.text


def test_a_clinic_whose_languages_nobody_here_writes_is_answered_in_english() -> None:
    written = offer(Sender("Klinika", ("pl",)), name="Jan", link="", starts_at=AT, expires_at=AT)
    assert written.subject == "Klinika: a time has become free, Monday, 30 November 2026, 10:00"


@pytest.mark.parametrize("language", letters._WORDS)
@pytest.mark.parametrize("name", ["code", "offer"])
def test_no_language_leaves_anything_out(language: str, name: str) -> None:
    english, other = (getattr(letters._WORDS[each], name) for each in ("en", language))
    for part in ("subject", "text"):
        said, expected = ({field for _, field, _, _ in Formatter().parse(getattr(it, part))} for it in (other, english))
        assert said == expected
