"""What is written to people, in the languages that the web app speaks. Pure."""

from typing import Final

from chassis.mail import Letter, in_language

_SIGN_IN: Final = {
    "en": Letter(
        "Sign in to Ambulo",
        "Sign in with this link, once, within ten minutes:\n\n{link}\n\n"
        "If you did not ask for it, you need not do anything.\n",
    ),
    "ro": Letter(
        "Conectare la Ambulo",
        "Conectați-vă cu acest link, o singură dată, în cel mult zece minute:\n\n{link}\n\n"
        "Dacă nu l-ați cerut, nu trebuie să faceți nimic.\n",
    ),
    "de": Letter(
        "Anmeldung bei Ambulo",
        "Melden Sie sich innerhalb von zehn Minuten mit diesem Link an; er gilt einmal:\n\n{link}\n\n"
        "Wenn Sie ihn nicht angefordert haben, brauchen Sie nichts zu tun.\n",
    ),
}


def sign_in(language: str, link: str) -> Letter:
    return in_language(_SIGN_IN, language).filled(link=link)
