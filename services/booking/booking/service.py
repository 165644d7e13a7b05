"""The table of contents: what booking serves, and whom it needs."""

from chassis import Chassis, Service

from booking.usecases.appointments import AppointmentService, People, Scheduling


def build(chassis: Chassis) -> None:
    people = chassis.peer(People, "ambulo.people.v1.PatientService")  # type: ignore[type-abstract]
    scheduling = chassis.peer(Scheduling, "ambulo.scheduling.v1.AvailabilityService")  # type: ignore[type-abstract]

    chassis.serves("ambulo.booking.v1.AppointmentService", AppointmentService(people, scheduling))


service = Service("booking", build)
