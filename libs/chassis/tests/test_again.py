"""An answer that is still the same is neither written, nor sent, nor parsed again; another one always is."""

from typing import Any
from uuid import UUID

import pytest
from ambulo.catalog.v1 import locations_pb2 as pb
from ambulo.scheduling.v1.availability_pb2 import ListAvailabilityResponse as Answer
from chassis import Call
from chassis.again import Known, Written, remembers
from chassis.contract import rpcs_of
from chassis.ids import new_id
from chassis.testing import Running
from trial import Trial

RPC = rpcs_of("ambulo.scheduling.v1.AvailabilityService")["ListAvailability"]


class Conversation:
    def __init__(self) -> None:
        self.written, self.known = Written(), Known()
        self.said: list[bytes] = []

    def ask(self, question: bytes, now: Answer) -> Answer:
        """`now` is what the other side has found out."""
        known = self.known.find(RPC, question)
        self.said.append(self.written.part(question, now, known[0] if known else ""))
        heard = self.known.answer(RPC, question, known, self.said[-1])
        assert isinstance(heard, Answer)
        return heard


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


def an_answer(start: str = "09:00") -> Answer:
    return Answer(slots=[{"start": start}])


def test_the_same_answer_is_its_tag_alone_and_the_same_message(talk: Conversation) -> None:
    answer = an_answer()
    first, second, third = (talk.ask(b"q", answer) for _ in range(3))
    assert first == answer
    assert first is second is third
    assert [len(said) for said in talk.said[1:]] == [33, 33]


def test_another_answer_is_told_even_if_it_is_alike(talk: Conversation) -> None:
    talk.ask(b"q", an_answer())
    assert talk.ask(b"q", an_answer("10:00")) == an_answer("10:00")
    assert talk.ask(b"q", an_answer("10:00")) == an_answer("10:00")
    assert all(len(said) > 33 for said in talk.said)


def test_questions_have_answers_of_their_own(talk: Conversation) -> None:
    one, other = an_answer("09:00"), an_answer("10:00")
    for _ in range(2):
        assert (talk.ask(b"one", one), talk.ask(b"other", other)) == (one, other)


def test_an_empty_answer_is_an_answer(talk: Conversation) -> None:
    talk.ask(b"q", an_answer())
    empty = Answer()
    assert talk.ask(b"q", empty) == empty
    assert talk.ask(b"q", empty) == empty


def test_what_became_known_meanwhile_does_not_count(talk: Conversation) -> None:
    old, new = an_answer("09:00"), an_answer("10:00")
    talk.ask(b"q", old)
    known = talk.known.find(RPC, b"q")
    assert known is not None
    same = talk.written.part(b"q", old, known[0])
    assert talk.ask(b"q", new) == new
    assert talk.known.answer(RPC, b"q", known, same) == old


def test_who_starts_anew_on_either_side_is_told_whole(talk: Conversation) -> None:
    answer = an_answer()
    talk.ask(b"q", answer)
    talk.written = Written()
    assert talk.ask(b"q", answer) == answer
    talk.known = Known()
    assert talk.ask(b"q", answer) == answer
    assert all(len(said) > 33 for said in talk.said)


def test_who_does_not_know_of_tags_is_understood() -> None:
    assert Known().answer(RPC, b"q", None, an_answer().SerializeToString()) == an_answer()
    assert Known().answer(RPC, b"q", None, b"") == Answer()


async def test_over_the_wire_the_same_is_the_same_message_and_clinics_have_their_own(
    trial: Any, asking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = dict[UUID | None, pb.Location]()

    @remembers
    async def get(_, request: pb.GetLocationRequest, call: Call) -> pb.Location:  # type: ignore[no-untyped-def]
        return answers.setdefault(call.clinic_id, pb.Location(name=str(call.clinic_id)))

    monkeypatch.setattr(Trial, "GetLocation", get)
    running = await trial(listening=True)
    ask, question = asking(running), pb.GetLocationRequest(clinic_id=str(running.clinic_id), location_id=str(new_id()))
    one, same = await ask("GetLocation", question), await ask("GetLocation", question)
    assert one is same
    answers[running.clinic_id] = pb.Location(name="moved")
    assert (await ask("GetLocation", question)).name == "moved"
    other = Running(running.process)
    theirs = pb.GetLocationRequest(clinic_id=str(other.clinic_id), location_id=question.location_id)
    assert (await ask("GetLocation", theirs, claims=other.claims("admin"))).name == str(other.clinic_id)


def test_neither_side_remembers_without_end(talk: Conversation) -> None:
    for n in range(1000):
        talk.ask(str(n).encode(), an_answer(str(n)))
    large = an_answer("x" * 40_000)
    assert talk.ask(b"large", large) == large
    assert talk.known.find(RPC, b"large") is None
    assert (len(talk.known), len(talk.written)) == (500, 500)
