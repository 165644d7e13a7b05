"""The demo clinics: three FHIR bundles of our own making, and four weeks of appointments booked the real way."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ambulo.booking.v1 import appointments_pb2
from ambulo.catalog.v1 import locations_pb2, services_pb2
from ambulo.people.v1 import patients_pb2
from ambulo.scheduling.v1 import availability_pb2
from chassis import clock
from chassis.errors import Conflict, Refused

from suite.demo.bundles import DEMO, DemoClinic, bundle
from suite.load import load as load_bundle
from suite.operator import Operator

_DAYS = 28
_A_DAY_PER_SERVICE = 6
_AT_ONCE = 12

Say = Callable[[str], None]


async def load(environment: Mapping[str, str], state: Path, say: Say, *, again: bool = False) -> None:
    """Each clinic once; `again` goes through the bundles anyway, which changes nothing."""
    folder = state / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    async with Operator(environment) as operator:
        for clinic in DEMO:
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
            await operator.invite_admin(loaded.clinic_id, f"admin@{clinic.slug}.example")
            booked = 0 if done.exists() else await _fill(clinic, loaded.clinic_id, operator)
            done.touch()
            what = f"{len(loaded.outcomes)} resources, {booked} appointments"
            say(f"{clinic.name} ({clinic.zone}): {what}; its admin is admin@{clinic.slug}.example")


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
