"""A real server on a socket that answers as it is told, and may hang up after it did what was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG_UP = "hang up"


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class SmallServer:
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: list[Answer | str | Callable[[Asked], Answer | str]] = field(default_factory=list)
    """One for each request; the last is used again and again."""

    def answer(self, asked: Asked) -> Answer | str:
        self.asked.append(asked)
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return told(asked) if callable(told) else told

    @property
    def keys(self) -> list[str | None]:
        return [each.headers.get("idempotency-key") for each in self.asked]


def problem(status: int, code: str = "", **more: Any) -> Answer:
    headers = {"Content-Type": "application/problem+json"} | more.pop("headers", {})
    document = {"title": "No", "status": status, "code": code, "requestId": "r-1", "errors": [], "detail": "Not now"}
    return Answer(status, document | more, headers)


@contextmanager
def small_server() -> Iterator[SmallServer]:
    server = SmallServer()

    class Requests(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = server.answer(Asked(self.command, self.path, headers, json.loads(body) if body else None))
            if isinstance(told, str):
                self.close_connection = True
                return
            content = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
            self.send_response(told.status)
            for name, value in ({"Content-Type": "application/json"} | told.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    listener.daemon_threads = True
    server.url = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
