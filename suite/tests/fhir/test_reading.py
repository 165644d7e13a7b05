"""Whatever lies in a file or folder is found, and what is none is named."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from suite.fhir import Outcome, plan, read

ANA, BOB = {"resourceType": "Patient", "id": "ana"}, {"resourceType": "Patient", "id": "bob"}


def origins(path: Path) -> list[str]:
    return [resource.origin for resource in read(path)[0]]


def complaint(path: Path) -> str:
    """What is said of a file in which nothing was found."""
    resources, [outcome] = read(path)
    assert resources == []
    assert (outcome.origin, outcome.verdict) == (path.name, "skipped")
    return outcome.why


def a_bundle(*resources: Any, url: str = "") -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"fullUrl": url, "resource": r} for r in resources]}


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


class TestWhatIsFound:
    def test_one_resource_alone(self, file: Any) -> None:
        [found], unreadable = read(file("ana.json", ANA))
        assert (found.type, found.id, found.origin, found.body) == ("Patient", "ana", "Patient/ana", ANA)
        assert unreadable == []

    def test_a_bundle_in_the_order_of_names(self, file: Any) -> None:
        assert origins(file("all.json", a_bundle(BOB, ANA))) == ["Patient/ana", "Patient/bob"]

    def test_a_bundle_in_a_bundle(self, file: Any) -> None:
        assert origins(file("all.json", a_bundle(BOB, a_bundle(ANA)))) == ["Patient/ana", "Patient/bob"]

    def test_one_resource_a_line(self, file: Any) -> None:
        lines = f"{json.dumps(BOB)}\r\n\n{json.dumps(ANA)}"
        assert origins(file("patients.ndjson", lines)) == ["Patient/ana", "Patient/bob"]

    def test_a_folder_and_the_folders_in_it(self, file: Any, tmp_path: Path) -> None:
        file("ana.json", ANA)
        file("deep/down/bob.ndjson", json.dumps(BOB))
        file("readme.txt", "nothing of ours")
        assert read(tmp_path)[1] == []
        assert origins(tmp_path) == ["Patient/ana", "Patient/bob"]

    def test_bundle_folder_and_lines_are_the_same(self, file: Any, examples: Path, tmp_path: Path) -> None:
        bodies = [json.loads(each.read_text(encoding="utf-8")) for each in examples.iterdir()]
        bundle = file("one.json", {"resourceType": "Bundle", "entry": [{"resource": b} for b in bodies]})
        lines = file("all.ndjson", "\n".join(json.dumps(b) for b in bodies))
        assert read(bundle) == read(lines) == read(examples)
        assert len(read(examples)[0]) == len(bodies)

    def test_a_line_ends_only_where_it_ends(self, file: Any) -> None:
        names = [f'{{"resourceType": "Patient", "id": "{n}", "x": "{c}"}}' for n, c in enumerate("\u2028\u2029\x85")]
        assert origins(file("patients.ndjson", "\n".join(names))) == ["Patient/0", "Patient/1", "Patient/2"]

    @pytest.mark.parametrize("id_", ["ana\ud800", "\x00ana\n"])
    def test_an_id_is_cleaned_as_other_texts_are(self, file: Any, id_: str) -> None:
        [found], _ = read(file("one.json", {"resourceType": "Patient\udfff", "id": id_}))
        assert (found.type, found.id, found.origin) == ("Patient", "ana", "Patient/ana")

    def test_a_byte_order_mark_is_no_harm(self, file: Any) -> None:
        assert origins(file("bom.json", b"\xef\xbb\xbf" + json.dumps(ANA).encode())) == ["Patient/ana"]

    @pytest.mark.parametrize("url", ["urn:uuid:7d3c", "https://clinic.example/fhir/Patient/7d3c"])
    def test_without_an_id_the_full_url_names_it(self, file: Any, url: str) -> None:
        [found], _ = read(file("one.json", a_bundle({"resourceType": "Patient"}, url=url)))
        assert (found.origin, found.urls) == ("Patient/7d3c", {url})

    def test_what_is_contained_is_no_resource_of_its_own(self, file: Any) -> None:
        assert origins(file("ana.json", ANA | {"contained": [BOB]})) == ["Patient/ana"]


def test_a_reference_by_full_url_finds_its_resource(file: Any) -> None:
    role = {"resourceType": "PractitionerRole", "id": "1", "practitioner": {"reference": "urn:uuid:7d3c"}}
    nurse = {"fullUrl": "urn:uuid:7d3c", "resource": {"resourceType": "Practitioner", "id": "ana"}}
    resources, _ = read(file("all.json", {"resourceType": "Bundle", "entry": [nurse, {"resource": role}]}))
    outcomes = plan(resources, now=datetime(2030, 6, 3, tzinfo=UTC)).outcomes
    assert [o.verdict for o in outcomes if o.origin == "PractitionerRole/1"] == ["taken"]


def test_a_part_may_name_its_whole_by_full_url(file: Any) -> None:
    whole = {"fullUrl": "urn:uuid:9", "resource": {"resourceType": "Organization", "id": "whole", "name": "Whole"}}
    ward = {"resourceType": "Organization", "id": "a", "name": "Ward", "partOf": {"reference": "urn:uuid:9"}}
    site = {"resourceType": "Location", "id": "1", "managingOrganization": {"reference": "Organization/a"}}
    entries = [whole, *({"resource": x} for x in (ward, site, site | {"id": "2"}))]
    resources, _ = read(file("all.json", {"resourceType": "Bundle", "entry": entries}))
    outcomes = {o.origin: o.why for o in plan(resources, now=datetime(2030, 6, 3, tzinfo=UTC)).outcomes}
    assert outcomes["Organization/a"] == "one load is one clinic: it is part of Organization/whole"


class TestWhatComesTwice:
    def test_the_same_under_two_urls_is_found_by_both(self, file: Any) -> None:
        entries = [{"fullUrl": url, "resource": ANA} for url in ("urn:uuid:1", "urn:uuid:2")]
        [found], _ = read(file("all.json", {"resourceType": "Bundle", "entry": entries}))
        assert found.urls == {"urn:uuid:1", "urn:uuid:2"}

    def test_the_same_again_counts_once(self, file: Any) -> None:
        resources, unreadable = read(file("all.json", a_bundle(ANA, ANA)))
        assert [r.origin for r in resources] == ["Patient/ana"]
        assert unreadable == []

    def test_of_two_versions_the_first_counts_and_the_second_is_named(self, file: Any, tmp_path: Path) -> None:
        file("1.json", ANA | {"gender": "female"})
        file("2.json", ANA | {"gender": "male"})
        [found], unreadable = read(tmp_path)
        assert found.body["gender"] == "female"
        why = "comes again in 2.json with other content; the first counts"
        assert unreadable == [Outcome("Patient/ana", "skipped", why)]

    def test_one_id_of_two_types_is_two_resources(self, file: Any) -> None:
        nurse = {"resourceType": "Practitioner", "id": "ana"}
        assert origins(file("all.json", a_bundle(ANA, nurse))) == ["Patient/ana", "Practitioner/ana"]


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("content", ["", "not JSON", '{"resourceType": "Patient"', b"\xff\xfe\x00", "[" * 100_000])
    def test_what_is_not_json(self, file: Any, content: Any) -> None:
        assert complaint(file("wrong.json", content)).startswith("cannot be read as JSON: ")

    @pytest.mark.parametrize("content", [[ANA], 1, None, {}, {"resourceType": 7}, {"resourceType": "\ud800"}])
    def test_what_is_no_resource(self, file: Any, content: Any) -> None:
        assert complaint(file("wrong.json", content)) == "is no FHIR resource: it has no resourceType"

    @pytest.mark.parametrize("id_", [{}, {"id": ""}, {"id": 7}, {"id": "\ud800"}, {"id": " \n"}])
    def test_a_resource_that_nobody_can_name(self, file: Any, id_: Any) -> None:
        nameless = {"resourceType": "Patient"} | id_
        assert complaint(file("wrong.json", nameless)) == "has a Patient without id or fullUrl"

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert "No such file" in complaint(tmp_path / "missing.json")

    def test_a_file_too_large_to_be_one_clinic(self, tmp_path: Path) -> None:
        path = tmp_path / "huge.json"
        with path.open("wb") as huge:
            huge.truncate(50 * 1024 * 1024 + 1)
        assert complaint(path) == "cannot be read as JSON: is larger than 50 MB"

    def test_a_wrong_file_does_not_spoil_the_others(self, file: Any, tmp_path: Path) -> None:
        file("ana.json", ANA)
        file("broken.json", "{")
        resources, unreadable = read(tmp_path)
        assert [r.origin for r in resources] == ["Patient/ana"]
        assert [o.origin for o in unreadable] == ["broken.json"]

    def test_a_wrong_line_is_named_and_the_others_taken(self, file: Any) -> None:
        lines = [json.dumps(ANA), "", '{"resourceType": "Patient"', "7", json.dumps(BOB), "\N{SNOWMAN}"]
        resources, unreadable = read(file("all.ndjson", "\n".join(lines).encode() + b"\xff"))
        assert [r.origin for r in resources] == ["Patient/ana", "Patient/bob"]
        assert [o.origin for o in unreadable] == ["all.ndjson line 3", "all.ndjson line 4", "all.ndjson line 6"]
        assert unreadable[0].why == "cannot be read as JSON: Expecting ',' delimiter: column 27 (char 26)"
        assert unreadable[1].why == "is no FHIR resource: it has no resourceType"
        assert unreadable[2].why.startswith("cannot be read as JSON: 'utf-8' codec can't decode")

    @pytest.mark.parametrize("entry", [{}, {"fullUrl": "urn:uuid:1"}, None, "Patient/bob"])
    def test_an_entry_without_a_resource_is_named_and_the_rest_taken(self, file: Any, entry: Any) -> None:
        resources, unreadable = read(file("all.json", {"resourceType": "Bundle", "entry": [{"resource": ANA}, entry]}))
        assert [r.origin for r in resources] == ["Patient/ana"]
        assert unreadable == [Outcome("all.json", "skipped", "has a Bundle entry without a resource")]

    def test_an_entry_whose_resource_is_none_is_named(self, file: Any) -> None:
        assert complaint(file("all.json", a_bundle("Patient/bob"))) == "is no FHIR resource: it has no resourceType"

    def test_an_empty_folder_holds_nothing(self, tmp_path: Path) -> None:
        assert read(tmp_path) == ([], [])

    @pytest.mark.parametrize("entry", [{}, {"entry": []}, {"entry": None}, {"entry": "none"}])
    def test_a_bundle_without_entries_holds_nothing(self, file: Any, entry: Any) -> None:
        assert origins(file("empty.json", {"resourceType": "Bundle"} | entry)) == []
