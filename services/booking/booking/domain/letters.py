"""What is written to people, in the languages that the web app speaks. Pure; times are local.

No word of what for: mail is read over shoulders.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import format_date, format_time
from chassis.mail import Letter, in_language


@dataclass(frozen=True, slots=True)
class _Words:
    locale: str
    """Of dates and times (Unicode CLDR)."""
    code: Letter
    offer: Letter


_WORDS: Final = {
    "en": _Words(
        "en_GB",
        Letter(
            "{clinic}: {code} confirms your booking",
            "{clinic}\n{start}\n\nGive this code where you booked, within half an hour, and the time is yours:\n\n"
            "    {code}\n\nOr confirm it with this link, on any device:\n\n{link}\n\n"
            "If you did not book anything, you need not do anything.\n",
        ),
        Letter(
            "{clinic}: a time has become free, {start}",
            "Dear {name},\n\nyou are waiting for a time at {clinic}, and one has become free:\n\n    {start}\n\n"
            "It is kept for you until {until}. Sign in to take it or to pass it on:\n\n{link}\n\n"
            "Or call us. After that it is offered to the next.\n",
        ),
    ),
    "ro": _Words(
        "ro",
        Letter(
            "{clinic}: {code} confirmă programarea",
            "{clinic}\n{start}\n\nIntroduceți acest cod acolo unde ați făcut programarea, în cel mult o jumătate"
            " de oră, și ora este a dumneavoastră:\n\n    {code}\n\nSau confirmați cu acest link,"
            " de pe orice dispozitiv:\n\n{link}\n\nDacă nu ați făcut nicio programare, nu trebuie să faceți nimic.\n",
        ),
        Letter(
            "{clinic}: s-a eliberat o oră, {start}",
            "Bună ziua, {name},\n\nașteptați o oră la {clinic} și s-a eliberat una:\n\n    {start}\n\n"
            "Este păstrată pentru dumneavoastră până {until}. Conectați-vă pentru a o lua sau a o lăsa altcuiva:\n\n"
            "{link}\n\nSau sunați-ne. După aceea este oferită următorului.\n",
        ),
    ),
    "de": _Words(
        "de",
        Letter(
            "{clinic}: {code} bestätigt Ihre Buchung",
            "{clinic}\n{start}\n\nGeben Sie diesen Code innerhalb einer halben Stunde dort ein, wo Sie gebucht haben;"
            " dann gehört der Termin Ihnen:\n\n    {code}\n\nOder bestätigen Sie ihn mit diesem Link, auf jedem Gerät:"
            "\n\n{link}\n\nWenn Sie nichts gebucht haben, brauchen Sie nichts zu tun.\n",
        ),
        Letter(
            "{clinic}: Ein Termin ist frei geworden, {start}",
            "Guten Tag {name},\n\nSie warten auf einen Termin bei {clinic}, und einer ist frei geworden:\n\n"
            "    {start}\n\nEr ist bis {until} für Sie reserviert. Melden Sie sich an, um ihn anzunehmen oder"
            " weiterzugeben:\n\n{link}\n\nOder rufen Sie uns an. Danach wird er dem Nächsten angeboten.\n",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes."""

    clinic: str
    languages: tuple[str, ...]
    """In which the clinic serves people, the first by default (BCP 47)."""


def guest_code(sender: Sender, language: str, *, code: str, link: str, starts_at: datetime) -> Letter:
    words = in_language(_WORDS, language, *sender.languages)
    return words.code.filled(clinic=sender.clinic, code=code, link=link, start=_moment(starts_at, words))


def offer(sender: Sender, *, name: str, link: str, starts_at: datetime, expires_at: datetime) -> Letter:
    words = in_language(_WORDS, *sender.languages)
    start, until = _moment(starts_at, words), _moment(expires_at, words)
    return words.offer.filled(clinic=sender.clinic, name=name, link=link, start=start, until=until)


def _moment(at: datetime, words: _Words) -> str:
    return f"{format_date(at, 'full', words.locale)}, {format_time(at, 'short', locale=words.locale)}"
