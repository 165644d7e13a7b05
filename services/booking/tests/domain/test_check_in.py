"""Codes that check in: whose they are, when they count, and that nobody makes one up."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from booking.domain.appointment import Appointment
from booking.domain.check_in import Code, arrive, open_hours
from booking.domain.errors import AppointmentOver, IllegalStatus, NotToday, NotYet, UnknownCode
from booking.domain.status import Status
from booking.domain.visit import Slot
from hypothesis import given
from hypothesis import strategies as some

KEY = b"k" * 32
NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)
CLINIC, VISIT = UUID(int=1), UUID(int=2)


def an_appointment(starts_at: datetime = NOON, status: Status = Status.SCHEDULED) -> Appointment:
    end = starts_at + timedelta(minutes=30)
    slot = Slot(UUID(int=3), "Europe/Bucharest", starts_at, end, starts_at, end)
    return Appointment(
        id=VISIT, specialist_id=UUID(int=4), service_id=UUID(int=5), patient_id=UUID(int=6), slot=slot, status=status,
        created_at=NOON, updated_at=NOON,
    )  # fmt: skip


@given(some.uuids(), some.uuids())
def test_a_code_is_read_back_also_with_the_address_around_it(clinic_id: UUID, visit_id: UUID) -> None:
    code = Code(clinic_id, visit_id)
    text = code.text(KEY)
    assert Code.parse(text, KEY) == code
    assert Code.parse(f" https://clinic.example/check-in?code={text}\n", KEY) == code
    assert "=" not in text


@given(some.integers(0, 63), some.sampled_from("ABCDEFGHabcdefgh0123-_"))
def test_a_code_in_which_one_letter_is_another_is_unknown(place: int, letter: str) -> None:
    text = Code(CLINIC, VISIT).text(KEY)
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(UnknownCode):
            Code.parse(changed, KEY)


@given(some.text() | some.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_whatever_is_given_is_unknown_and_nothing_else(text: str) -> None:
    with pytest.raises(UnknownCode):
        Code.parse(text, KEY)


def test_a_code_of_another_key_is_unknown() -> None:
    with pytest.raises(UnknownCode):
        Code.parse(Code(CLINIC, VISIT).text(b"x" * 32), KEY)


class TestWhen:
    def test_from_three_hours_before_until_the_end(self) -> None:
        opens, closes = open_hours(an_appointment().slot)
        assert (opens, closes) == (NOON - timedelta(hours=3), NOON + timedelta(minutes=30))
        assert arrive(an_appointment(), opens)
        with pytest.raises(NotYet):
            arrive(an_appointment(), opens - timedelta(seconds=1))
        with pytest.raises(AppointmentOver):
            arrive(an_appointment(), closes)

    def test_on_the_local_day_only(self) -> None:
        early = an_appointment(datetime(2026, 11, 22, 23, tzinfo=UTC))
        assert open_hours(early.slot)[0] == datetime(2026, 11, 22, 22, tzinfo=UTC), "midnight in Bucharest"
        with pytest.raises(NotToday):
            arrive(early, datetime(2026, 11, 22, 21, 59, tzinfo=UTC))
        late = an_appointment(datetime(2026, 11, 23, 21, 45, tzinfo=UTC))
        assert open_hours(late.slot)[1] == datetime(2026, 11, 23, 22, tzinfo=UTC)

    @given(some.timedeltas(timedelta(days=-900), timedelta(days=900)))
    def test_it_is_never_open_on_two_days_nor_closed_before_it_opens(self, later: timedelta) -> None:
        starts_at = NOON + later
        slot = an_appointment(starts_at).slot
        opens, closes = open_hours(slot)
        assert opens <= starts_at < closes <= slot.ends_at
        assert starts_at - opens <= timedelta(hours=3)


class TestTwice:
    def test_who_is_there_is_there_and_nothing_changes(self) -> None:
        it = an_appointment()
        assert arrive(it, NOON)
        assert (it.status, it.version) == (Status.CHECKED_IN, 2)
        assert not arrive(it, NOON)
        assert (it.status, it.version) == (Status.CHECKED_IN, 2)
        assert not arrive(an_appointment(status=Status.IN_PROGRESS), NOON)

    def test_who_was_given_up_may_still_come(self) -> None:
        assert arrive(an_appointment(status=Status.NO_SHOW), NOON + timedelta(minutes=20))

    @pytest.mark.parametrize("status", [Status.REQUESTED, Status.CANCELED, Status.COMPLETED])
    def test_who_is_not_expected_is_refused(self, status: Status) -> None:
        with pytest.raises(IllegalStatus):
            arrive(an_appointment(status=status), NOON)
