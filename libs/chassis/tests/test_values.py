"""Small things by property: failures on the wire, cursors, what may be logged."""

import base64
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from ambulo.identity.v1 import sessions_pb2
from ambulo.people.v1 import patients_pb2
from chassis.errors import KINDS, DomainError, FieldViolation, Invalid, kind_of
from chassis.idempotency import without_secrets
from chassis.rpc import masked
from chassis.status import from_status, to_status
from chassis.store import Page
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(
    kind=st.sampled_from(KINDS),
    name=st.sampled_from(["", "NoSuchThing", "TakenAlready"]),
    detail=WORDS,
    fields=st.lists(st.builds(FieldViolation, WORDS, WORDS), max_size=3),
    retry_after=st.none() | st.integers(0, 10**6).map(lambda n: n / 1000),
    facts=st.dictionaries(WORDS.filter(lambda w: w != "title"), WORDS, max_size=3),
)
def test_a_failure_survives_the_wire(kind, name, detail, fields, retry_after, facts) -> None:
    cls = type(name, (kind,), {"title": "Said once"}) if name else kind
    sent: DomainError = cls(detail, fields=fields, retry_after=retry_after, facts=facts)
    got = from_status(to_status(sent))
    assert kind_of(got) is kind
    assert (got.reason, got.title, got.detail) == (sent.reason, sent.title, sent.detail)
    assert (got.fields, got.retry_after, got.facts) == (sent.fields, sent.retry_after, sent.facts)


@given(st.lists(st.tuples(WORDS, st.integers(-(2**40), 2**40), st.datetimes(timezones=st.just(UTC)), st.uuids())))
def test_a_cursor_remembers_where_the_page_ended(rows) -> None:
    shown = [{"name": n, "count": c, "at": at, "id": id_} for n, c, at, id_ in rows]
    page = Page.of(SimpleNamespace(limit=max(1, len(rows) - 1), cursor=""), str)
    kept, cursor = page.cut(shown, "name", "count", "at", "id")
    if not cursor:
        assert len(kept) == len(shown)
        return
    again = Page.of(SimpleNamespace(limit=1, cursor=cursor), str, int, datetime, UUID)
    assert again.after == tuple(kept[-1].values())


@given(st.text(max_size=60))
def test_a_cursor_of_somebody_elses_making_is_invalid_or_ours(cursor: str) -> None:
    try:
        page = Page.of(SimpleNamespace(limit=0, cursor=cursor), UUID)
    except Invalid:
        return
    assert page.after is None or isinstance(page.after[0], UUID)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**40), 10**40) | st.floats() | st.text()
    | st.datetimes().map(str) | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
)  # fmt: skip


@given(kinds=st.lists(st.sampled_from([str, int, datetime, UUID]), min_size=1, max_size=3), data=st.data())
def test_any_json_in_a_cursor_is_invalid_or_a_page_that_the_database_takes(kinds: list[type], data) -> None:
    values = data.draw(st.lists(JSON, min_size=len(kinds), max_size=len(kinds)) | JSON)
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    try:
        after = Page.of(SimpleNamespace(limit=0, cursor=cursor), *kinds).after
    except Invalid:
        return
    for value, kind in zip(after or (), kinds, strict=True):
        assert isinstance(value, kind)
        if isinstance(value, int):
            assert -(2**63) <= value < 2**63
        if isinstance(value, str):
            assert "\0" not in value
            assert value.encode("utf-8").decode() == value


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_in_a_cursor_is_one_of_the_database(number: int) -> None:
    cursor = base64.urlsafe_b64encode(f"[{number}]".encode()).decode()
    with pytest.raises(Invalid) as said:
        Page.of(SimpleNamespace(limit=0, cursor=cursor), int)
    assert [each.field for each in said.value.fields] == ["cursor"]


def test_logs_show_what_kind_of_thing_a_personal_field_was_and_not_its_value() -> None:
    patient = patients_pb2.Patient(id=str(uuid4()), given_name="Ioana", phone="+40721000000", version=3)
    shown = masked(patient)
    assert shown["version"] == 3
    assert "Ioana" not in str(shown)
    assert "+40721000000" not in str(shown)


def test_secrets_are_not_kept_with_an_answer() -> None:
    session = sessions_pb2.Session(access_token="secret", clinic_id=str(uuid4()))
    assert "secret" not in str(without_secrets(session))
    assert without_secrets(session).clinic_id == session.clinic_id
    assert session.access_token == "secret"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_words_for_people(kind: type[DomainError]) -> None:
    assert kind.title
    assert kind.__doc__
