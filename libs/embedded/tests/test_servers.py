"""All five servers answer in their own protocols, keep what they are given, and are gone after a stop."""

import asyncio
import hashlib
import hmac
import smtplib
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import asyncpg
import httpx
import nats
import psutil
import pytest
import valkey
from embedded import ALL, Addresses, Servers

Family = Callable[[Servers], list[psutil.Process]]
Gone = Callable[[list[psutil.Process]], bool]


async def sql(at: Addresses, *statements: str) -> object:
    """The value that the last statement answers with."""
    connection = await asyncpg.connect(at.postgres_url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def s3(at: Addresses, method: str, path: str, content: bytes = b"") -> httpx.Response:
    """A presigned request: AWS Signature Version 4, in the query."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    query = urlencode(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{at.s3_access_key}/{scope}",
            "X-Amz-Date": now,
            "X-Amz-Expires": "60",
            "X-Amz-SignedHeaders": "host",
        }
    )
    request = f"{method}\n{path}\n{query}\nhost:{urlsplit(at.s3_url).netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{at.s3_secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    url = f"{at.s3_url}{path}?{query}&X-Amz-Signature={signature}"
    return httpx.request(method, url, content=content, timeout=20)


class TestEachAnswersInItsOwnProtocol:
    async def test_postgres_is_18_with_the_extensions_the_suite_needs(self, running: Servers) -> None:
        at = running.addresses
        assert str(await sql(at, "SHOW server_version")).startswith("18.")
        for extension in ("btree_gist", "pg_trgm", "unaccent", "vector", "pg_stat_statements"):
            await sql(at, f"CREATE EXTENSION IF NOT EXISTS {extension}", "SELECT 1")

    async def test_postgres_refuses_a_wrong_password(self, running: Servers) -> None:
        host = running.addresses.postgres_url.rsplit("@", 1)[1]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://postgres:guessed@{host}")

    async def test_nats_streams_what_was_published(self, running: Servers) -> None:
        connection = await nats.connect(running.addresses.nats_url)
        stream = connection.jetstream()
        await stream.add_stream(name="HELLO", subjects=["hello"])
        await stream.publish("hello", b"there")
        assert (await stream.get_msg("HELLO", 1)).data == b"there"
        await connection.close()

    def test_valkey_takes_and_gives(self, running: Servers) -> None:
        with valkey.from_url(running.addresses.valkey_url) as client:
            client.set("greeting", "hello")
            assert client.get("greeting") == b"hello"

    def test_s3_takes_and_gives(self, running: Servers) -> None:
        at = running.addresses
        assert s3(at, "PUT", "/greetings").status_code == 200
        assert s3(at, "PUT", "/greetings/first", b"hello").status_code == 200
        assert s3(at, "GET", "/greetings/first").content == b"hello"

    def test_s3_refuses_whoever_has_no_key(self, running: Servers) -> None:
        answer = httpx.get(f"{running.addresses.s3_url}/")
        assert answer.status_code == 403
        assert "AccessDenied" in answer.text

    def test_mail_greets_and_shows_an_inbox(self, running: Servers) -> None:
        smtp = urlsplit(running.addresses.smtp_url)
        with smtplib.SMTP(str(smtp.hostname), int(smtp.port or 0)) as client:
            assert client.noop()[0] == 250
        assert httpx.get(f"{running.addresses.mail_url}/messages").status_code == 200


class TestOnceRunning:
    def test_every_port_is_of_this_machine_only_and_nobody_elses(self, running: Servers) -> None:
        at = running.addresses
        urls = [urlsplit(u) for u in (at.postgres_url, at.nats_url, at.valkey_url, at.s3_url, at.smtp_url, at.mail_url)]
        assert {url.hostname for url in urls} == {"127.0.0.1"}
        assert len({url.port for url in urls}) == len(urls)

    async def test_a_durable_database_flushes_what_it_commits(self, running: Servers) -> None:
        assert await sql(running.addresses, "SHOW fsync") == "on"
        assert await sql(running.addresses, "SHOW synchronous_commit") == "on"
        assert await sql(running.addresses, "SHOW full_page_writes") == "on"

    async def test_a_database_for_tests_does_not_wait_for_the_disk(self, state: Path) -> None:
        with Servers(state, ("postgres",), durable=False) as servers:
            assert await sql(servers.addresses, "SHOW fsync") == "off"


async def test_a_stop_leaves_no_process_and_a_start_finds_all_data(
    running: Servers, family: Family, gone: Gone
) -> None:
    at = running.addresses
    await sql(at, "CREATE TABLE kept (said text)", "INSERT INTO kept VALUES ('hello') RETURNING said")
    connection = await nats.connect(at.nats_url)
    await connection.jetstream().add_stream(name="KEPT", subjects=["kept"])
    await connection.jetstream().publish("kept", b"hello")
    await connection.close()
    with valkey.from_url(at.valkey_url) as client:
        client.set("kept", "hello")
    s3(at, "PUT", "/kept")
    s3(at, "PUT", "/kept/greeting", b"hello")

    before = family(running)
    assert len(before) > len(ALL)
    running.stop()
    assert gone(before)

    came_up: list[str] = []
    at = running.start(came_up.append)
    assert sorted(came_up) == sorted(ALL)
    assert await sql(at, "SELECT said FROM kept") == "hello"
    connection = await nats.connect(at.nats_url)
    assert (await connection.jetstream().get_msg("KEPT", 1)).data == b"hello"
    await connection.close()
    with valkey.from_url(at.valkey_url) as client:
        assert client.get("kept") == b"hello"
    assert s3(at, "GET", "/kept/greeting").content == b"hello"


class TestPorts:
    def test_are_those_of_last_time(self, state: Path) -> None:
        with Servers(state, ("valkey", "nats")) as servers:
            first = servers.addresses
        with Servers(state, ("valkey", "nats")) as servers:
            assert servers.addresses == first

    async def test_somebody_elses_is_left_to_them(self, state: Path) -> None:
        with Servers(state, ("valkey",)) as servers:
            first = urlsplit(servers.addresses.valkey_url).port
        with socket.create_server(("127.0.0.1", first or 0)), Servers(state, ("valkey",)) as servers:
            assert urlsplit(servers.addresses.valkey_url).port != first
            with valkey.from_url(servers.addresses.valkey_url) as client:
                assert await asyncio.to_thread(client.ping)

    @pytest.mark.parametrize(
        ("server", "port"), [("postgres", "postgres"), ("nats", "nats"), ("valkey", "valkey"), ("mail", "mail")]
    )
    def test_taken_in_the_last_moment_is_replaced_by_another(
        self, state: Path, monkeypatch: pytest.MonkeyPatch, server: str, port: str
    ) -> None:
        thief = socket.socket()
        choose = Servers._choose_ports

        def chosen_too_late(servers: Servers) -> dict[str, int]:
            ports = choose(servers)
            if thief.getsockname()[1] == 0:
                thief.bind(("127.0.0.1", ports[port]))
            return ports

        monkeypatch.setattr(Servers, "_choose_ports", chosen_too_late)
        with thief, Servers(state, (server,)) as servers:
            assert thief.getsockname()[1] not in (0, servers._ports[port])
