"""What a caller has just caused is remembered for their next requests, and for nobody else's."""

from dataclasses import replace
from uuid import UUID, uuid4

from claims import ANONYMOUS, Actor, Claims
from gateway.recent import Recent

HOME, AWAY = "192.0.2.1", "2001:db8::1"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def caller(clinic: UUID) -> Claims:
    return Claims(subject=str(uuid4()), actor=Actor.HUMAN, clinic_id=clinic, role="admin", permissions=frozenset())


def test_events_are_the_callers_in_the_clinic_for_ten_seconds() -> None:
    clock = Clock()
    recent, ana, said = Recent(clock), caller(uuid4()), ("ambulo.booking.v1.AppointmentBooked", uuid4())
    recent.note(ana, HOME, [said])
    assert recent.of(ana, AWAY) == (said,)
    assert recent.of(ana, HOME) == (said,)
    assert recent.of(caller(ana.clinic_id), HOME) == ()
    assert recent.of(replace(ana, clinic_id=uuid4()), HOME) == ()
    clock.now += 9
    later = ("ambulo.booking.v1.AppointmentCanceled", uuid4())
    recent.note(ana, HOME, [later])
    assert recent.of(ana, HOME) == (said, later)
    clock.now += 2
    assert recent.of(ana, HOME) == (later,)
    clock.now += 20
    assert recent.of(ana, HOME) == ()


def test_who_causes_much_is_remembered_for_the_newest() -> None:
    recent, ana = Recent(Clock()), caller(uuid4())
    said = [("ambulo.booking.v1.AppointmentBooked", uuid4()) for _ in range(50)]
    for each in said:
        recent.note(ana, HOME, [each])
    assert recent.of(ana, HOME) == tuple(said[-20:])


def test_strangers_are_told_apart_by_their_addresses() -> None:
    recent, said = Recent(Clock()), ("ambulo.booking.v1.HoldPlaced", uuid4())
    recent.note(ANONYMOUS, AWAY, [said])
    for _ in range(50):
        recent.note(ANONYMOUS, HOME, [("ambulo.booking.v1.HoldPlaced", uuid4())])
    assert recent.of(ANONYMOUS, AWAY) == (said,)
    assert recent.of(ANONYMOUS, "2001:db8::2") == (said,)
    assert recent.of(ANONYMOUS, "192.0.2.2") == ()
    assert said not in recent.of(ANONYMOUS, HOME)
