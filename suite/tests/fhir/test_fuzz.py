"""Whatever is wrong in a bundle, everything in it is accounted for and nothing impossible is asked for."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import protovalidate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from suite.fhir import Plan, plan, read

NOW = datetime(2012, 2, 1, tzinfo=UTC)
ZONE = {"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": "Europe/Bucharest"}
WHEN = {"start": "2012-03-01T09:00:00Z", "end": "2012-03-01T11:00:00Z"}
OURS = [
    {"resourceType": "Location", "id": "site", "name": "Site", "extension": [ZONE], "telecom": [{"system": "phone"}]},
    {
        "resourceType": "Location",
        "id": "room",
        "name": "Room",
        "partOf": {"reference": "Location/site"},
        "physicalType": {"coding": [{"code": "ro"}]},
    },
    {"resourceType": "Schedule", "id": "ours", "actor": [{"reference": "Practitioner/example"}]},
    {"resourceType": "Slot", "id": "ours", "schedule": {"reference": "Schedule/ours"}, "status": "busy", **WHEN},
    {
        "resourceType": "HealthcareService",
        "id": "ours",
        "name": "Talk",
        "extension": [
            {"url": "https://ambulo.example/fhir/StructureDefinition/duration-minutes", "valueInteger": 120},
            {"url": "https://ambulo.example/fhir/StructureDefinition/room-type", "valueString": "exam"},
        ],
    },
    {
        "resourceType": "Appointment",
        "id": "ours",
        "status": "booked",
        "participant": [{"actor": {"reference": f"{type_}/example"}} for type_ in ("Patient", "PractitionerRole")],
        **WHEN,
    },
]
HL7S = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((Path(__file__).parent / "examples").iterdir())]
BUNDLE = {"resourceType": "Bundle", "entry": [{"resource": body} for body in HL7S + OURS]}

WRONG: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "x", "x" * 5000, "9" * 5000, "²", "\ud800", "\x00", "\n", "ș😀", "#x", "urn:uuid:1", "Location/site",
    "24:00:00", "25:00", "2012-02", "2012-02-30", "2012-03-02", "2012-03-01T09:00:00", "mon", "ro", "MR", "GB",
    [], {}, [None], [[]], [{}], ["x", 1, None], {"x": 1}, {"reference": "Location/room"}, {"coding": "x"}, {"value": {}},
]  # fmt: skip
EXTREME: list[Any] = [
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1969-12-31T00:00:00Z",
]
GONE = object()


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from nodes(child, (*path, key))


PATHS = [path for path in nodes(BUNDLE) if len(path) > 2]


def spoiled(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    bundle = copy.deepcopy(BUNDLE)
    for path, value in changes:
        holder = bundle
        try:
            for key in path[:-1]:
                holder = holder[key]
            if value is GONE:
                del holder[path[-1]]
            else:
                holder[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    return bundle


def changes(values: list[Any], paths: list[tuple[Any, ...]] = PATHS) -> Any:
    return st.lists(st.tuples(st.sampled_from(paths), st.sampled_from([*values, GONE])), min_size=1, max_size=12)


@pytest.fixture(scope="session")
def plan_of(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Reads and plans a bundle; each resource that was read is in the report once."""
    file = tmp_path_factory.mktemp("fuzz") / "bundle.json"

    def make(bundle: Any) -> Plan:
        file.write_text(json.dumps(bundle), encoding="utf-8")
        resources, unreadable = read(file)
        made = plan(resources, now=NOW)
        assert [o.origin for o in made.outcomes] == sorted(r.origin for r in resources)
        assert {o.verdict for o in made.outcomes} <= {"taken", "mapped", "skipped"}
        assert all(o.why for o in [*made.outcomes, *unreadable] if o.verdict != "taken")
        assert len(resources) + len(unreadable) == len(bundle["entry"])
        return made

    return make


def forbidden(made: Plan) -> list[str]:
    """What the contract says no to."""
    return [
        f"{'+'.join(s.origin)}: {violation}"
        for s in made.steps
        for violation in protovalidate.collect_violations(s.request)
    ]


def test_the_whole_bundle_is_live(plan_of: Any) -> None:
    """The other tests spoil what works; this is it."""
    made = plan_of(BUNDLE)
    kinds = {s.request.DESCRIPTOR.name.removesuffix("Request") for s in made.steps}
    assert {"DefineRoom", "SetWeeklyHours", "AddOverride", "RegisterPatient", "BookAppointment"} <= kinds
    assert forbidden(made) == []


@settings(max_examples=300, deadline=None)
@given(changes(WRONG))
def test_nothing_that_is_wrong_raises_or_is_lost_or_breaks_the_contract(plan_of: Any, wrong: Any) -> None:
    assert forbidden(plan_of(spoiled(wrong))) == []


@settings(max_examples=100, deadline=None)
@given(changes(EXTREME))
def test_no_time_is_too_early_or_too_late(plan_of: Any, wrong: Any) -> None:
    assert forbidden(plan_of(spoiled(wrong))) == []


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_of_a_value_anywhere_any_text_will_do(plan_of: Any, data: st.DataObject) -> None:
    texts = [path for path in PATHS if path[-1] != "resourceType"]
    wrong = data.draw(st.lists(st.tuples(st.sampled_from(texts), st.text(max_size=20)), min_size=1, max_size=8))
    assert forbidden(plan_of(spoiled(wrong))) == []


@settings(max_examples=80, deadline=None)
@given(changes(WRONG, [path for path in PATHS if path[-1] not in {"id", "resourceType"}]))
def test_what_is_wrong_is_as_repeatable_as_what_is_right(plan_of: Any, wrong: Any) -> None:
    bundle = spoiled(wrong)
    assert plan_of(bundle) == plan_of({**bundle, "entry": bundle["entry"][::-1]})
