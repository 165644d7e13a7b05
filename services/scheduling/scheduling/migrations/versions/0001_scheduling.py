"""Hours, overrides, and what is heard from catalog and booking."""

from alembic import op
from chassis.migrate import TENANT, create_own_tables, protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_own_tables()
    op.execute(
        f"""
        CREATE TABLE weekly_hours (
            {TENANT},
            specialist_id uuid NOT NULL,
            location_id uuid NOT NULL,
            intervals jsonb NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, specialist_id, location_id)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE override (
            {TENANT},
            id uuid NOT NULL,
            specialist_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('available', 'unavailable')),
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
            location_id uuid,
            reason text NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, id),
            CHECK (kind = 'unavailable' OR location_id IS NOT NULL)
        )
        """
    )
    op.execute("CREATE INDEX override_by_specialist ON override (clinic_id, specialist_id, starts_at, id)")
    op.execute(
        f"""
        CREATE TABLE location (
            {TENANT}, id uuid NOT NULL, version bigint NOT NULL, time_zone text NOT NULL, inactive boolean NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE room (
            {TENANT}, id uuid NOT NULL, version bigint NOT NULL, location_id uuid NOT NULL, name text NOT NULL,
            room_type text NOT NULL, inactive boolean NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX room_by_location ON room (clinic_id, location_id)")
    op.execute(
        f"""
        CREATE TABLE specialist (
            {TENANT}, id uuid NOT NULL, version bigint NOT NULL, name text NOT NULL, specialty text NOT NULL,
            inactive boolean NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE service (
            {TENANT}, id uuid NOT NULL, version bigint NOT NULL, duration_minutes int NOT NULL,
            buffer_before_minutes int NOT NULL, buffer_after_minutes int NOT NULL, requires_room boolean NOT NULL,
            room_type text NOT NULL, specialist_ids uuid[] NOT NULL, location_ids uuid[] NOT NULL,
            inactive boolean NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE busy (
            {TENANT}, appointment_id uuid NOT NULL, version bigint NOT NULL, specialist_id uuid NOT NULL, room_id uuid,
            occupied_from timestamptz, occupied_until timestamptz,
            PRIMARY KEY (clinic_id, appointment_id)
        )
        """
    )
    op.execute("CREATE INDEX busy_by_specialist ON busy (clinic_id, specialist_id, occupied_until)")
    op.execute("CREATE INDEX busy_by_room ON busy (clinic_id, room_id, occupied_until)")
    protect(["weekly_hours", "override", "location", "room", "specialist", "service", "busy"])
