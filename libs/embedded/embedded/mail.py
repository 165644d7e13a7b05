"""A mail sink: takes every message, sends none on, and shows them on a page. `python -m embedded.mail SMTP HTTP`."""

import json
import re
import sys
from collections import deque
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

_KEPT = 1000
_LINK = re.compile(r"https?://[^\s<>&\"]+(?:&amp;[^\s<>&\"]+)*")

_messages: deque[dict[str, Any]] = deque(maxlen=_KEPT)
_numbers = count(1)


class Sink:
    """What aiosmtpd calls with each message."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        _messages.appendleft(
            {
                "id": next(_numbers),
                "to": list(envelope.rcpt_tos),
                "from": envelope.mail_from,
                "subject": str(message["subject"] or ""),
                "text": _text(message),
                "receivedAt": datetime.now(UTC).isoformat(),
            }
        )
        return "250 Taken"


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except LookupError:  # a charset nobody knows
        raw = body.get_payload(decode=True)
        return raw.decode(errors="replace") if isinstance(raw, bytes) else ""


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        to = parse_qs(url.query).get("to", [""])[0].lower()
        found = [m for m in list(_messages) if not to or to in (each.lower() for each in m["to"])]
        if url.path == "/messages":
            self._send("application/json", json.dumps(found))
        elif url.path == "/":
            self._send("text/html; charset=utf-8", _page(found))
        else:
            self._send("text/plain", "There is / and /messages, both with ?to=\n", status=404)

    def _send(self, kind: str, body: str, *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body.encode(errors="replace"))

    def log_message(self, format: str, *args: object) -> None:
        """One line per look would drown what matters."""


def _page(messages: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<article><h2>{escape(m['subject'])}</h2><p>to {escape(', '.join(m['to']))} at {escape(m['receivedAt'])}</p>"
        f"<pre>{_LINK.sub(_anchor, escape(m['text']))}</pre></article>"
        for m in messages
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=5><title>Mail</title>"
        "<style>body{font:16px system-ui;max-width:45rem;margin:2rem auto;padding:0 1rem}"
        "article{border-top:1px solid #ccc}"
        "h2{font-size:1.1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style>"
        f"<h1>Mail that would have been sent</h1>{rows or '<p>Nothing yet.</p>'}"
    )


def _anchor(link: re.Match[str]) -> str:
    return f'<a href="{link[0]}">{link[0]}</a>'


def main(smtp_port: int, http_port: int) -> None:
    Controller(Sink(), hostname="127.0.0.1", port=smtp_port, data_size_limit=10_000_000).start()
    ThreadingHTTPServer(("127.0.0.1", http_port), Page).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
