"""Finding patients by name, phone and number, page by page."""

from typing import Any

import pytest
from ambulo.people.v1 import patients_pb2 as pb
from chassis.errors import Denied, Invalid, NotFound
from chassis.ids import new_id
from chassis.testing import Running
from people.service import service

PATIENTS = [
    ("Ștefan", "Țurcanu", "+40721000111"),
    ("Ana Maria", "Pop", "+40721000222"),
    ("Ana", "Popescu", "+40722000333"),
    ("Jürgen", "Groß", "+4915112345678"),
]


@pytest.fixture
async def people(start: Any) -> Running:
    running: Running = await start(service)
    for given, family, phone in PATIENTS:
        await running.ask(
            "RegisterPatient", pb.RegisterPatientRequest(given_name=given, family_name=family, phone=phone)
        )
    return running


async def found(people: Running, query: str) -> list[str]:
    answer = await people.ask("SearchPatients", pb.SearchPatientsRequest(query=query))
    assert not answer.next_cursor
    return [p.family_name for p in answer.patients]


class TestSearchPatients:
    async def test_without_a_query_all_come_by_name(self, people: Running) -> None:
        everybody = await found(people, "")
        assert sorted(everybody) == sorted(family for _, family, _ in PATIENTS)
        assert everybody.index("Pop") < everybody.index("Popescu")
        assert await found(people, "   ") == everybody

    @pytest.mark.parametrize("query", ["stefan", "TURCANU", "Ștef țur", "turcanu stefan", "Ţurc", "  stefan  turc "])
    async def test_accents_case_and_order_do_not_matter(self, people: Running, query: str) -> None:
        assert await found(people, query) == ["Țurcanu"]

    @pytest.mark.parametrize("query", ["GROSS", "groß", "jurgen"])
    async def test_letters_that_are_written_in_two_ways_are_the_same(self, people: Running, query: str) -> None:
        assert await found(people, query) == ["Groß"]

    async def test_every_word_must_begin_a_part_of_the_name(self, people: Running) -> None:
        assert await found(people, "ana pop") == ["Pop", "Popescu"]
        assert await found(people, "maria pop") == ["Pop"]
        assert await found(people, "aria pop") == []
        assert await found(people, "ana groß") == []

    async def test_the_names_of_an_agenda_come_in_one_answer(self, people: Running) -> None:
        ids = {
            it.family_name: it.id for it in (await people.ask("SearchPatients", pb.SearchPatientsRequest())).patients
        }
        elsewhere = await Running(people.process).ask(
            "RegisterPatient", pb.RegisterPatientRequest(given_name="Ana", family_name="Pop")
        )
        only = pb.SearchPatientsRequest(patient_ids=[ids["Pop"], ids["Groß"], elsewhere.id, str(new_id())])
        assert [it.family_name for it in (await people.ask("SearchPatients", only)).patients] == ["Groß", "Pop"]
        everybody = [str(new_id()) for _ in range(49)] + list(ids.values())
        assert len((await people.ask("SearchPatients", pb.SearchPatientsRequest(patient_ids=everybody))).patients) == 4
        only.query = "gross"
        assert [it.family_name for it in (await people.ask("SearchPatients", only)).patients] == ["Groß"]

    @pytest.mark.parametrize("query", ["%", "_na", "a%p", "\\", "' OR true --"])
    async def test_signs_of_sql_are_only_signs(self, people: Running, query: str) -> None:
        assert await found(people, query) == []

    @pytest.mark.parametrize("query", ["+40721000222", "0721 000 222", "0040721000222", "1000222", "(0721) 000-222"])
    async def test_a_phone_number_finds_whose_it_is(self, people: Running, query: str) -> None:
        assert await found(people, query) == ["Pop"]

    async def test_three_digits_are_too_few_to_find_anybody(self, people: Running) -> None:
        assert await found(people, "222") == []
        assert await found(people, "(022)") == []

    @pytest.mark.parametrize("query", ["000222", "0222", "0072"])
    async def test_the_last_digits_find_it_whatever_they_begin_with(self, start: Any, query: str) -> None:
        people = await start(service)
        number = "+40721000222" if query != "0072" else "+40720072333"
        await people.ask("RegisterPatient", pb.RegisterPatientRequest(family_name="Nou", phone=number))
        assert await found(people, query) == ["Nou"]

    @pytest.mark.parametrize("query", ["Ionescu 0721", "P001234", "\u0301"])
    async def test_what_is_no_number_finds_no_phone(self, start: Any, query: str) -> None:
        people = await start(service)
        await people.ask("RegisterPatient", pb.RegisterPatientRequest(family_name="Pop", phone="+40721001234"))
        assert await found(people, query) == []

    @pytest.mark.parametrize(
        ("name", "query"),
        [("Łukasz", "lukasz"), ("Đorđević", "dordevic"), ("Sørensen", "SORENSEN"), ("Yılmaz", "yilmaz")],
    )
    async def test_letters_with_strokes_are_found_without_them(self, start: Any, name: str, query: str) -> None:
        people = await start(service)
        await people.ask("RegisterPatient", pb.RegisterPatientRequest(family_name=name))
        assert await found(people, query) == [name]

    async def test_long_names_of_any_script_come_in_pages(self, start: Any) -> None:
        people = await start(service)
        for last in "ab":
            request = pb.RegisterPatientRequest(family_name="Щ" * 99 + last, given_name="Щ" * 100)
            await people.ask("RegisterPatient", request)
        page = await people.ask("SearchPatients", pb.SearchPatientsRequest(limit=1))
        again = pb.SearchPatientsRequest(limit=1, cursor=page.next_cursor)
        assert (await people.ask("SearchPatients", again)).patients[0].family_name[-1] == "b"

    async def test_a_record_number_finds_its_patient(self, people: Running) -> None:
        assert await found(people, "P000003") == ["Popescu"]

    async def test_a_new_name_is_found_and_the_old_one_is_not(self, people: Running) -> None:
        [pop] = (await people.ask("SearchPatients", pb.SearchPatientsRequest(query="maria"))).patients
        changed = pb.RegisterPatientRequest(patient_id=pop.id, given_name="Ana Maria", family_name="Zidaru")
        await people.ask("RegisterPatient", changed)
        assert await found(people, "maria zid") == ["Zidaru"]
        assert await found(people, "maria pop") == []

    @pytest.mark.parametrize("query", ["", "ana"])
    async def test_pages_go_on_where_the_last_ended(self, people: Running, query: str) -> None:
        for _ in range(3):
            await people.ask("RegisterPatient", pb.RegisterPatientRequest(given_name="Ana", family_name="Pop"))
        whole = await people.ask("SearchPatients", pb.SearchPatientsRequest(query=query))
        seen, cursor = [], ""
        for _ in range(9):
            page = await people.ask("SearchPatients", pb.SearchPatientsRequest(query=query, limit=2, cursor=cursor))
            assert 1 <= len(page.patients) <= 2
            seen += [p.id for p in page.patients]
            cursor = page.next_cursor
            if not cursor:
                break
        assert seen == [p.id for p in whole.patients]
        assert len(set(seen)) == {"": 7, "ana": 5}[query]

    @pytest.mark.parametrize("cursor", ["bm90LW91cnM", "W10", "WyJhIiwiYiIsImMiXQ", "é", "!", "bnVsbA"])
    async def test_a_cursor_that_is_not_ours_is_named(self, people: Running, cursor: str) -> None:
        with pytest.raises(Invalid) as wrong:
            await people.ask("SearchPatients", pb.SearchPatientsRequest(cursor=cursor))
        assert [f.field for f in wrong.value.fields] == ["cursor"]

    async def test_more_than_two_hundred_at_once_are_too_many(self, people: Running) -> None:
        with pytest.raises(Invalid) as wrong:
            await people.ask("SearchPatients", pb.SearchPatientsRequest(limit=201))
        assert [f.field for f in wrong.value.fields] == ["limit"]

    async def test_another_clinic_finds_nobody_and_its_staff_cannot_ask_here(self, people: Running) -> None:
        other = Running(people.process)
        assert await found(other, "") == []
        assert await found(other, "ana") == []
        with pytest.raises(NotFound):
            await other.ask("SearchPatients", pb.SearchPatientsRequest(clinic_id=str(people.clinic_id)))

    async def test_patients_do_not_search(self, people: Running) -> None:
        with pytest.raises(Denied):
            await people.ask("SearchPatients", pb.SearchPatientsRequest(), role="patient")
