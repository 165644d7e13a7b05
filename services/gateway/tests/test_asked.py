"""Questions that were asked before are known again; callers never are."""

from typing import Any

from ambulo.scheduling.v1 import availability_pb2 as pb
from fastapi import Request, Response
from gateway.transcode import asked
from gateway.transcode.asked import Asked


def scope(path: str, query: bytes = b"") -> dict[str, Any]:
    return {"path": path, "query_string": query, "path_params": {}}


async def again(_: Request, __: Any) -> Response:
    return Response()


def found(known: Asked, path: str, query: bytes = b"") -> Any:
    question = known.find(scope(path, query))
    return question and question.message


def request(start: str = "2026-02-20") -> pb.ListAvailabilityRequest:
    return pb.ListAvailabilityRequest(start=start)


class TestAsked:
    def test_only_the_same_path_and_query_are_the_same_question(self) -> None:
        known = Asked()
        known.remember(scope("/a", b"limit=1"), again, request())
        assert found(known, "/a", b"limit=1") == request()
        for other in (scope("/a"), scope("/b", b"limit=1"), scope("/a", b"limit=01"), scope("/alimit=1")):
            assert known.find(other) is None

    def test_what_is_found_is_one_s_own(self) -> None:
        known, first = Asked(), request()
        known.remember(scope("/a"), again, first)
        first.start = "changed"
        found(known, "/a").start = "changed"
        assert found(known, "/a") == request()

    def test_it_is_bounded_and_the_least_recently_asked_is_forgotten(self) -> None:
        known = Asked()
        known.remember(scope("/kept"), again, request())
        for n in range(2 * asked._KEPT):
            known.remember(scope(f"/{n}"), again, request())
            known.find(scope("/kept"))
        assert len(known) == asked._KEPT
        assert known.find(scope("/kept")) is not None
        assert known.find(scope("/0")) is None

    def test_long_ones_are_not_kept(self) -> None:
        known = Asked()
        known.remember(scope("/a", b"x" * asked._LONGEST), again, request())
        assert len(known) == 0
