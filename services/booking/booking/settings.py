"""What only booking needs to know."""

from chassis import Settings as Shared


class Settings(Shared):
    smtp_url: str = "smtp://mail:25"
    mail_from: str = "Ambulo <no-reply@ambulo.example>"
