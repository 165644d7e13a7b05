"""Every table of identity. Humans belong to no clinic; all else does."""

from chassis.store import PERSONAL, PUBLIC, SECRET, classified, instant, tenant_column
from sqlalchemy import ARRAY, BigInteger, LargeBinary, MetaData, Table, Text
from sqlalchemy import UUID as Uuid

metadata = MetaData()

clinic = Table(
    "clinic",
    metadata,
    classified("id", Uuid, primary_key=True),
    classified("name", Text, PUBLIC),
    classified("slug", Text, PUBLIC),
    classified("time_zone", Text, PUBLIC),
    classified("color", Text, PUBLIC),
    classified("logo", Text, PUBLIC),
    classified("languages", ARRAY(Text), PUBLIC),
    classified("version", BigInteger, server_default="1"),
    instant("created_at", server_default="now()"),
    instant("updated_at", server_default="now()"),
)
human = Table(
    "human",
    metadata,
    classified("id", Uuid, primary_key=True),
    classified("email", Text, PERSONAL),
    instant("created_at", server_default="now()"),
)
membership = Table(
    "membership",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("human_id", Uuid),
    classified("role", Text),
    classified("patient_id", Uuid, nullable=True),
    classified("specialist_id", Uuid, nullable=True),
    instant("invited_at"),
    instant("accepted_at", nullable=True),
)
service_account = Table(
    "service_account",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("name", Text),
    classified("permissions", ARRAY(Text)),
    instant("created_at"),
)
api_key = Table(
    "api_key",
    metadata,
    tenant_column(),
    classified("id", Uuid, primary_key=True),
    classified("service_account_id", Uuid),
    classified("prefix", Text),
    classified("digest", LargeBinary, SECRET),
    instant("expires_at"),
    instant("revoked_at", nullable=True),
)
