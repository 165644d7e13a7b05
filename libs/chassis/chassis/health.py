"""The debug port: /livez, /readyz and /metrics, in a thread of its own so that a busy loop still answers."""

import json
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Ready = Callable[[], dict[str, str]]


class DebugPort:
    """`ready` names what is still missing; empty means ready."""

    def __init__(self, host: str, port: int, ready: Ready) -> None:
        self._server = ThreadingHTTPServer((host, port), _answering(ready))
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answering(ready: Ready) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path:
                case "/livez":
                    self._send(200, "text/plain", [b"ok\n"])
                case "/readyz":
                    missing = ready()
                    self._send(503 if missing else 200, "application/json", [json.dumps({"missing": missing}).encode()])
                case "/metrics":
                    self._send(200, CONTENT_TYPE_LATEST, [generate_latest()])
                case _:
                    self._send(404, "text/plain", [b"/livez /readyz /metrics\n"])

        def _send(self, status: int, kind: str, body: Iterable[bytes]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.writelines(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes come every second; they are not worth a line."""

    return Answer
