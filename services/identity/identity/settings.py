"""What only identity needs to know."""

from pathlib import Path
from typing import Annotated

from chassis import Settings as Shared
from pydantic import AfterValidator


class Settings(Shared):
    access_key_file: Path
    """PEM of the Ed25519 key that signs access tokens."""
    smtp_url: str = "smtp://mail:25"
    mail_from: str = "Ambulo <no-reply@ambulo.example>"
    web_url: Annotated[str, AfterValidator(lambda url: url.rstrip("/"))] = "http://localhost:8000"
    """Where people open the web app: where the links in mails lead."""
