"""A report with the operator's signature: a detached JWS (RFC 7515, 7797, 8037) over its canonical JSON (RFC 8785)."""

import json
from pathlib import Path
from typing import Any, Final

import jwt
from chassis.settings import Settings
from jwt.exceptions import PyJWTError

from suite.secrets import OPERATOR

_ALGORITHM: Final = "EdDSA"


class Forged(Exception):
    """It is not what was signed, or not signed by the operator, or no report at all."""


def signed(report: dict[str, Any], key_file: str) -> str:
    """How its JSON is laid out does not matter to the signature."""
    key = Settings.model_construct(internal_key_file=Path(key_file)).private_key(OPERATOR)
    headers = {"kid": OPERATOR, "typ": "JOSE"}
    signature = jwt.api_jws.encode(_canonical(report), key, _ALGORITHM, headers, is_payload_detached=True)
    return json.dumps({"report": report, "signature": signature}, indent=1, ensure_ascii=False) + "\n"


def opened(document: bytes, keys_file: str | Path) -> dict[str, Any]:
    """The report, if the operator signed it."""
    key = Settings.model_construct(internal_keys_file=Path(keys_file)).public_keys[OPERATOR]
    try:
        found = json.loads(document)
        report: dict[str, Any] = found["report"]
        jwt.api_jws.decode(found["signature"], key, [_ALGORITHM], detached_payload=_canonical(report))
    except PyJWTError:
        raise Forged("the signature is not the operator's, or not of this report") from None
    except (ValueError, KeyError, TypeError):
        raise Forged("it is no signed report") from None
    return report


def _canonical(report: Any) -> bytes:
    """RFC 8785, of what has neither fractions nor names beyond ASCII."""
    return json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
