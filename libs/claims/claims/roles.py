"""The permission catalogue, and what each role may do."""

PERMISSIONS: dict[str, str] = {
    "appointments.book": "Book, move and cancel appointments",
    "appointments.manage": "Accept, check in, start and end appointments, and block time",
    "appointments.overbook": "Book a specialist who is taken, where the service permits it",
    "appointments.read": "See appointments",
    "availability.explain": "See why a time is not free",
    "availability.read": "See free times",
    "catalog.read": "See services, specialists, locations and rooms",
    "catalog.write": "Change services, specialists, locations and rooms",
    "clinic.read": "See the clinic's profile",
    "clinic.write": "Change how the clinic looks",
    "clinics.define": "Create clinics and change their profile",
    "hours.read": "See working hours and time off",
    "hours.write": "Change working hours and time off",
    "members.manage": "Invite members and change their roles",
    "members.read": "See the clinic's members",
    "patients.read": "See patients",
    "patients.write": "Register and change patients",
    "service_accounts.manage": "Create service accounts and their API keys",
    "time_off.request": "Ask for time off, and withdraw it",
}

_PATIENT = {"appointments.book", "appointments.read", "availability.read", "catalog.read", "clinic.read"}
_SPECIALIST = (
    _PATIENT
    | {"hours.read", "hours.write", "members.read", "patients.read", "patients.write"}
    | {"appointments.manage", "appointments.overbook", "availability.explain", "time_off.request"}
)
_FRONT_DESK = _SPECIALIST
_ADMIN = set(PERMISSIONS) - {"clinics.define"}

ROLES: dict[str, frozenset[str]] = {
    "admin": frozenset(_ADMIN),
    "front_desk": frozenset(_FRONT_DESK),
    "specialist": frozenset(_SPECIALIST),
    "patient": frozenset(_PATIENT),
    "system": frozenset(PERMISSIONS),
}


def permissions_of(role: str) -> frozenset[str]:
    """What a role may do; nothing for a role that does not exist."""
    return ROLES.get(role, frozenset())
