"""The web app: files that a build has left in a folder, and one page for all of its addresses."""

import hashlib
import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chassis.errors import NotFound
from fastapi import APIRouter, Request, Response

from gateway.middleware import POLICY

PAGES: Final = ("/", "/sign-in", "/me", "/desk", "/hours")
"""Whose first word is the app's, with all that is below them; /c/ID is a clinic's."""

_NONCE: Final = "__NONCE__"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
_WORKER: Final = "/sw.js"
# A worker is under the policy of its own file, not under that of the page.
_WORKER_POLICY: Final = b"default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
_INSIDE: Final = ("index.html", "sizes.json")
_YEAR: Final = "public, max-age=31536000, immutable"
_PACKED: Final = {"br": ".br", "gzip": ".gz"}
_TYPES: Final = {".webmanifest": "application/manifest+json", ".js": "text/javascript"}


class NotBuilt(Exception):
    """The folder has no app in it."""


@dataclass(frozen=True, slots=True)
class File:
    """In memory: there are some dozens of them, and no address can lead out of a dictionary."""

    bodies: dict[str, bytes]
    headers: dict[str, str]
    etag: str

    def respond(self, request: Request) -> Response:
        headers = self.headers | {"ETag": self.etag, "Vary": "Accept-Encoding"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        encoding = _accepted(request.headers.get("accept-encoding", ""), self.bodies)
        packed = {"Content-Encoding": encoding} if encoding else {}
        return Response(self.bodies[encoding], headers=headers | packed)


def add_to(router: APIRouter, folder: Path) -> None:
    if not (folder / "index.html").is_file():
        raise NotBuilt(f"{folder} has no index.html; is WEB_FOLDER right, and the app built?")
    found = APIRouter(include_in_schema=False)
    index = (folder / "index.html").read_text()

    async def page(request: Request) -> Response:
        nonce = secrets.token_urlsafe(18)
        request.scope[POLICY] = _POLICY.format(nonce=nonce).encode()
        headers = {"Cache-Control": "no-cache"}
        return Response(index.replace(_NONCE, nonce), headers=headers, media_type="text/html; charset=utf-8")

    for path in (*PAGES, *(f"{path}/{{rest:path}}" for path in PAGES if path != "/"), "/c/{rest:path}"):
        found.add_api_route(path, page, methods=["GET", "HEAD"])
    files = _files(folder)

    async def asset(request: Request) -> Response:
        file = files.get(request.url.path)
        if file is None:
            raise NotFound("There is nothing at this address")
        if request.url.path == _WORKER:
            request.scope[POLICY] = _WORKER_POLICY
        return file.respond(request)

    # One for all of them: routes are tried in turn.
    for path in ("/assets/{name}", *(path for path in files if not path.startswith("/assets/"))):
        found.add_api_route(path, asset, methods=["GET", "HEAD"])
    router.routes.extend(found.routes)


def _files(folder: Path) -> dict[str, File]:
    packed = set(_PACKED.values())
    paths = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in packed and p.name not in _INSIDE]
    return {f"/{path.relative_to(folder)}": _file(path, assets=folder / "assets") for path in sorted(paths)}


def _file(path: Path, assets: Path) -> File:
    body = path.read_bytes()
    bodies = {"": body}
    for encoding, suffix in _PACKED.items():
        beside = path.with_name(path.name + suffix)
        if beside.is_file():
            bodies[encoding] = beside.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "Content-Type": media_type,
        # Their names change with what is in them.
        "Cache-Control": _YEAR if path.is_relative_to(assets) else "no-cache",
    }
    return File(bodies, headers, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _accepted(header: str, bodies: dict[str, bytes]) -> str:
    wanted = {part.partition(";")[0].strip() for part in header.split(",") if "q=0" not in part.replace("q=0.", "")}
    return next((encoding for encoding in _PACKED if encoding in wanted and encoding in bodies), "")
