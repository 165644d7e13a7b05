"""What the web app is served with: one page for its addresses, files that last, and a policy that lets nothing else in."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import AsyncMock

import httpx
import pytest
from gateway.app import build
from gateway.routes.web_app import NotBuilt
from gateway.settings import Settings

PAGE = '<!doctype html><meta property="csp-nonce" nonce="__NONCE__"><title>Ambulo</title>'
SCRIPT = b"console.log('here')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    (folder / "assets").mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "sw.js").write_bytes(SCRIPT)
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "assets" / "main-a1b2.js").write_bytes(SCRIPT)
    (folder / "assets" / "main-a1b2.js.gz").write_bytes(gzip.compress(SCRIPT))
    return folder


@pytest.fixture(scope="module")
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(AsyncMock(), Settings(web_folder=folder)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/sign-in?token=x", "/c/1/book", "/me", "/me/appointments/1", "/desk", "/hours"])
async def test_all_addresses_of_the_app_are_one_page(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-cache"
    assert "<title>Ambulo</title>" in page.text


async def test_each_answer_has_a_nonce_of_its_own(client: httpx.AsyncClient) -> None:
    nonces = set()
    for _ in range(2):
        page = await client.get("/")
        found = re.search('nonce="([^"]+)"', page.text)
        assert found is not None
        assert f"'nonce-{found[1]}'" in page.headers["content-security-policy"]
        nonces.add(found[1])
    assert len(nonces) == 2
    assert "__NONCE__" not in page.text


async def test_nothing_but_the_own_origin_is_allowed(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    (policy,) = page.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_what_changes_its_name_lasts_a_year(client: httpx.AsyncClient) -> None:
    script = await client.get("/assets/main-a1b2.js", headers={"Accept-Encoding": "identity"})
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in script.headers
    worker = await client.get("/sw.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in worker.headers["content-security-policy"]
    again = await client.get("/sw.js", headers={"If-None-Match": worker.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("accepted", "sent"), [("gzip, br", "gzip"), ("br", None), ("gzip;q=0", None), ("gzip;q=0.5", "gzip")]
)
async def test_packed_files_go_to_who_can_unpack_them(
    client: httpx.AsyncClient, accepted: str, sent: str | None
) -> None:
    script = await client.get("/assets/main-a1b2.js", headers={"Accept-Encoding": accepted})
    assert script.headers.get("content-encoding") == sent
    assert script.headers["vary"] == "Accept-Encoding"
    assert script.content == SCRIPT


@pytest.mark.parametrize(
    "path", ["/assets/gone.js", "/assets/../index.html", "/assets/..%2findex.html", "/v1/gone", "/gone", "/index.html"]
)
async def test_what_is_not_there_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_rest_stays_what_it_was(client: httpx.AsyncClient) -> None:
    assert "swagger" in (await client.get("/docs")).text
    assert (await client.get("/check-in")).status_code == 200
    assert (await client.get("/problems")).headers["content-type"] == "application/json"


async def test_without_an_app_the_start_leads_to_the_documentation() -> None:
    transport = httpx.ASGITransport(build(AsyncMock(), Settings()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        assert "/docs" in (await client.get("/")).text
        assert (await client.get("/me")).status_code == 404


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt):
        build(AsyncMock(), Settings(web_folder=tmp_path))
