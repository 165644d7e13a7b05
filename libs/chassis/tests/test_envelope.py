"""What goes along with a question that is asked on somebody's behalf."""

from chassis.envelope import Envelope
from claims import ANONYMOUS, system


def test_who_is_asked_on_behalf_gets_no_key_of_the_asker() -> None:
    """Else what was answered to one would be told to the other."""
    first = Envelope(claims=ANONYMOUS, request_id="r", idempotency_key="k", deadline=12.5)
    onward = first.onward(system("booking"))
    assert (onward.idempotency_key, onward.claims, onward.request_id) == ("", system("booking"), "r")
    assert onward.deadline == first.deadline
    assert onward.said is first.said


def test_an_envelope_of_the_same_asker_is_the_same() -> None:
    first = Envelope(claims=ANONYMOUS)
    assert first.asked_by(ANONYMOUS) is first
    assert first.asked_by(system("booking")).claims == system("booking")
