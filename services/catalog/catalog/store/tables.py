"""Every table of the catalog. All of it is shown to the public."""

from chassis.store import PUBLIC, classified, versioned_table
from sqlalchemy import ARRAY, Boolean, Integer, MetaData, Text
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
)
specialist = versioned_table(
    "specialist",
    metadata,
    classified("name", Text, PUBLIC),
    classified("specialty", Text, PUBLIC),
    classified("location_ids", ARRAY(Uuid)),
    classified("inactive", Boolean, PUBLIC),
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
)
