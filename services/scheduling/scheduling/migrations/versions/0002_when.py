"""Breaks and recurring openings, time off, closed days, downtime, and equipment as it is heard."""

from alembic import op
from chassis.migrate import TENANT, protect

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE weekly_hours ADD COLUMN breaks jsonb NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE weekly_hours ADD COLUMN recurring jsonb NOT NULL DEFAULT '[]'")
    op.execute(
        f"""
        CREATE TABLE time_off (
            {TENANT},
            id uuid NOT NULL,
            specialist_id uuid NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
            reason text NOT NULL,
            status text NOT NULL CHECK (status IN ('requested', 'approved', 'declined', 'withdrawn')),
            answer text NOT NULL DEFAULT '',
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX time_off_by_start ON time_off (clinic_id, starts_at, id)")
    op.execute("CREATE INDEX time_off_by_specialist ON time_off (clinic_id, specialist_id, starts_at, id)")
    op.execute(
        f"""
        CREATE TABLE holiday_calendar (
            {TENANT},
            location_id uuid NOT NULL,
            country text NOT NULL,
            subdivision text NOT NULL,
            open_on date[] NOT NULL,
            closed_on jsonb NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, location_id)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE equipment (
            {TENANT}, id uuid NOT NULL, version bigint NOT NULL, location_id uuid NOT NULL, name text NOT NULL,
            equipment_type text NOT NULL, quantity int NOT NULL, inactive boolean NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX equipment_by_location ON equipment (clinic_id, location_id)")
    op.execute(
        f"""
        CREATE TABLE downtime (
            {TENANT},
            id uuid NOT NULL,
            room_id uuid,
            equipment_id uuid,
            units int NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
            reason text NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, id),
            CHECK (num_nonnulls(room_id, equipment_id) = 1)
        )
        """
    )
    op.execute("CREATE INDEX downtime_by_start ON downtime (clinic_id, starts_at, id)")
    op.execute("CREATE INDEX downtime_by_room ON downtime (clinic_id, room_id, ends_at)")
    op.execute("CREATE INDEX downtime_by_equipment ON downtime (clinic_id, equipment_id, ends_at)")
    protect(["time_off", "holiday_calendar", "equipment", "downtime"])
