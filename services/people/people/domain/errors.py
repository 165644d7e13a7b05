"""Every business failure of people."""

from chassis.errors import Conflict, Invalid, Refused, Stale


class MrnTaken(Conflict):
    title = "This medical record number is taken"


class PhoneNotValid(Invalid):
    title = "This is no telephone number"


class BirthDateInFuture(Invalid):
    title = "The date of birth is in the future"


class PatientChanged(Stale):
    title = "The patient has changed since you read it"


class NoEmail(Refused):
    title = "The patient has no e-mail address"
