"""What narrows a service, what a room has, what a specialist may show and prefers, and equipment."""

from alembic import op
from chassis.migrate import TENANT, protect

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # With defaults, since the release before this one goes on inserting while both run.
    op.execute(
        """
        ALTER TABLE room
            ADD COLUMN capacity int NOT NULL DEFAULT 0 CHECK (capacity >= 0),
            ADD COLUMN features text[] NOT NULL DEFAULT '{}',
            ADD COLUMN turnaround_minutes int NOT NULL DEFAULT 0 CHECK (turnaround_minutes >= 0)
        """
    )
    op.execute(
        """
        ALTER TABLE specialist
            ADD COLUMN specialties text[] NOT NULL DEFAULT '{}',
            ADD COLUMN credentials jsonb NOT NULL DEFAULT '[]',
            ADD COLUMN not_bookable boolean NOT NULL DEFAULT false
        """
    )
    op.execute(
        """
        ALTER TABLE service
            ADD COLUMN modalities text[] NOT NULL DEFAULT '{}',
            ADD COLUMN price_minor bigint CHECK (price_minor >= 0),
            ADD COLUMN price_currency text,
            ADD COLUMN capacity int NOT NULL DEFAULT 0 CHECK (capacity >= 0),
            ADD COLUMN room_features text[] NOT NULL DEFAULT '{}',
            ADD COLUMN start_every_minutes int NOT NULL DEFAULT 0 CHECK (start_every_minutes >= 0),
            ADD COLUMN rules jsonb NOT NULL DEFAULT '[]',
            ADD COLUMN translations jsonb NOT NULL DEFAULT '[]',
            ADD CONSTRAINT service_price_is_whole CHECK ((price_minor IS NULL) = (price_currency IS NULL))
        """
    )
    op.execute(
        f"""
        CREATE TABLE equipment (
            {TENANT},
            id uuid NOT NULL,
            location_id uuid NOT NULL,
            name text NOT NULL,
            equipment_type text NOT NULL,
            quantity int NOT NULL CHECK (quantity > 0),
            inactive boolean NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, id),
            UNIQUE (clinic_id, location_id, name),
            FOREIGN KEY (clinic_id, location_id) REFERENCES location (clinic_id, id)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE preference (
            {TENANT},
            specialist_id uuid NOT NULL,
            preferences jsonb NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, specialist_id),
            FOREIGN KEY (clinic_id, specialist_id) REFERENCES specialist (clinic_id, id)
        )
        """
    )
    protect(["equipment", "preference"])
