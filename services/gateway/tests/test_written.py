"""The same message is the same JSON; another one, even in the same place in memory, is not."""

from typing import Any

import orjson
from ambulo.scheduling.v1 import availability_pb2 as pb
from chassis.contract import rpcs_of
from fastapi import Request
from gateway.transcode import written
from gateway.transcode.written import Writer

RPC = rpcs_of("ambulo.scheduling.v1.AvailabilityService")["ListAvailability"]
REQUEST = Request({"type": "http", "headers": [], "query_string": b""})


def answer(start: str) -> pb.ListAvailabilityResponse:
    return pb.ListAvailabilityResponse(slots=[pb.Slot(start=start)])


def shown(writer: Writer, it: Any) -> tuple[str, str]:
    response = writer.respond(REQUEST, it)
    return orjson.loads(bytes(response.body))["slots"][0]["start"], response.headers["etag"]


def test_what_is_written_once_is_what_is_written_each_time() -> None:
    often, each_time = (Writer(RPC, creates=False, often=often) for often in (True, False))
    one = answer("09:00")
    assert shown(often, one) == shown(often, one) == shown(each_time, one)
    assert shown(often, one) != shown(often, answer("09:15"))


def test_messages_that_come_and_go_are_never_taken_for_each_other() -> None:
    writer = Writer(RPC, creates=False, often=True)
    for n in range(3 * written._KEPT):
        assert shown(writer, answer(str(n)))[0] == str(n)
    assert writer._known is not None
    assert len(writer._known) == written._KEPT


def test_large_answers_are_not_kept() -> None:
    writer = Writer(RPC, creates=False, often=True)
    shown(writer, answer("x" * written._KEPT_BYTES))
    assert writer._known == {}
