"""Every business failure of booking."""

from chassis.errors import Conflict, Denied, Invalid, NotFound, Refused, Stale


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


class NotYourFeed(Denied):
    title = "You may have a calendar feed of your own appointments only"


class FeedGone(NotFound):
    title = "This calendar feed does not exist, or not any more"
