"""Every business failure of the catalog."""

from chassis.errors import Conflict, Invalid, Refused, Stale


class NameTaken(Conflict):
    title = "This name is taken"


class UnknownTimeZone(Invalid):
    title = "There is no such time zone"


class UnknownLocation(Refused):
    title = "There is no such location in this clinic"


class UnknownSpecialist(Refused):
    title = "There is no such specialist in this clinic"


class ChangedMeanwhile(Stale):
    title = "It has changed since you read it"
