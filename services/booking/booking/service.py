"""The table of contents: what booking serves and does by the clock, and whom it needs."""

from datetime import timedelta

from chassis import Chassis, Service

from booking.usecases.appointments import AppointmentService, People, Scheduling
from booking.usecases.claims import ClaimService
from booking.usecases.reactions import Timers


def build(chassis: Chassis) -> None:
    people = chassis.peer(People, "ambulo.people.v1.PatientService")  # type: ignore[type-abstract]
    scheduling = chassis.peer(Scheduling, "ambulo.scheduling.v1.AvailabilityService")  # type: ignore[type-abstract]

    chassis.serves("ambulo.booking.v1.AppointmentService", AppointmentService(people, scheduling))
    chassis.serves("ambulo.booking.v1.ClaimService", ClaimService())

    chassis.every(timedelta(minutes=10), Timers().remove_past_claims)


service = Service("booking", build)
