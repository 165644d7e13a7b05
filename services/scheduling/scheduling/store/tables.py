"""Every table of scheduling: hours, time off, closed days, downtime and calendars are its own; the rest it heard."""

from chassis.store import PERSONAL, PUBLIC, classified, instant, tenant_column, versioned_table
from sqlalchemy import ARRAY, BigInteger, Boolean, Date, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy import UUID as Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
HEARD = {"heard": True}
"""Written by events only, each row with the version it heard last: `ambulo replay` lets it hear them again."""

weekly_hours = Table(
    "weekly_hours",
    metadata,
    tenant_column(),
    classified("specialist_id", Uuid, primary_key=True),
    classified("location_id", Uuid, primary_key=True),
    classified("intervals", JSONB, PUBLIC),
    classified("breaks", JSONB, PUBLIC, server_default="[]"),
    classified("recurring", JSONB, PUBLIC, server_default="[]"),
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
time_off = versioned_table(
    "time_off",
    metadata,
    classified("specialist_id", Uuid),
    instant("starts_at"),
    instant("ends_at"),
    classified("reason", Text, PERSONAL),
    classified("status", Text),
    classified("answer", Text, PERSONAL),
)
holiday_calendar = Table(
    "holiday_calendar",
    metadata,
    tenant_column(),
    classified("location_id", Uuid, primary_key=True),
    classified("country", Text, PUBLIC),
    classified("subdivision", Text, PUBLIC),
    classified("open_on", ARRAY(Date), PUBLIC),
    classified("closed_on", JSONB, PUBLIC),
    classified("version", BigInteger, server_default="1"),
    instant("updated_at", server_default="now()"),
)
downtime = versioned_table(
    "downtime",
    metadata,
    classified("room_id", Uuid, nullable=True),
    classified("equipment_id", Uuid, nullable=True),
    classified("units", Integer),
    instant("starts_at"),
    instant("ends_at"),
    classified("reason", Text),
)
calendar = versioned_table(
    "calendar",
    metadata,
    classified("name", Text, PUBLIC),
    classified("service_id", Uuid),
    classified("location_id", Uuid),
    classified("modality", Text, PUBLIC),
    classified("strategy", Text, PUBLIC),
    classified("members", JSONB),
    classified("hours", JSONB, PUBLIC),
    classified("public", Boolean, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
)
location = Table(
    "location",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("version", BigInteger),
    classified("time_zone", Text, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
    classified("name", Text, PUBLIC),
    info=HEARD,
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
    classified("capacity", Integer, PUBLIC),
    classified("features", ARRAY(Text), PUBLIC),
    classified("turnaround_minutes", Integer, PUBLIC),
    info=HEARD,
)
equipment = Table(
    "equipment",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("version", BigInteger),
    classified("location_id", Uuid),
    classified("name", Text, PUBLIC),
    classified("equipment_type", Text, PUBLIC),
    classified("quantity", Integer, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
    info=HEARD,
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
    classified("not_bookable", Boolean, PUBLIC),
    info=HEARD,
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
    classified("name", Text, PUBLIC),
    classified("capacity", Integer, PUBLIC),
    classified("room_features", ARRAY(Text), PUBLIC),
    classified("start_every_minutes", Integer, PUBLIC),
    # ambulo.catalog.v1.Service with nothing but its rules.
    classified("rules", LargeBinary, PUBLIC),
    info=HEARD,
)
busy = Table(
    "busy",
    metadata,
    tenant_column(),
    # Of an appointment, a hold or a block, as the kind says.
    classified("appointment_id", Uuid, primary_key=True),
    classified("kind", Text, primary_key=True),
    classified("version", BigInteger),
    classified("specialist_id", Uuid, nullable=True),
    classified("room_id", Uuid, nullable=True),
    # Both absent once the appointment is canceled: the row stays, so that a late event cannot bring it back.
    instant("occupied_from", nullable=True),
    instant("occupied_until", nullable=True),
    classified("service_id", Uuid, nullable=True),
    classified("location_id", Uuid, nullable=True),
    instant("starts_at", nullable=True),
    instant("ends_at", nullable=True),
    instant("room_until", nullable=True),
    # Pairs of pool and unit.
    classified("equipment", JSONB),
    classified("calendar_id", Uuid, nullable=True),
    classified("also_specialist_ids", ARRAY(Uuid)),
    # There are such.
    classified("is_together", Boolean),
    # It takes nothing from then on (a hold).
    instant("expires_at", nullable=True),
    instant("heard_at", server_default="now()"),
    # The group it is part of.
    classified("session_id", Uuid, nullable=True),
    info=HEARD,
)
preference = Table(
    "preference",
    metadata,
    tenant_column(),
    classified("specialist_id", Uuid, primary_key=True),
    classified("version", BigInteger),
    # ambulo.catalog.v1.Preferences.
    classified("preferences", LargeBinary),
    info=HEARD,
)
stamp = Table(
    "stamp",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("version", BigInteger),
)
