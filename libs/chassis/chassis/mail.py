"""Sending one mail over SMTP."""

from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

import aiosmtplib

from chassis.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Mailer:
    url: str
    sender: str

    async def send(self, *, to: str, subject: str, text: str) -> None:
        """Unavailable if the server cannot be reached or refuses for now."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message.set_content(text)
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
