"""Every business failure of booking."""

from chassis.errors import Conflict, Invalid, Refused, Stale


class SlotTaken(Conflict):
    title = "Somebody else holds this time"


class InThePast(Refused):
    title = "This time is past"


class WrongEnd(Invalid):
    title = "The end does not fit the service"


class UnknownPatient(Refused):
    title = "There is no such patient in this clinic"


class AnotherAppointment(Conflict):
    title = "This id belongs to another appointment"


class AppointmentChanged(Stale):
    title = "The appointment has changed since you read it"


class AppointmentOver(Conflict):
    title = "The appointment is over"


class NothingToChange(Conflict):
    title = "The appointment is already so"
