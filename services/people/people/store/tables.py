"""Every table of people."""

from chassis.store import INTERNAL, PERSONAL, classified, tenant_column, versioned_table
from sqlalchemy import UUID as Uuid
from sqlalchemy import BigInteger, Date, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

patient = versioned_table(
    "patient",
    metadata,
    classified("mrn", Text, PERSONAL),
    classified("given_name", Text, PERSONAL),
    classified("family_name", Text, PERSONAL),
    classified("folded_name", Text, PERSONAL),
    classified("birth_date", Date, PERSONAL, nullable=True),
    classified("email", Text, PERSONAL),
    classified("phone", Text, PERSONAL),
    classified("address", JSONB, PERSONAL),
    classified("human_id", Uuid, INTERNAL, nullable=True),
)
mrn_counter = Table("mrn_counter", metadata, tenant_column(), classified("last", BigInteger))
