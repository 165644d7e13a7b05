"""Writes services/gateway/openapi.json, or with --check tells whether it is current."""

import json
import sys
from pathlib import Path
from unittest.mock import AsyncMock

from gateway.app import build
from gateway.settings import Settings

FILE = Path(__file__).parents[1] / "openapi.json"


def document() -> str:
    return json.dumps(build(AsyncMock(), Settings()).openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        FILE.write_text(document())
    elif not FILE.exists() or FILE.read_text() != document():
        sys.exit("openapi.json is not current: run `make openapi` and look at the difference")
