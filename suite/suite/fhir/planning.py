"""What the parts of planning share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from google.protobuf.message import Message

from suite.fhir.reading import Resource
from suite.fhir.references import References
from suite.fhir.report import Report, Step
from suite.fhir.values import references


@dataclass(frozen=True, slots=True)
class Role:
    """A PractitionerRole, with the origins of what it names."""

    resource: Resource
    practitioner: str
    places: set[str]
    services: list[str]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service takes, in minutes."""

    duration: int
    before: int
    after: int


@dataclass
class Planning:
    """What the parts of planning share."""

    resources: dict[str, Resource]
    index: References
    clinic_id: UUID
    zone: str
    now: datetime
    report: Report
    steps: list[Step] = field(default_factory=list)
    rooms: dict[str, str] = field(default_factory=dict)
    """Location origin of a room -> its location's origin."""
    with_rooms: set[str] = field(default_factory=set)
    """Origins of locations that have a room that is in use."""
    locations: dict[str, str] = field(default_factory=dict)
    """Location origin -> time zone."""
    roles: dict[str, Role] = field(default_factory=dict)
    """PractitionerRole origin -> what it says; only those that are active."""
    specialists: dict[str, set[str]] = field(default_factory=dict)
    """Practitioner origin -> location origins."""
    services: dict[str, Terms] = field(default_factory=dict)
    """HealthcareService origin -> what it takes."""
    patients: set[str] = field(default_factory=set)

    def of_type(self, type_: str) -> list[Resource]:
        return [r for r in self.resources.values() if r.type == type_]

    def id_of(self, origin: str) -> str:
        return str(uuid5(self.clinic_id, origin))

    def add(self, request: Message, *origins: str) -> None:
        self.steps.append(Step(origins, request))

    def find(self, reference: str, holder: str, *types: str) -> str:
        """Origin of what a reference points to, or empty with a remark on whoever holds it."""
        found = self.index.find(reference)
        if found is not None:
            return found.origin if not types or found.type in types else ""
        if reference.startswith("#"):
            self.report.remark(holder, f"{reference} is contained and was not taken")
        else:
            self.report.remark(holder, f"{reference} is not here")
        return ""

    def found(self, resource: Resource, field_name: str, *types: str) -> list[str]:
        found = [self.find(r, resource.origin, *types) for r in references(resource.body, field_name)]
        return list(dict.fromkeys(o for o in found if o))

    def places_of(self, resource: Resource) -> set[str]:
        """Locations; a room's is its site."""
        return {self.rooms.get(o, o) for o in self.found(resource, "location", "Location")} & set(self.locations)

    def practitioner_of(self, origin: str) -> str:
        """Of a role that counts, whose it is; of anything else, itself."""
        return self.roles[origin].practitioner if origin in self.roles else origin

    def givers(self, service: str) -> set[str]:
        """Specialists with a role in a service."""
        return {r.practitioner for r in self.roles.values() if service in r.services} & set(self.specialists)

    def only(self, found: Sequence[str], origin: str, what: str) -> str:
        """The first, where there can be one."""
        if len(found) > 1:
            self.report.remark(origin, f"has {len(found)} {what}s; only {found[0]} was taken")
        return found[0] if found else ""

    def some(self, found: list[str], limit: int, origin: str, what: str) -> list[str]:
        if len(found) > limit:
            self.report.remark(origin, f"has {len(found)} {what}; only {limit} were taken")
        return found[:limit]

    def cut(self, value: str, limit: int, origin: str, what: str) -> str:
        if len(value) > limit:
            self.report.remark(origin, f"{what} was cut to {limit} characters")
        return value[:limit]
