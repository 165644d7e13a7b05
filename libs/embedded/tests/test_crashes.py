"""Runners and servers that die at a bad moment: the next start finds what was committed and cleans up the rest."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest
import valkey
from embedded import Servers, postgres

Gone = Callable[[list[psutil.Process]], bool]

QUICK = ("postgres", "nats", "valkey", "mail")
RUNNER = """
import asyncio, sys
from pathlib import Path
import asyncpg
from embedded import Servers

async def commit(url):
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 'hello' AS said")
    await connection.close()

servers = Servers(Path(sys.argv[1]), sys.argv[2:])
asyncio.run(commit(servers.start().postgres_url))
print("up", flush=True)
sys.stdin.read()
"""


def said(servers: Servers) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(servers.addresses.postgres_url)
        try:
            return await connection.fetchval("SELECT said FROM kept")
        finally:
            await connection.close()

    return asyncio.run(ask())


def keep(servers: Servers) -> None:
    async def commit() -> None:
        connection = await asyncpg.connect(servers.addresses.postgres_url)
        await connection.execute("CREATE TABLE kept AS SELECT 'hello' AS said")
        await connection.close()

    asyncio.run(commit())


def test_after_a_killed_runner_the_next_finds_its_rows_and_ends_its_processes(state: Path, gone: Gone) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(state), *QUICK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "up\n"
        left = psutil.Process(runner.pid).children(recursive=True)
        runner.kill()

    with Servers(state, QUICK) as servers:
        assert len(left) > len(QUICK)
        assert gone(left)
        assert said(servers) == "hello"


class TestServersThatDie:
    @pytest.mark.parametrize("name", QUICK)
    def test_come_back_at_the_same_address(self, state: Path, name: str) -> None:
        with Servers(state, (name,)) as servers:
            child = servers._children[name]
            servers.kill_one(name)
            assert not child.ready()
            servers.start_one(name)
            assert child.ready()

    def test_keep_what_was_committed(self, state: Path) -> None:
        with Servers(state, ("postgres", "valkey")) as servers:
            keep(servers)
            with valkey.from_url(servers.addresses.valkey_url) as client:
                client.set("kept", "hello")
            for name in ("postgres", "valkey"):
                servers.kill_one(name)
            for name in ("postgres", "valkey"):
                servers.start_one(name)
            assert said(servers) == "hello"
            with valkey.from_url(servers.addresses.valkey_url) as client:
                assert client.get("kept") == b"hello"


class TestPidFileOfPostgres:
    def test_naming_another_living_process_is_no_obstacle(self, state: Path) -> None:
        with Servers(state, ("postgres",)) as servers:
            keep(servers)
        self.leave_behind(state, os.getpid())
        with Servers(state, ("postgres",)) as servers:
            assert said(servers) == "hello"

    def test_naming_a_process_that_ended_is_no_obstacle(self, state: Path) -> None:
        with subprocess.Popen(["true"]) as ended:
            pass
        with Servers(state, ("postgres",)) as servers:
            keep(servers)
        self.leave_behind(state, ended.pid)
        with Servers(state, ("postgres",)) as servers:
            assert said(servers) == "hello"

    def leave_behind(self, state: Path, pid: int) -> None:
        data = postgres.home(state.resolve()) / "data"
        (data / "postmaster.pid").write_text(f"{pid}\n{data}\n1700000000\n5432\n\n127.0.0.1\n\nready\n")


class TestHalfDoneInitdb:
    def test_is_begun_anew(self, state: Path) -> None:
        state.mkdir()
        building = postgres.home(state.resolve()) / "building"
        (building / "base").mkdir(parents=True)
        (building / "PG_VERSION").write_text("18\n")
        with Servers(state, ("postgres",)) as servers:
            keep(servers)
            assert said(servers) == "hello"
        assert not building.exists()

    def test_is_never_taken_for_a_database(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def killed(self: postgres.Postgres, *_: str) -> None:
            (self.home / "building").mkdir()
            raise KeyboardInterrupt

        with monkeypatch.context() as interrupted:
            interrupted.setattr(postgres.Postgres, "_run", killed)
            with pytest.raises(KeyboardInterrupt):
                Servers(state, ("postgres", "valkey")).start()
        assert not (postgres.home(state.resolve()) / "data").exists()
        with Servers(state, ("postgres",)) as servers:
            assert servers._children["postgres"].ready()


def test_a_process_that_has_inherited_a_pid_is_not_ended(state: Path) -> None:
    """After a restart of the machine, a remembered pid may be anybody's."""
    state.mkdir()
    with subprocess.Popen(["sleep", "60"]) as bystander:
        born = psutil.Process(bystander.pid).create_time()
        (state / "children.json").write_text(f'{{"valkey": [[{bystander.pid}, {born - 60}], 15, 5.0]}}')
        try:
            with Servers(state, ("valkey",)):
                assert bystander.poll() is None
        finally:
            with suppress(ProcessLookupError):
                bystander.kill()


@pytest.mark.parametrize("script", ["exec sleep 60", "trap '' TERM; while true; do sleep 60; done"])
def test_a_process_of_the_last_runner_is_ended_even_if_deaf_to_signals(state: Path, gone: Gone, script: str) -> None:
    state.mkdir()
    with subprocess.Popen(["sh", "-c", script]) as left:
        process = psutil.Process(left.pid)
        (state / "children.json").write_text(f'{{"s3": [[{left.pid}, {process.create_time()}], 15, 2.0]}}')
        with Servers(state, ("valkey",)):
            assert gone([process])
