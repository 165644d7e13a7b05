"""What a caller has just caused is remembered for their next requests, and for nobody else's."""

from dataclasses import replace
from uuid import UUID, uuid4

from claims import Actor, Claims
from gateway.recent import Recent


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def caller(clinic: UUID) -> Claims:
    return Claims(subject=str(uuid4()), actor=Actor.HUMAN, clinic_id=clinic, role="admin", permissions=frozenset())


def test_events_are_the_callers_in_the_clinic_for_ten_seconds() -> None:
    clock = Clock()
    recent, ana, said = Recent(clock), caller(uuid4()), ("ambulo.booking.v1.AppointmentBooked", uuid4())
    recent.note(ana, [said])
    assert recent.of(ana) == (said,)
    assert recent.of(caller(ana.clinic_id)) == ()
    assert recent.of(replace(ana, clinic_id=uuid4())) == ()
    clock.now += 9
    later = ("ambulo.booking.v1.AppointmentCanceled", uuid4())
    recent.note(ana, [later])
    assert recent.of(ana) == (said, later)
    clock.now += 2
    assert recent.of(ana) == (later,)
    clock.now += 20
    assert recent.of(ana) == ()


def test_who_causes_much_is_remembered_for_the_newest() -> None:
    recent, ana = Recent(Clock()), caller(uuid4())
    said = [("ambulo.booking.v1.AppointmentBooked", uuid4()) for _ in range(50)]
    for each in said:
        recent.note(ana, [each])
    assert recent.of(ana) == tuple(said[-20:])
