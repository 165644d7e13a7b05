"""What went wrong, as the server said it."""

from contextlib import suppress
from typing import Any, Self

import httpx


class Problem(Exception):
    """The answer to a call that failed: a problem document (RFC 9457), or what a proxy said instead.

    `status` is HTTP's; `reason` is for programs (SLOT_TAKEN, INVALID; empty from a proxy), `detail` for people;
    `violations` are what to correct, by JSON Pointer into the body or name of a parameter; `request_id` is what to
    tell the operator; `retry_after` are the seconds after which asking again makes sense, if the server said.
    """

    def __init__(self, status: int, document: dict[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.reason: str = document.get("code", "")
        self.title: str = document.get("title", "")
        self.detail: str = document.get("detail", "") or self.title
        self.request_id: str = document.get("requestId", "")
        self.retry_after = retry_after
        self.violations: dict[str, list[str]] = {}
        for field in document.get("errors", []):
            self.violations.setdefault(field["pointer"], []).append(field["detail"])
        super().__init__(" ".join(part for part in (str(status), self.reason, self.detail) if part))

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """From an answer whose body has been read."""
        told = response.headers.get("Retry-After", "")
        document = None
        with suppress(ValueError):
            document = response.json()
        if not isinstance(document, dict):
            document = {"title": response.reason_phrase, "requestId": response.headers.get("X-Request-Id", "")}
        return cls(response.status_code, document, float(told) if told.isdecimal() else None)
