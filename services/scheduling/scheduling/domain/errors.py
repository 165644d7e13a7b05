"""Every business failure of scheduling."""

from chassis.errors import Conflict, Denied, Invalid, Refused, Stale


class UnknownService(Refused):
    title = "There is no such service in this clinic"


class UnknownLocation(Refused):
    title = "There is no such location in this clinic"


class UnknownSpecialist(Refused):
    title = "There is no such specialist in this clinic"


class UnknownRoom(Refused):
    title = "There is no such room at this location"


class UnknownEquipment(Refused):
    title = "There is no such equipment in this clinic"


class UnknownCalendar(Refused):
    title = "There is no such calendar in this clinic"


class AnothersId(Conflict):
    title = "This id belongs to something of somebody else"


class NameTaken(Conflict):
    title = "This name is taken"


class UnknownCountry(Invalid):
    title = "The holidays of this country or part of it are not known"


class LocalTimeSkipped(Invalid):
    title = "A clock change skips this local time"


class NotOffered(Refused):
    title = "This start is not offered"


class NotFree(Conflict):
    title = "This time is not free"


class HoursOverlap(Invalid):
    title = "Some of these hours overlap"


class BreakOutsideHours(Invalid):
    title = "A break lies outside of the hours"


class RecurrenceNotSupported(Invalid):
    title = "This recurrence rule is not supported"


class NoSuchDay(Invalid):
    title = "There is no such day"


class EndsBeforeStart(Invalid):
    title = "It ends before it starts"


class TooLong(Invalid):
    title = "It is too long"


class MoreThanThereAre(Refused):
    title = "There are not so many units"


class NotYoursToDecide(Denied):
    title = "This time off is not yours to decide"


class DecidedAlready(Conflict):
    title = "This time off has been decided already"


class ChangedMeanwhile(Stale):
    title = "It has changed since you read it"


class DisplacesMore(Refused):
    title = "The change displaces appointments that nothing was said about"
