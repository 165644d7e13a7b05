"""Limits in the OpenAPI document: the headers, and the answer to who has asked too much, once for all routes."""

from typing import Any, Final

_WHOLE: Final = {"type": "integer", "minimum": 0}
_TEXT: Final = {"type": "string"}

HEADERS: Final[dict[str, dict[str, Any]]] = {
    "X-RateLimit-Limit": {"description": "How many a minute.", "schema": _WHOLE},
    "X-RateLimit-Remaining": {"description": "How many can be sent now.", "schema": _WHOLE},
    "X-RateLimit-Reset": {"description": "When as many as ever can be sent: seconds since 1970.", "schema": _WHOLE},
    "RateLimit-Policy": {
        "description": "All limits that a request counts for (draft-ietf-httpapi-ratelimit-headers).",
        "schema": _TEXT,
        "example": '"booking";q=20;w=60;ambulo-burst=40, "clinic";q=5000;w=60',
    },
    "RateLimit": {
        "description": "How many can be sent now, and in how many seconds there will be more.",
        "schema": _TEXT,
        "example": '"booking";r=12;t=3',
    },
}
_RETRY_AFTER: Final = {"description": "Seconds to wait.", "schema": _WHOLE}

TOO_MANY: Final = {"$ref": "#/components/responses/RateLimitExceeded"}


def components() -> dict[str, dict[str, Any]]:
    known = {**HEADERS, "Retry-After": _RETRY_AFTER}
    response = {
        "description": "Too many requests; nothing has happened. What may be asked: /docs/limits.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in known},
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return {"headers": known, "responses": {"RateLimitExceeded": response}}
