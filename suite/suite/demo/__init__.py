"""The demo clinics: three FHIR bundles of our own making, and four weeks of appointments booked the real way."""

import asyncio
import json
import random
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import appointments_pb2
from ambulo.catalog.v1 import locations_pb2, services_pb2
from ambulo.identity.v1 import clinics_pb2, memberships_pb2
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from chassis import clock
from chassis.errors import Conflict, Refused

from suite.demo.bundles import DEMO, DemoClinic, bundle, record_number
from suite.load import load as load_bundle
from suite.operator import Operator

_DAYS = 28
_A_DAY_PER_SERVICE = 6
_AT_ONCE = 12
_LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="16" fill="{color}"/>
<path d="M8 46c10-14 18 6 26-8s14-2 22-14" fill="none" stroke="#fff" stroke-opacity=".45" stroke-width="5"/>
<text x="32" y="43" font-family="sans-serif" font-size="34" font-weight="700" text-anchor="middle" fill="#fff">{letter}
</text></svg>"""

Say = Callable[[str], None]


async def load(
    environment: Mapping[str, str], state: Path, say: Say, *, again: bool = False, only: Sequence[DemoClinic] = DEMO
) -> None:
    """Each clinic once; `again` goes through the bundles anyway, which changes nothing."""
    folder = state / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    async with Operator(environment) as operator:
        for clinic in only:
            done = folder / f"{clinic.slug}.done"
            if done.exists() and not again:
                continue
            file = folder / f"{clinic.slug}.json"
            if not file.exists():
                today = clock.now().astimezone(ZoneInfo(clinic.zone)).date()
                file.write_text(json.dumps(bundle(clinic, today), ensure_ascii=False))
            loaded = await load_bundle(file, operator)
            if loaded.failures:
                raise RuntimeError("\n".join(loaded.table()))
            await _let_in(clinic, loaded.clinic_id, operator)
            await _dress(clinic, loaded.clinic_id, operator)
            booked = 0 if done.exists() else await _fill(clinic, loaded.clinic_id, operator)
            done.touch()
            what = f"{len(loaded.outcomes)} resources, {booked} appointments"
            say(
                f"{clinic.name} ({clinic.zone}): {what}; sign in as admin@, desk@ or patient1@{clinic.slug}.example, or"
                f" book without an account at {environment['WEB_URL']}/c/{loaded.clinic_id}"
            )


async def _let_in(clinic: DemoClinic, clinic_id: UUID, operator: Operator) -> None:
    """One of each: who runs it, who receives people, and who comes."""
    await operator.invite(clinic_id, f"admin@{clinic.slug}.example", memberships_pb2.ROLE_ADMIN)
    await operator.invite(clinic_id, f"desk@{clinic.slug}.example", memberships_pb2.ROLE_FRONT_DESK)
    sought = patients_pb2.SearchPatientsRequest(clinic_id=str(clinic_id), query=record_number(clinic, 1))
    found = await operator.call("people.v1.PatientService", "SearchPatients", sought, clinic_id)
    for patient in found.patients:
        invited = patients_pb2.InvitePatientRequest(clinic_id=str(clinic_id), patient_id=patient.id)
        await operator.call("people.v1.PatientService", "InvitePatient", invited, clinic_id)


async def _dress(clinic: DemoClinic, clinic_id: UUID, operator: Operator) -> None:
    """Its colour, and its first letter as a logo."""
    logo = b64encode(_LOGO.format(color=clinic.color, letter=clinic.name[0]).encode()).decode()
    look = clinics_pb2.SetLookRequest(
        clinic_id=str(clinic_id), color=clinic.color, logo=f"data:image/svg+xml;base64,{logo}",
        languages=clinic.languages,
    )  # fmt: skip
    await operator.call("identity.v1.ClinicService", "SetLook", look, clinic_id)


async def _fill(clinic: DemoClinic, clinic_id: UUID, operator: Operator) -> int:
    """Four weeks of appointments: free times are listed, some are taken, as people would."""
    chance = random.Random(clinic.seed)  # noqa: S311  # a believable week, not a secret
    locations = await _all(operator, clinic_id, locations_pb2.ListLocationsRequest, "catalog", "Location", "locations")
    services = await _all(operator, clinic_id, services_pb2.ListServicesRequest, "catalog", "Service", "services")
    people: Any = await operator.call(
        "people.v1.PatientService",
        "SearchPatients",
        patients_pb2.SearchPatientsRequest(clinic_id=str(clinic_id), limit=200),
        clinic_id,
    )
    today = (
        clock.now().astimezone(ZoneInfo(clinic.zone)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    )
    turn = asyncio.Semaphore(_AT_ONCE)
    wanted = []
    for day in range(1, _DAYS + 1):
        for location in locations:
            for service in chance.sample(services, min(2, len(services))):
                start = today + timedelta(days=day)
                request = availability_pb2.ListAvailabilityRequest(
                    clinic_id=str(clinic_id),
                    service_id=service.id,
                    location_id=location.id,
                    start=start.isoformat(timespec="minutes"),
                    end=(start + timedelta(days=1)).isoformat(timespec="minutes"),
                    limit=1000,
                )
                wanted.append((service.id, location.id, request, chance.random()))

    async def book(service_id: str, location_id: str, request: Any, seed: float) -> int:
        async with turn:
            try:
                free: Any = await operator.call(
                    "scheduling.v1.AvailabilityService", "ListAvailability", request, clinic_id
                )
            except Refused:
                return 0
            own = random.Random(seed)  # noqa: S311
            taken = 0
            for slot in own.sample(list(free.slots), min(_A_DAY_PER_SERVICE, len(free.slots))):
                booking = appointments_pb2.BookAppointmentRequest(
                    clinic_id=str(clinic_id),
                    patient_id=own.choice(people.patients).id,
                    service_id=service_id,
                    specialist_id=slot.specialist.id,
                    location_id=location_id,
                    starts_at=slot.starts_at,
                )
                try:
                    await operator.call("booking.v1.AppointmentService", "BookAppointment", booking, clinic_id)
                    taken += 1
                except Conflict:
                    continue
            return taken

    return sum(await asyncio.gather(*(book(*each) for each in wanted)))


async def _all(
    operator: Operator, clinic_id: UUID, request: type[Any], context: str, noun: str, field: str
) -> list[Any]:
    answer: Any = await operator.call(
        f"{context}.v1.{noun}Service", f"List{noun}s", request(clinic_id=str(clinic_id), limit=200), clinic_id
    )
    return [each for each in getattr(answer, field) if not each.inactive]
