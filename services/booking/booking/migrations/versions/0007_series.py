"""Appointments that come again."""

from alembic import op
from chassis.migrate import TENANT, protect

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE series (
            {TENANT},
            id uuid NOT NULL,
            patient_id uuid NOT NULL,
            service_id uuid NOT NULL,
            specialist_id uuid NOT NULL,
            location_id uuid NOT NULL,
            calendar_id uuid,
            time_zone text NOT NULL,
            rrule text NOT NULL,
            starts_at timestamptz NOT NULL,
            skipped jsonb NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX series_by_age ON series (clinic_id, created_at, id)")
    op.execute("CREATE INDEX series_by_patient ON series (clinic_id, patient_id, created_at, id)")
    # A patient signed in to the portal sees their own only.
    own = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL"
    own += " OR patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)"
    protect(["series"], also=own)
    op.execute("ALTER TABLE appointment ADD COLUMN series_id uuid")
    op.execute("CREATE INDEX appointment_by_series ON appointment (clinic_id, series_id) WHERE series_id IS NOT NULL")
