"""Locations, rooms, specialists and services."""

from alembic import op
from chassis.migrate import TENANT, create_own_tables, protect

revision = "0001"
down_revision = None

_THING = f"""
    {TENANT},
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (clinic_id, id)
"""


def upgrade() -> None:
    create_own_tables()
    op.execute(
        f"""
        CREATE TABLE location (
            {_THING},
            name text NOT NULL,
            time_zone text NOT NULL,
            address jsonb NOT NULL,
            inactive boolean NOT NULL,
            UNIQUE (clinic_id, name)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE room (
            {_THING},
            location_id uuid NOT NULL,
            name text NOT NULL,
            room_type text NOT NULL,
            inactive boolean NOT NULL,
            UNIQUE (clinic_id, location_id, name),
            FOREIGN KEY (clinic_id, location_id) REFERENCES location (clinic_id, id)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE specialist (
            {_THING},
            name text NOT NULL,
            specialty text NOT NULL,
            location_ids uuid[] NOT NULL,
            inactive boolean NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX specialist_by_name ON specialist (clinic_id, name, id)")
    op.execute(
        f"""
        CREATE TABLE service (
            {_THING},
            name text NOT NULL,
            description text NOT NULL,
            duration_minutes int NOT NULL CHECK (duration_minutes > 0),
            buffer_before_minutes int NOT NULL CHECK (buffer_before_minutes >= 0),
            buffer_after_minutes int NOT NULL CHECK (buffer_after_minutes >= 0),
            requires_room boolean NOT NULL,
            room_type text NOT NULL,
            specialist_ids uuid[] NOT NULL,
            location_ids uuid[] NOT NULL,
            inactive boolean NOT NULL,
            UNIQUE (clinic_id, name)
        )
        """
    )
    protect(["location", "room", "specialist", "service"])
