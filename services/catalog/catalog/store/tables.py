"""Every table of the catalog. All of it is shown to the public, but for what specialists prefer."""

from chassis.store import PUBLIC, classified, instant, tenant_column, versioned_table
from sqlalchemy import ARRAY, BigInteger, Boolean, Integer, MetaData, Table, Text
from sqlalchemy import UUID as Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

location = versioned_table(
    "location",
    metadata,
    classified("name", Text, PUBLIC),
    classified("time_zone", Text, PUBLIC),
    classified("address", JSONB, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
)
room = versioned_table(
    "room",
    metadata,
    classified("location_id", Uuid),
    classified("name", Text, PUBLIC),
    classified("room_type", Text, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
    classified("capacity", Integer, PUBLIC),
    classified("features", ARRAY(Text), PUBLIC),
    classified("turnaround_minutes", Integer, PUBLIC),
)
equipment = versioned_table(
    "equipment",
    metadata,
    classified("location_id", Uuid),
    classified("name", Text, PUBLIC),
    classified("equipment_type", Text, PUBLIC),
    classified("quantity", Integer, PUBLIC),
    classified("inactive", Boolean, PUBLIC),
)
specialist = versioned_table(
    "specialist",
    metadata,
    classified("name", Text, PUBLIC),
    classified("specialty", Text, PUBLIC),
    classified("location_ids", ARRAY(Uuid)),
    classified("inactive", Boolean, PUBLIC),
    classified("specialties", ARRAY(Text), PUBLIC),
    classified("credentials", JSONB, PUBLIC),
    classified("not_bookable", Boolean, PUBLIC),
)
preference = Table(
    "preference",
    metadata,
    tenant_column(),
    classified("specialist_id", Uuid, primary_key=True),
    classified("preferences", JSONB),
    classified("version", BigInteger, server_default="1"),
    instant("updated_at", server_default="now()"),
)
service = versioned_table(
    "service",
    metadata,
    classified("name", Text, PUBLIC),
    classified("description", Text, PUBLIC),
    classified("duration_minutes", Integer, PUBLIC),
    classified("buffer_before_minutes", Integer, PUBLIC),
    classified("buffer_after_minutes", Integer, PUBLIC),
    classified("requires_room", Boolean, PUBLIC),
    classified("room_type", Text, PUBLIC),
    classified("specialist_ids", ARRAY(Uuid)),
    classified("location_ids", ARRAY(Uuid)),
    classified("inactive", Boolean, PUBLIC),
    classified("modalities", ARRAY(Text), PUBLIC),
    classified("price_minor", BigInteger, PUBLIC, nullable=True),
    classified("price_currency", Text, PUBLIC, nullable=True),
    classified("capacity", Integer, PUBLIC),
    classified("room_features", ARRAY(Text), PUBLIC),
    classified("start_every_minutes", Integer, PUBLIC),
    classified("rules", JSONB, PUBLIC),
    classified("translations", JSONB, PUBLIC),
)
