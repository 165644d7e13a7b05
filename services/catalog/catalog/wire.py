"""Rows to protobuf, and back where it is stored as JSON."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from ambulo.catalog.v1 import equipment_pb2, locations_pb2, rooms_pb2, services_pb2, specialists_pb2
from ambulo.types.v1 import types_pb2
from chassis.errors import Invalid
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.type import date_pb2, timeofday_pb2

from catalog.domain.day import day_of, minute_of
from catalog.domain.errors import NoSuchDay

M = TypeVar("M", bound=Message)

MODALITIES = {
    services_pb2.MODALITY_IN_PERSON: "in_person",
    services_pb2.MODALITY_VIDEO: "video",
    services_pb2.MODALITY_PHONE: "phone",
    services_pb2.MODALITY_HOME: "home",
}
_MODALITIES_BACK = {name: modality for modality, name in MODALITIES.items()}


def location(row: Any) -> locations_pb2.Location:
    return locations_pb2.Location(
        id=str(row["id"]),
        name=row["name"],
        time_zone=row["time_zone"],
        address=types_pb2.Address(**json.loads(row["address"])) if row["address"] != "{}" else None,
        inactive=row["inactive"],
        version=row["version"],
    )


def address_json(address: types_pb2.Address) -> str:
    """As stored: only what is there, names as in the proto."""
    facts = {field.name: list(value) if field.is_repeated else value for field, value in address.ListFields()}
    return json.dumps(facts)


def room(row: Any) -> rooms_pb2.Room:
    return rooms_pb2.Room(**_plain(row))


def equipment(row: Any) -> equipment_pb2.Equipment:
    return equipment_pb2.Equipment(**_plain(row))


def specialist(row: Any) -> specialists_pb2.Specialist:
    facts = _plain(row)
    facts["credentials"] = from_json(facts["credentials"], specialists_pb2.Credential)
    return specialists_pb2.Specialist(**facts)


def service(row: Any) -> services_pb2.Service:
    facts = _plain(row)
    minor, currency = facts.pop("price_minor"), facts.pop("price_currency")
    facts["price"] = None if currency is None else types_pb2.Money(amount_minor=minor, currency=currency)
    facts["modalities"] = [_MODALITIES_BACK[name] for name in facts["modalities"]]
    facts["rules"] = from_json(facts["rules"], services_pb2.ServiceRule)
    facts["translations"] = from_json(facts["translations"], services_pb2.ServiceText)
    return services_pb2.Service(**facts)


def preferences(specialist_id: UUID, row: Any) -> specialists_pb2.Preferences:
    """Of a specialist who never set any (no row), an empty list at version 0."""
    return specialists_pb2.Preferences(
        specialist_id=str(specialist_id),
        preferences=from_json(row["preferences"], specialists_pb2.Preference) if row else (),
        version=row["version"] if row else 0,
    )


def canonical_rule(given: services_pb2.ServiceRule) -> services_pb2.ServiceRule:
    """The rule with its ids as we write them and in order, so that the same specialists are the same rule."""
    rule = services_pb2.ServiceRule()
    rule.CopyFrom(given)
    if rule.HasField("allowed_provider"):
        rule.allowed_provider.specialist_ids[:] = sorted(
            {str(UUID(id_)) for id_ in given.allowed_provider.specialist_ids}
        )
    return rule


def canonical_preference(given: specialists_pb2.Preference) -> specialists_pb2.Preference:
    """The preference with its ids as we write them; rooms stay in their order, which says the best."""
    preference = specialists_pb2.Preference()
    preference.CopyFrom(given)
    preference.service_id = str(UUID(given.service_id)) if given.service_id else ""
    preference.room_ids[:] = dict.fromkeys(str(UUID(id_)) for id_ in given.room_ids)
    return preference


def to_json(messages: Iterable[Message]) -> str:
    """As stored: only what is there, names as in the proto; the same facts are the same text."""
    return json.dumps([MessageToDict(each, preserving_proto_field_name=True) for each in messages], sort_keys=True)


def from_json(stored: str, kind: type[M]) -> list[M]:
    # What the next release has stored is read by this one while both run.
    return [ParseDict(each, kind(), ignore_unknown_fields=True) for each in json.loads(stored)]


def day(given: date_pb2.Date, field: str, failure: type[Invalid] = NoSuchDay) -> date:
    return day_of(given.year, given.month, given.day, field, failure)


def minute(given: timeofday_pb2.TimeOfDay, field: str) -> int:
    return minute_of(given.hours, given.minutes, given.seconds, given.nanos, field)


def _plain(row: Any) -> dict[str, Any]:
    def wire(name: str, value: Any) -> Any:
        if name.endswith("_ids"):
            return [str(each) for each in value]
        return str(value) if name == "id" or name.endswith("_id") else value

    return {name: wire(name, value) for name, value in row.items()}
