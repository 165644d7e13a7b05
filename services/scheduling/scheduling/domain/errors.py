"""Every business failure of scheduling."""

from chassis.errors import Conflict, Invalid, Refused, Stale


class UnknownService(Refused):
    title = "There is no such service in this clinic"


class UnknownLocation(Refused):
    title = "There is no such location in this clinic"


class UnknownSpecialist(Refused):
    title = "There is no such specialist in this clinic"


class UnknownRoom(Refused):
    title = "There is no such room at this location"


class LocalTimeSkipped(Invalid):
    title = "A clock change skips this local time"


class NotOffered(Refused):
    title = "This start is not offered"


class NotFree(Conflict):
    title = "This time is not free"


class HoursOverlap(Invalid):
    title = "Some of these hours overlap"


class EndsBeforeStart(Invalid):
    title = "It ends before it starts"


class TooLong(Invalid):
    title = "It is too long"


class ChangedMeanwhile(Stale):
    title = "It has changed since you read it"
