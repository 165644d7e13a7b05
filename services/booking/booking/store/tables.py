"""Every table of booking."""

from typing import Any

from chassis.store import CLINICAL, PERSONAL, PUBLIC, SECRET, classified, instant, tenant_column, versioned_table
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    FetchedValue,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy import UUID as Uuid
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB, TSTZRANGE

metadata = MetaData()


def _visit() -> list[Column[Any]]:
    """What an appointment and a hold have in common."""
    return [
        classified("specialist_id", Uuid),
        classified("also_specialist_ids", ARRAY(Uuid)),
        classified("service_id", Uuid),
        classified("location_id", Uuid),
        classified("calendar_id", Uuid, nullable=True),
        classified("room_id", Uuid, nullable=True),
        # Pairs of pool and unit.
        classified("equipment", JSONB),
        classified("time_zone", Text),
        instant("starts_at"),
        instant("ends_at"),
        instant("occupied_from"),
        instant("occupied_until"),
        # When the room is ready for the next.
        instant("room_until", nullable=True),
        # Why this specialist, if a calendar chose.
        classified("assignment", Text),
        classified("version", BigInteger),
        # The group it is part of.
        classified("session_id", Uuid, nullable=True),
    ]


appointment = Table(
    "appointment",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("patient_id", Uuid),
    *_visit(),
    classified("status", Text),
    classified("notes", Text, CLINICAL),
    classified("reason", Text, CLINICAL),
    # notice in minutes, late_fee, no_show_fee, version: as they were when it was booked.
    classified("terms", JSONB),
    # Owed, beside each other.
    classified("late_fee", JSONB, nullable=True),
    classified("no_show_fee", JSONB, nullable=True),
    classified("overbooked", Boolean),
    classified("series_id", Uuid, nullable=True),
    # Generated: there are several specialists.
    classified("is_together", Boolean, server_default=FetchedValue()),
    instant("created_at"),
    instant("updated_at"),
)
group_session = Table(
    "group_session",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("service_id", Uuid),
    classified("specialist_id", Uuid),
    instant("starts_at"),
    instant("ends_at"),
    instant("occupied_from"),
    instant("occupied_until"),
    classified("also_specialist_ids", ARRAY(Uuid)),
    classified("room_id", Uuid, nullable=True),
    instant("room_until", nullable=True),
    classified("equipment", JSONB),
    # How many it took.
    classified("claims", Integer),
)
series = Table(
    "series",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("patient_id", Uuid),
    classified("service_id", Uuid),
    classified("specialist_id", Uuid),
    classified("location_id", Uuid),
    classified("calendar_id", Uuid, nullable=True),
    classified("time_zone", Text),
    classified("rrule", Text),
    # Of the first, as it was booked.
    instant("starts_at"),
    # Triples of local start, reason and words.
    classified("skipped", JSONB),
    instant("created_at"),
)
appointment_entry = Table(
    "appointment_entry",
    metadata,
    tenant_column(),
    classified("appointment_id", Uuid, primary_key=True),
    classified("version", BigInteger, primary_key=True),
    classified("patient_id", Uuid),
    # In the key, since the table is partitioned by its month.
    instant("changed_at", primary_key=True),
    classified("changed_by", Text),
    classified("actor", Text),
    classified("action", Text),
    classified("status", Text),
    instant("starts_at"),
    classified("specialist_id", Uuid),
    classified("room_id", Uuid, nullable=True),
    classified("reason", Text, CLINICAL),
)
hold = Table(
    "hold",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    *_visit(),
    classified("subject", Text),
    classified("length", INTERVAL),
    instant("expires_at"),
    classified("extensions", Integer),
    # How many it took.
    classified("claims", Integer),
)
block = versioned_table(
    "block",
    metadata,
    # One of the two.
    classified("specialist_id", Uuid, nullable=True),
    classified("room_id", Uuid, nullable=True),
    instant("starts_at"),
    instant("ends_at"),
    classified("reason", Text, PERSONAL),
    # The row stays, so that its version goes on if it is put again.
    classified("removed", Boolean),
)
waitlist_entry = Table(
    "waitlist_entry",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("patient_id", Uuid),
    classified("service_id", Uuid),
    classified("specialist_ids", ARRAY(Uuid)),
    classified("location_id", Uuid, nullable=True),
    classified("first_day", Date, nullable=True),
    classified("last_day", Date, nullable=True),
    classified("weekdays", ARRAY(Integer)),
    # Minutes of the local day.
    classified("not_before", Integer, nullable=True),
    classified("not_after", Integer, nullable=True),
    classified("priority", Integer),
    classified("notes", Text, CLINICAL),
    classified("status", Text),
    # Why they have left, if they did not say so.
    classified("reason", Text, server_default=""),
    instant("joined_at"),
)
offer = Table(
    "offer",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("entry_id", Uuid),
    classified("patient_id", Uuid),
    classified("hold_id", Uuid),
    classified("specialist_id", Uuid),
    classified("location_id", Uuid),
    classified("time_zone", Text),
    instant("starts_at"),
    instant("offered_at"),
    instant("expires_at"),
    classified("outcome", Text),
)
walk_in = Table(
    "walk_in",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("patient_id", Uuid),
    classified("location_id", Uuid),
    classified("time_zone", Text),
    classified("service_id", Uuid),
    classified("specialist_id", Uuid, nullable=True),
    # As long as the service was to take when they came.
    classified("planned", INTERVAL),
    classified("notes", Text, CLINICAL),
    classified("urgent", Boolean),
    classified("status", Text),
    classified("reason", Text, CLINICAL),
    instant("called_at", nullable=True),
    classified("called_by", Text),
    classified("called_specialist_id", Uuid, nullable=True),
    classified("room_id", Uuid, nullable=True),
    classified("appointment_id", Uuid, nullable=True),
    instant("joined_at"),
    instant("changed_at"),
    classified("version", BigInteger),
)
guest_booking = Table(
    "guest_booking",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("hold_id", Uuid),
    classified("given_name", Text, PERSONAL),
    classified("family_name", Text, PERSONAL),
    classified("email", Text, PERSONAL),
    classified("phone", Text, PERSONAL),
    classified("notes", Text, CLINICAL),
    classified("code", Text, SECRET),
    classified("attempts", Integer),
    instant("expires_at"),
    classified("appointment_id", Uuid, nullable=True),
)
# All zeros: of all services that have none of their own.
policy = Table(
    "policy",
    metadata,
    tenant_column(),
    classified("service_id", Uuid, primary_key=True),
    classified("notice_minutes", Integer, PUBLIC),
    classified("late_fee", JSONB, PUBLIC, nullable=True),
    classified("no_show_fee", JSONB, PUBLIC, nullable=True),
    classified("terms", Text, PUBLIC),
    classified("needs_acceptance", Boolean, PUBLIC),
    classified("overbook_most", Integer, PUBLIC),
    classified("hold_minutes", Integer, PUBLIC),
    classified("version", BigInteger, server_default="1"),
    instant("updated_at", server_default="now()"),
)
policy_text = Table(
    "policy_text",
    metadata,
    tenant_column(),
    classified("service_id", Uuid, primary_key=True),
    classified("version", BigInteger, primary_key=True),
    classified("terms", Text, PUBLIC),
)
claim = Table(
    "claim",
    metadata,
    tenant_column(),
    classified("resource_id", Uuid, primary_key=True),
    # A pool's unit, or a lane of permitted overbooking; 0 for what there is one of.
    classified("unit", Integer, primary_key=True, server_default="0"),
    classified("during", TSTZRANGE, primary_key=True),
    classified("holder", Uuid),
    # Of what its holder is the id: appointment, hold or block.
    classified("kind", Text),
    instant("expires_at", nullable=True),
)
# One of the two says whose appointments it shows.
feed = Table(
    "feed",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("specialist_id", Uuid, nullable=True),
    classified("patient_id", Uuid, nullable=True),
    classified("name", Text, PERSONAL),
    classified("digest", LargeBinary, SECRET),
    instant("created_at"),
)
