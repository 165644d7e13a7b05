"""Programs use the Python client: its README's example as it stands, lists in pages, and many at once."""

import asyncio
import re
from pathlib import Path

import pytest
from ambulo_client import Ambulo, AsyncAmbulo, Problem, models, pages
from journeys import Clinic

README = Path(__file__).parents[1] / "libs" / "client" / "README.md"


def a_key(clinic: Clinic, *permissions: str) -> str:
    api = clinic.admin.api
    account = api.create_service_account(clinic.id, name="Kiosk", permissions=permissions)
    return api.issue_api_key(clinic.id, account.id).secret


@pytest.mark.covers("G07", "I10")
def test_the_example_of_the_readme_books(clinic: Clinic, capsys: pytest.CaptureFixture[str]) -> None:
    example = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert example
    assert len([line for line in example[1].splitlines() if line]) == 10
    given = {
        "url": clinic.machine.url,
        "key": a_key(clinic, "availability.read", "appointments.book"),
        "clinic_id": clinic.id,
        "service_id": clinic.service_id,
        "patient_id": clinic.patient_id,
    }
    exec(example[1], dict(given))
    (booked,) = clinic.admin.api.list_appointments(clinic.id).appointments
    assert capsys.readouterr().out == f"See you at {booked.start}\n"

    exec(example[1], given | {"patient_id": "Ioana"})
    told = capsys.readouterr().out
    assert told.startswith("Not booked: INVALID")
    assert "{'/patientId': [" in told


@pytest.mark.covers("G07")
async def test_of_many_who_want_one_time_one_has_it_and_the_others_know_why(clinic: Clinic) -> None:
    key = a_key(clinic, "availability.read", "appointments.book")
    async with AsyncAmbulo(clinic.machine.url, api_key=key) as ambulo:
        slot = (await ambulo.find_first_available(clinic.id, service_id=clinic.service_id)).slots[0]
        assert slot.provider
        provider = slot.provider.id

        async def book() -> models.AppointmentResponse | Problem:
            try:
                return await ambulo.book_appointment(
                    clinic.id,
                    patient_id=clinic.patient_id,
                    service_id=clinic.service_id,
                    provider_id=provider,
                    start=slot.start,
                )
            except Problem as problem:
                return problem

        answers = await asyncio.gather(*(book() for _ in range(5)))
    refused = [answer for answer in answers if isinstance(answer, Problem)]
    assert [(each.status, each.reason) for each in refused] == [(409, "SLOT_TAKEN")] * 4
    assert all(each.request_id and each.detail for each in refused)


@pytest.mark.covers("G07", "B03")
def test_a_call_that_is_repeated_by_its_key_books_once(clinic: Clinic) -> None:
    api, slot = clinic.admin.api, clinic.slots()[0]

    def book() -> models.AppointmentResponse:
        return api.book_appointment(
            clinic.id,
            patient_id=clinic.patient_id,
            service_id=clinic.service_id,
            provider_id=slot["provider"]["id"],
            start=slot["start"],
            idempotency_key="from-the-queue-17",
        )

    assert book() == book()


@pytest.mark.covers("G07")
def test_a_list_is_read_page_by_page(clinic: Clinic) -> None:
    names = [f"Page{n}" for n in range(5)]
    for name in names:
        clinic.admin.api.register_patient(clinic.id, family_name=name)
    read = list(pages(clinic.admin.api.search_patients, clinic.id, query="Page", limit=2))
    assert [len(page.patients) for page in read] == [2, 2, 1]
    assert sorted(each.family_name for page in read for each in page.patients) == names


@pytest.mark.covers("G07", "I06")
def test_without_credentials_only_what_is_public_can_be_asked(clinic: Clinic) -> None:
    with Ambulo(clinic.machine.url) as nobody:
        assert nobody.get_public_clinic(clinic.id).name
        with pytest.raises(Problem) as raised:
            nobody.list_appointments(clinic.id)
    assert (raised.value.status, raised.value.reason) == (401, "UNAUTHENTICATED")
