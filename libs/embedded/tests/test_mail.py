"""The mail sink: whatever is sent appears on its page, and goes nowhere else."""

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from embedded import Servers


@pytest.fixture
def recipient() -> str:
    return f"{uuid4().hex}@example.org"


def a_mail(to: str, text: str = "", html: str = "", subject: str = "Your visit") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "clinic@example.org", to, subject
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def send(servers: Servers, *messages: EmailMessage) -> None:
    at = urlsplit(servers.addresses.smtp_url)
    with smtplib.SMTP(str(at.hostname), int(at.port or 0)) as smtp:
        for message in messages:
            smtp.send_message(message)


def inbox(servers: Servers, to: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{servers.addresses.mail_url}/messages", params={"to": to}).json()
    return found


def page(servers: Servers, to: str) -> str:
    return httpx.get(f"{servers.addresses.mail_url}/", params={"to": to}).text


class TestASentMail:
    def test_appears_with_all_that_matters(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient, "See you at ten, Zoë.", subject="Ihr Besuch für morgen"))
        (message,) = inbox(running, recipient)
        assert message["to"] == [recipient]
        assert message["from"] == "clinic@example.org"
        assert message["subject"] == "Ihr Besuch für morgen"
        assert str(message["text"]).strip() == "See you at ten, Zoë."

    def test_is_shown_to_its_recipient_only(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient, "mine"), a_mail(f"not-{recipient}", "not mine"))
        assert [str(m["text"]).strip() for m in inbox(running, recipient)] == ["mine"]
        assert "not mine" not in page(running, recipient)

    def test_is_found_however_the_address_is_capitalised(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient.replace("@example", "@Example"), "hello"))
        assert len(inbox(running, recipient.upper())) == 1

    def test_comes_before_older_ones(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient, "older"), a_mail(recipient, "newer"))
        assert [str(m["text"]).strip() for m in inbox(running, recipient)] == ["newer", "older"]

    def test_in_text_and_html_shows_its_text(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient, "plain", "<p>rich</p>"))
        assert str(inbox(running, recipient)[0]["text"]).strip() == "plain"

    def test_in_html_only_shows_that(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient, html="<p>rich</p>"))
        assert str(inbox(running, recipient)[0]["text"]).strip() == "<p>rich</p>"


class TestThePage:
    def test_shows_markup_as_text(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient, "<script>alert(1)</script>", subject="<b>bold</b>"))
        shown = page(running, recipient)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "&lt;b&gt;bold&lt;/b&gt;" in shown
        assert "<script>" not in shown
        assert "<b>" not in shown

    def test_makes_links_clickable(self, running: Servers, recipient: str) -> None:
        send(running, a_mail(recipient, "Sign in: https://clinic.example/in?code=1&to=2 now"))
        assert '<a href="https://clinic.example/in?code=1&amp;to=2">' in page(running, recipient)

    def test_says_so_when_there_is_nothing(self, running: Servers, recipient: str) -> None:
        assert "Nothing yet." in page(running, recipient)
        assert inbox(running, recipient) == []


class TestBadRequests:
    @pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
    def test_only_reading_is_possible(self, running: Servers, method: str) -> None:
        assert httpx.request(method, f"{running.addresses.mail_url}/messages").status_code == 501

    def test_a_command_that_is_no_smtp_is_refused_and_the_next_is_taken(self, running: Servers, recipient: str) -> None:
        at = urlsplit(running.addresses.smtp_url)
        with smtplib.SMTP(str(at.hostname), int(at.port or 0)) as smtp:
            assert smtp.docmd("NONSENSE")[0] == 500
            smtp.send_message(a_mail(recipient, "after all"))
        assert len(inbox(running, recipient)) == 1

    def test_a_mail_that_is_too_large_is_refused(self, running: Servers, recipient: str) -> None:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            send(running, a_mail(recipient, ("x" * 70 + "\n") * 200_000))
        assert refused.value.smtp_code == 552
        assert inbox(running, recipient) == []
