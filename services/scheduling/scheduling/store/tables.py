"""Every table of scheduling: hours and overrides are its own; the rest it heard from catalog and booking."""

from chassis.store import PERSONAL, PUBLIC, classified, instant, tenant_column, versioned_table
from sqlalchemy import ARRAY, BigInteger, Boolean, Integer, MetaData, Table, Text
from sqlalchemy import UUID as Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

weekly_hours = Table(
    "weekly_hours",
    metadata,
    tenant_column(),
    classified("specialist_id", Uuid, primary_key=True),
    classified("location_id", Uuid, primary_key=True),
    classified("intervals", JSONB, PUBLIC),
    classified("version", BigInteger, server_default="1"),
    instant("updated_at", server_default="now()"),
)
override = versioned_table(
    "override",
    metadata,
    classified("specialist_id", Uuid),
    classified("kind", Text),
    instant("starts_at"),
    instant("ends_at"),
    classified("location_id", Uuid, nullable=True),
    classified("reason", Text, PERSONAL),
)
location = Table(
    "location",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("version", BigInteger),
    classified("time_zone", Text, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
)
room = Table(
    "room",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("version", BigInteger),
    classified("location_id", Uuid),
    classified("name", Text, PUBLIC),
    classified("room_type", Text, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
)
specialist = Table(
    "specialist",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("version", BigInteger),
    classified("name", Text, PUBLIC),
    classified("specialty", Text, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
)
service = Table(
    "service",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("version", BigInteger),
    classified("duration_minutes", Integer, PUBLIC),
    classified("buffer_before_minutes", Integer, PUBLIC),
    classified("buffer_after_minutes", Integer, PUBLIC),
    classified("requires_room", Boolean, PUBLIC),
    classified("room_type", Text, PUBLIC),
    classified("specialist_ids", ARRAY(Uuid)),
    classified("location_ids", ARRAY(Uuid)),
    classified("inactive", Boolean, PUBLIC),
)
busy = Table(
    "busy",
    metadata,
    tenant_column(),
    classified("appointment_id", Uuid, primary_key=True),
    classified("version", BigInteger),
    classified("specialist_id", Uuid),
    classified("room_id", Uuid, nullable=True),
    # Both absent once the appointment is canceled: the row stays, so that a late event cannot bring it back.
    instant("occupied_from", nullable=True),
    instant("occupied_until", nullable=True),
)
