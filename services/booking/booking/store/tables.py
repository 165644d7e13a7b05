"""Every table of booking."""

from chassis.store import CLINICAL, PERSONAL, SECRET, classified, instant, tenant_column
from sqlalchemy import UUID as Uuid
from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

metadata = MetaData()

appointment = Table(
    "appointment",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("patient_id", Uuid),
    classified("specialist_id", Uuid),
    classified("service_id", Uuid),
    classified("location_id", Uuid),
    classified("room_id", Uuid, nullable=True),
    classified("time_zone", Text),
    instant("starts_at"),
    instant("ends_at"),
    instant("occupied_from"),
    instant("occupied_until"),
    # When the room is ready for the next.
    instant("room_until", nullable=True),
    classified("equipment", JSONB),
    classified("status", Text),
    classified("notes", Text, CLINICAL),
    classified("reason", Text, CLINICAL),
    classified("version", BigInteger),
    instant("created_at"),
    instant("updated_at"),
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
