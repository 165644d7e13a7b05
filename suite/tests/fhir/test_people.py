"""Specialists with where they work, and patients with how they are reached."""

from typing import Any

import pytest

SITES = {"Location/1": {"name": "One"}, "Location/2": {"name": "Two"}}
ANA = {"Practitioner/1": {"name": [{"text": "Ana Pop"}]}}


def to(origin: str) -> dict[str, str]:
    return {"reference": origin}


def role(*, at: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"practitioner": to("Practitioner/1"), "location": [to(origin) for origin in at], **more}


def patient(planned: Any, **body: Any) -> tuple[Any, str]:
    """The request for one patient, and what is said of them."""
    known = {"name": [{"family": "Ionescu", "given": ["Ion"]}], "identifier": [{"value": "7"}]}
    it = planned({"Patient/1": known | body})
    return it.only("RegisterPatient"), it.why("Patient/1")


class TestSpecialists:
    def test_work_where_their_roles_say(self, planned: Any) -> None:
        it = planned(SITES | ANA | {"PractitionerRole/1": role(at=("Location/2",))})
        assert list(it.only("DefineSpecialist").location_ids) == [it.id_of("Location/2")]
        assert it.verdict("PractitionerRole/1") == "taken"

    def test_work_in_the_site_of_a_room(self, planned: Any) -> None:
        room = {"Location/3": {"physicalType": {"coding": [{"code": "ro"}]}, "partOf": to("Location/2")}}
        it = planned(SITES | room | ANA | {"PractitionerRole/1": role(at=("Location/3",))})
        assert list(it.only("DefineSpecialist").location_ids) == [it.id_of("Location/2")]

    @pytest.mark.parametrize("roles", [{}, {"PractitionerRole/1": role()}])
    def test_work_everywhere_if_nobody_says_where(self, planned: Any, roles: dict[str, Any]) -> None:
        it = planned(SITES | ANA | roles)
        assert set(it.only("DefineSpecialist").location_ids) == {it.id_of(site) for site in SITES}

    def test_several_roles_are_several_places(self, planned: Any) -> None:
        roles = {f"PractitionerRole/{n}": role(at=(f"Location/{n}",)) for n in (1, 2)}
        assert len(planned(SITES | ANA | roles).only("DefineSpecialist").location_ids) == 2

    @pytest.mark.parametrize(
        ("who", "said", "specialty"),
        [
            ({}, {"specialty": [{"text": "Hands"}], "code": [{"text": "Doctor"}]}, "Hands"),
            ({}, {"code": [{"coding": [{"display": "Doctor", "code": "d"}]}]}, "Doctor"),
            ({"qualification": [{"code": {"text": "Physiotherapist"}}]}, {}, "Physiotherapist"),
            ({"qualification": [{"code": {"text": "Physiotherapist"}}]}, {"specialty": [{"text": "Hands"}]}, "Hands"),
            ({}, {}, ""),
        ],
    )
    def test_have_the_specialty_of_their_role(
        self, planned: Any, who: dict[str, Any], said: dict[str, Any], specialty: str
    ) -> None:
        it = planned({"Practitioner/1": ANA["Practitioner/1"] | who, "PractitionerRole/1": role(**said)})
        assert it.only("DefineSpecialist").specialty == specialty

    def test_a_role_of_nobody_here_is_skipped(self, planned: Any) -> None:
        it = planned({"PractitionerRole/1": role(), "PractitionerRole/2": {}, "Patient/1": {}})
        assert it.why("PractitionerRole/1") == "names no practitioner that is here; Practitioner/1 is not here"
        assert it.why("PractitionerRole/2") == "names no practitioner that is here"
        assert {it.verdict("PractitionerRole/1"), it.verdict("PractitionerRole/2")} == {"skipped"}

    def test_a_role_of_a_patient_is_skipped(self, planned: Any) -> None:
        it = planned({"PractitionerRole/1": {"practitioner": to("Patient/1")}, "Patient/1": {}})
        assert it.verdict("PractitionerRole/1") == "skipped"

    def test_a_role_that_is_not_active_says_nothing(self, planned: Any) -> None:
        over = role(at=("Location/2",), active=False, specialty=[{"text": "Hands"}])
        it = planned(SITES | ANA | {"PractitionerRole/1": over})
        assert len(it.only("DefineSpecialist").location_ids) == 2
        assert (it.verdict("PractitionerRole/1"), it.why("PractitionerRole/1")) == ("skipped", "is not active")
        assert it.only("DefineSpecialist").specialty == ""

    def test_of_very_many_places_fifty_are_taken(self, planned: Any) -> None:
        it = planned({f"Location/{n}": {"name": f"{n}"} for n in range(51)} | ANA)
        assert len(it.only("DefineSpecialist").location_ids) == 50
        assert "has 51 locations; only 50 were taken" in it.why("Practitioner/1")

    def test_a_long_qualification_is_cut_and_said_to_be(self, planned: Any) -> None:
        it = planned({"Practitioner/1": ANA["Practitioner/1"] | {"qualification": [{"code": {"text": "x" * 101}}]}})
        assert it.only("DefineSpecialist").specialty == "x" * 100
        assert "qualification was cut to 100 characters" in it.why("Practitioner/1")

    def test_who_has_left_is_kept_but_not_offered(self, planned: Any) -> None:
        it = planned({"Practitioner/1": {"name": [{"text": "Ana"}], "active": False}})
        assert it.only("DefineSpecialist").inactive
        assert it.why("Practitioner/1") == "is not active: kept, but not offered"
        assert it.all("DefineService") == []

    @pytest.mark.parametrize(
        ("names", "whole"),
        [
            (
                [{"prefix": ["Dr"], "given": ["Adam", "B"], "family": "Careful", "suffix": ["MD"]}],
                "Dr Adam B Careful MD",
            ),
            ([{"text": "As written", "family": "Careful"}], "As written"),
            ([{"use": "old", "text": "Then"}, {"use": "official", "text": "Now"}], "Now"),
            ([{"use": "usual", "text": "Bill"}, {"text": "No use"}], "Bill"),
            ([{"use": "official"}, {"use": "nickname", "text": "Bill"}], "Bill"),
            ([], "Practitioner/1"),
        ],
    )
    def test_are_called_by_the_best_of_their_names(self, planned: Any, names: Any, whole: str) -> None:
        assert planned({"Practitioner/1": {"name": names}}).only("DefineSpecialist").name == whole


class TestPatients:
    def test_who_is_complete_is_taken_as_they_are(self, planned: Any) -> None:
        it, why = patient(
            planned,
            birthDate="1974-12-25",
            telecom=[{"system": "phone", "value": "+40 721 234 567"}, {"system": "email", "value": "ion@x.example"}],
            address=[{"line": ["Str. Lungă 1"], "city": "Turda", "country": "RO"}],
        )
        assert why == ""
        assert (it.given_name, it.family_name, it.mrn) == ("Ion", "Ionescu", "7")
        assert (it.email, it.phone, it.address.city) == ("ion@x.example", "+40721234567", "Turda")
        assert (it.birth_date.year, it.birth_date.month, it.birth_date.day) == (1974, 12, 25)

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ({"active": False}, "is not active"),
            ({"deceasedBoolean": True}, "is deceased"),
            ({"deceasedDateTime": "2015-02-14"}, "is deceased"),
        ],
    )
    def test_who_is_gone_is_skipped(self, planned: Any, body: dict[str, Any], why: str) -> None:
        it = planned({"Patient/1": body})
        assert (it.verdict("Patient/1"), it.why("Patient/1")) == ("skipped", why)
        assert it.all("RegisterPatient") == []

    def test_who_is_said_to_live_is_taken(self, planned: Any) -> None:
        assert patient(planned, deceasedBoolean=False, active=True)[1] == ""

    @pytest.mark.parametrize(
        ("name", "given", "family"),
        [
            ({"text": "Ana Maria Pop"}, "Ana Maria", "Pop"),
            ({"family": "Pop", "given": ["Ana", "Maria"]}, "Ana Maria", "Pop"),
            ({"given": ["Cher"]}, "", "Cher"),
            ({}, "", "Unknown"),
        ],
    )
    def test_have_a_given_and_a_family_name(self, planned: Any, name: Any, given: str, family: str) -> None:
        it, why = patient(planned, name=[name])
        assert (it.given_name, it.family_name) == (given, family)
        assert ("has no family name; it is Unknown" in why) == (family == "Unknown")

    @pytest.mark.parametrize(
        ("born", "why"),
        [
            ("1974-12", "birthDate 1974-12 is no full date that has been; it was left out"),
            ("2030-06-04", "birthDate 2030-06-04 is no full date that has been; it was left out"),
            ("1849-12-31", "birthDate 1849-12-31 is no full date that has been; it was left out"),
            ("1974-02-30", "birthDate 1974-02-30 is no full date that has been; it was left out"),
        ],
    )
    def test_a_birth_date_that_cannot_be_is_left_out(self, planned: Any, born: str, why: str) -> None:
        it, said = patient(planned, birthDate=born)
        assert not it.HasField("birth_date")
        assert said == why

    @pytest.mark.parametrize("born", ["1850-01-01", "2030-06-03"])
    def test_the_oldest_and_the_newborn_have_theirs(self, planned: Any, born: str) -> None:
        assert patient(planned, birthDate=born)[0].HasField("birth_date")

    def test_an_email_address_that_is_none_is_left_out(self, planned: Any) -> None:
        wrong, right = {"system": "email", "value": "second wing"}, {"system": "email", "value": "ion@x.example"}
        it, why = patient(planned, telecom=[wrong, right])
        assert it.email == "ion@x.example"
        assert why == "telecom 'second wing' is no e-mail address; it was left out"

    @pytest.mark.parametrize("number", ["2328", "silent", "(555) silent", "0721 234 567"])
    def test_a_telephone_that_leads_nowhere_is_left_out(self, planned: Any, number: str) -> None:
        it, why = patient(planned, telecom=[{"system": "phone", "value": number}])
        assert it.phone == ""
        assert why == f"telephone {number!r} cannot be dialled from elsewhere; it was left out"

    def test_a_telephone_is_read_as_in_the_country_of_the_address(self, planned: Any) -> None:
        number = [{"system": "fax", "value": "+40 1"}, {"system": "sms", "value": "0721 234 567"}]
        assert patient(planned, telecom=number, address=[{"country": "Romania"}])[0].phone == "+40721234567"
        number = [{"system": "phone", "value": "(03) 5555 6473"}]
        assert patient(planned, telecom=number, address=[{"state": "Vic"}])[0].phone == "+61355556473"


class TestRecordNumbers:
    def test_the_medical_record_number_comes_before_others(self, planned: Any) -> None:
        insurance, record = {"value": "B"}, {"value": "A", "type": {"coding": [{"code": "MR"}]}}
        assert patient(planned, identifier=[insurance, record])[0].mrn == "A"

    @pytest.mark.parametrize("identifier", [[], [{"system": "urn:x"}], [{"value": ""}]])
    def test_without_one_it_is_drawn(self, planned: Any, identifier: Any) -> None:
        it, why = patient(planned, identifier=identifier)
        assert (it.mrn, why) == ("", "has no identifier; a record number is drawn")

    def test_one_too_long_is_replaced(self, planned: Any) -> None:
        it, why = patient(planned, identifier=[{"value": "9" * 65}])
        assert it.mrn == ""
        assert "is longer than 64 characters; a record number is drawn" in why

    def test_of_two_with_one_number_the_first_keeps_it(self, planned: Any) -> None:
        it = planned({f"Patient/{n}": {"identifier": [{"value": "7"}]} for n in (1, 2)})
        assert [x.mrn for x in it.all("RegisterPatient")] == ["7", ""]
        assert "identifier 7 belongs to another patient; a record number is drawn" in it.why("Patient/2")
