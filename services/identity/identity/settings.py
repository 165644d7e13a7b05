"""What only identity needs to know."""

from pathlib import Path

from chassis import Settings as Shared


class Settings(Shared):
    access_key_file: Path
    """PEM of the Ed25519 key that signs access tokens."""
    smtp_url: str = "smtp://mail:25"
    mail_from: str = "Ambulo <no-reply@ambulo.example>"
    sign_in_url: str = "http://localhost:8000/sign-in"
    """Where the link in the mail leads; the token follows as ?token="""
