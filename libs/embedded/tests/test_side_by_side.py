"""Several runners on one machine: in folders of their own they do not meet, in the same folder the second is told."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import valkey
from embedded import ServerFailed, Servers, StateInUse
from embedded.child import Child
from embedded.servers import _sockets

Family = Callable[[Servers], list[psutil.Process]]
Gone = Callable[[list[psutil.Process]], bool]


@pytest.fixture
def other_state(tmp_path: Path) -> Path:
    return tmp_path / "other"


def test_two_suites_share_no_port_and_no_data(state: Path, other_state: Path) -> None:
    try:
        with Servers(state) as one, Servers(other_state) as other:
            assert not set(one._ports.values()) & set(other._ports.values())
            assert one._s3_keys() != other._s3_keys()
            with valkey.from_url(one.addresses.valkey_url) as client:
                client.set("mine", "yes")
            with valkey.from_url(other.addresses.valkey_url) as client:
                assert client.get("mine") is None
            one.stop()
            assert all(child.ready() for child in other._children.values())
    finally:
        Servers.erase(other_state)


class TestTheSameFolder:
    def test_is_refused_to_a_second_runner_and_the_first_goes_on(self, state: Path) -> None:
        with Servers(state, ("valkey",)) as first:
            with pytest.raises(StateInUse, match=f"{state} is in use by another run; stop it first"):
                Servers(state, ("valkey",)).start()
            assert first._children["valkey"].ready()

    def test_is_not_erased_while_it_is_in_use(self, state: Path) -> None:
        with Servers(state, ("valkey",)) as servers:
            with pytest.raises(StateInUse):
                Servers.erase(state)
            assert servers._children["valkey"].ready()

    def test_is_gone_once_erased(self, state: Path) -> None:
        with Servers(state, ("valkey",)):
            pass
        Servers.erase(state)
        assert not state.exists()
        Servers.erase(state)


class TestOneOfThem:
    def test_stops_and_starts_while_the_others_go_on(self, state: Path, family: Family, gone: Gone) -> None:
        with Servers(state, ("valkey", "nats")) as servers:
            nats_pid = servers._children["nats"].identity()
            before = [p for p in family(servers) if p.pid != (nats_pid or [0])[0]]
            servers.stop_one("valkey")
            assert gone(before)
            servers.start_one("valkey")
            with valkey.from_url(servers.addresses.valkey_url) as client:
                assert client.ping()
            assert servers._children["nats"].identity() == nats_pid

    def test_that_fails_takes_all_with_it_and_leaves_the_folder_free(
        self, state: Path, family: Family, gone: Gone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[psutil.Process] = []

        def fails(servers: Servers) -> Child:
            seen.extend(family(servers))
            return a_child(state / "mail.log", "echo no mail today; exit 3")

        monkeypatch.setattr(Servers, "_mail", fails)
        with pytest.raises(ServerFailed, match="no mail today"):
            Servers(state, ("valkey", "nats", "mail")).start()
        assert seen
        assert gone(seen)
        with Servers(state, ("valkey",)) as servers:
            assert servers._children["valkey"].ready()


class TestAChild:
    def test_that_ends_at_once_fails_with_its_last_words(self, tmp_path: Path) -> None:
        child = a_child(tmp_path / "log", "echo out of luck; exit 3")
        child.start()
        with pytest.raises(ServerFailed) as failed:
            child.wait_until_ready(10)
        assert str(failed.value).startswith("mail ended with 3")
        assert str(tmp_path / "log") in str(failed.value)
        assert str(failed.value).endswith("out of luck")

    def test_that_never_answers_fails_in_time(self, tmp_path: Path) -> None:
        child = a_child(tmp_path / "log", "exec sleep 60")
        child.start()
        try:
            with pytest.raises(ServerFailed, match=r"mail was not ready within 0 s"):
                child.wait_until_ready(0.1)
        finally:
            child.stop()

    def test_that_does_not_heed_its_signal_is_killed_with_its_children(self, tmp_path: Path, gone: Gone) -> None:
        log = tmp_path / "log"
        child = a_child(log, "trap '' TERM; sleep 60 & echo deaf; while true; do wait; done")
        child.ready = lambda: "deaf" in log.read_text()
        child.start()
        child.wait_until_ready(10)
        assert child.process is not None
        process = psutil.Process(child.process.pid)
        processes = [process, *process.children()]
        child.patience_s = 0.1
        child.stop()
        assert len(processes) == 2
        assert gone(processes)


def a_child(log: Path, script: str) -> Child:
    return Child(name="mail", command=lambda: ["sh", "-c", script], ready=lambda: False, log=log)


def test_a_port_whose_socket_file_is_somebody_elses_is_not_taken(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def port() -> int:
        return int(json.loads((state / "ports.json").read_text())["master_grpc"])

    with Servers(state, ("mail",)):
        before = port()
    left = Path(f"/tmp/seaweedfs-master-grpc-{before}.sock")
    left.touch()
    monkeypatch.setattr("embedded.servers.os.geteuid", lambda: os.getuid() + 1)
    try:
        with Servers(state, ("mail",)):
            assert port() != before
    finally:
        left.unlink()


def test_a_killed_server_leaves_no_socket_files(state: Path) -> None:
    with Servers(state, ("s3",)) as servers:
        ports = servers._ports.values()
        assert any(_sockets(port) for port in ports)
        servers.kill_one("s3")
    assert not any(_sockets(port) for port in ports)
