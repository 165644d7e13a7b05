"""Every business failure of identity."""

from chassis.errors import Conflict, Denied, Exhausted, Invalid, NotFound, Stale, Unauthenticated


class SlugTaken(Conflict):
    title = "This short name is taken"


class UnknownTimeZone(Invalid):
    title = "There is no such time zone"


class TooManyLinks(Exhausted):
    title = "Too many sign-in links were asked for"


class LinkSpent(Unauthenticated):
    title = "This sign-in link was used or has expired"


class SessionEnded(Unauthenticated):
    title = "The session has ended; sign in again"


class NotAMember(NotFound):
    title = "You do not act for this clinic"


class UnknownPermission(Invalid):
    title = "There is no such permission, or it is not yours to give"


class RoleNotYours(Denied):
    title = "This role may do more than you may"


class NameTaken(Conflict):
    title = "This name is taken"


class KeyUnknown(Unauthenticated):
    title = "This API key is not known, revoked or expired"


class EmailInUse(Conflict):
    title = "Somebody else of the clinic signs in with this e-mail address"


class ChangedMeanwhile(Stale):
    title = "It has changed since you read it"
