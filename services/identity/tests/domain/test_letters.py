"""What is written to people."""

import pytest
from identity.domain.letters import sign_in


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Sign in to Ambulo"),
        ("ro-MD", "Conectare la Ambulo"),
        ("de", "Anmeldung bei Ambulo"),
        ("hu", "Sign in to Ambulo"),
        ("", "Sign in to Ambulo"),
    ],
)
def test_a_link_comes_in_the_language_that_was_spoken(language: str, subject: str) -> None:
    written = sign_in(language, "https://a.example/sign-in?token=x")
    assert written.subject == subject
    assert "\nhttps://a.example/sign-in?token=x\n" in written.text
