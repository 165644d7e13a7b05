"""What is stored as JSON comes back as it was given."""

import json
import random

from ambulo.catalog.v1 import services_pb2 as pb
from ambulo.catalog.v1 import specialists_pb2
from catalog import wire
from google.protobuf.message import Message
from google.type import date_pb2, timeofday_pb2
from hypothesis import given
from hypothesis import strategies as st

IDS = st.uuids().map(str)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
COUNTS = st.integers(0, 500)
DAYS = st.dates().map(lambda day: date_pb2.Date(year=day.year, month=day.month, day=day.day))
TIMES = st.times().map(lambda time: timeofday_pb2.TimeOfDay(hours=time.hour, minutes=time.minute))
KINDS = {
    "allowed_provider": st.builds(pb.AllowedProvider, specialist_ids=st.lists(IDS, min_size=1, unique=True)),
    "required_equipment_type": st.builds(pb.RequiredEquipmentType, equipment_type=TEXTS, min_units=COUNTS),
    "min_gap": st.builds(pb.MinGap, minutes=COUNTS),
    "room_type": st.builds(pb.RoomType, type=TEXTS),
    "max_daily": st.builds(pb.MaxDaily, max_per_day=COUNTS, per_specialist=st.booleans()),
    "lead_time": st.builds(pb.LeadTime, minutes=COUNTS),
    "max_future": st.builds(pb.MaxFuture, days=COUNTS),
    "blackout_dates": st.builds(pb.BlackoutDates, first=DAYS, last=st.none() | DAYS),
}
RULES = st.one_of(
    st.builds(pb.ServiceRule, priority=COUNTS, inactive=st.booleans(), **{kind: each}) for kind, each in KINDS.items()
)
PREFERENCES = st.builds(
    specialists_pb2.Preference,
    service_id=st.just("") | IDS,
    room_ids=st.lists(IDS, unique=True, max_size=5),
    time_windows=st.lists(st.builds(specialists_pb2.TimeWindow, starts=TIMES, ends=TIMES), max_size=3),
    weight=COUNTS,
    equipment_type=TEXTS,
)
CREDENTIALS = st.builds(specialists_pb2.Credential, kind=TEXTS, number=TEXTS, issuer=TEXTS, expires_on=st.none() | DAYS)


def test_every_kind_of_rule_is_among_them() -> None:
    assert {f.name for f in pb.ServiceRule.DESCRIPTOR.fields} - {"priority", "inactive"} == set(KINDS)


@given(st.lists(st.one_of(RULES, PREFERENCES, CREDENTIALS), max_size=5))
def test_anything_stored_comes_back_as_it_was(given_: list[Message]) -> None:
    for each in given_:
        assert wire.from_json(wire.to_json([each]), type(each)) == [each]
    assert len(json.loads(wire.to_json(given_))) == len(given_)


@given(RULES, st.randoms())
def test_the_same_specialists_in_another_order_and_spelling_are_the_same_rule(
    rule: pb.ServiceRule, chance: random.Random
) -> None:
    again = pb.ServiceRule()
    again.CopyFrom(rule)
    if rule.HasField("allowed_provider"):
        ids = list(rule.allowed_provider.specialist_ids)
        chance.shuffle(ids)
        again.allowed_provider.specialist_ids[:] = [chance.choice((id_, id_.upper())) for id_ in ids]
    assert wire.to_json([wire.canonical_rule(again)]) == wire.to_json([wire.canonical_rule(rule)])


@given(PREFERENCES)
def test_rooms_stay_in_their_order_since_it_says_the_best(preference: specialists_pb2.Preference) -> None:
    loud = specialists_pb2.Preference()
    loud.CopyFrom(preference)
    loud.service_id = preference.service_id.upper()
    loud.room_ids[:] = [id_.upper() for id_ in preference.room_ids]
    assert wire.canonical_preference(loud) == preference


def test_a_rule_of_the_next_release_does_not_stop_this_one() -> None:
    stored = json.dumps([{"priority": 7, "full_moon": {"phase": 1}}, {"min_gap": {"minutes": 5, "seconds": 1}}])
    assert wire.from_json(stored, pb.ServiceRule) == [
        pb.ServiceRule(priority=7),
        pb.ServiceRule(min_gap=pb.MinGap(minutes=5)),
    ]
