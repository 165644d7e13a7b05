"""What only booking needs to know."""

import hmac
from functools import cached_property
from typing import Annotated

from chassis import Settings as Shared
from pydantic import AfterValidator


class Settings(Shared):
    smtp_url: str = "smtp://mail:25"
    mail_from: str = "Ambulo <no-reply@ambulo.example>"
    web_url: Annotated[str, AfterValidator(lambda url: url.rstrip("/"))] = "http://localhost:8000"
    """Where people open the web app: where the links in mails lead."""

    @cached_property
    def check_in_key(self) -> bytes:
        """Of the key that signs internal tokens, by a one-way function: for nothing but codes."""
        return hmac.digest(self.private_key("booking").private_bytes_raw(), b"check-in codes", "sha256")
