"""Every business failure of the catalog."""

from chassis.errors import Conflict, Invalid, Refused, Stale


class NameTaken(Conflict):
    title = "This name is taken"


class UnknownTimeZone(Invalid):
    title = "There is no such time zone"


class NoSuchDay(Invalid):
    title = "There is no such day"


class EndsBeforeStart(Invalid):
    title = "It ends before it starts"


class UnknownLocation(Refused):
    title = "There is no such location in this clinic"


class UnknownSpecialist(Refused):
    title = "There is no such specialist in this clinic"


class UnknownService(Refused):
    title = "There is no such service in this clinic"


class UnknownRoom(Refused):
    title = "There is no such room in this clinic"


class ChangedMeanwhile(Stale):
    title = "It has changed since you read it"
