"""Sending one mail over SMTP, in a language of who gets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiosmtplib

from chassis.errors import Unavailable

T = TypeVar("T")

_BY_DEFAULT: Final = "en"


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text; before it is filled, with {names} in braces."""

    subject: str
    text: str

    def filled(self, **values: str) -> "Letter":
        # What people are called may have line breaks, and a header none (RFC 5322 section 2.2).
        return Letter(" ".join(self.subject.format(**values).split()), self.text.format(**values))


def in_language(texts: Mapping[str, T], *wanted: str) -> T:
    """Of texts by language (ISO 639-1), those in the first that is wanted (BCP 47) and there; else in English."""
    known = (texts.get(tag.split("-")[0].lower()) for tag in wanted)
    return next((found for found in known if found is not None), texts[_BY_DEFAULT])


@dataclass(frozen=True, slots=True)
class Mailer:
    url: str
    sender: str

    async def send(self, to: str, letter: Letter) -> None:
        """Unavailable if the server cannot be reached or refuses for now."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, letter.subject
        message.set_content(letter.text)
        server = urlsplit(self.url)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.hostname,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.scheme == "smtps",
                timeout=10,
            )
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError) as error:
            raise Unavailable("The mail server cannot be reached") from error
        except aiosmtplib.SMTPResponseException as error:
            if 400 <= error.code < 500:  # RFC 5321 section 4.2.1: not now
                raise Unavailable("The mail server does not take mail right now") from error
            raise
