"""Calendar feeds: secret addresses under which appointments are read."""

from alembic import op
from chassis.migrate import TENANT, protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE feed (
            {TENANT},
            id uuid NOT NULL,
            specialist_id uuid,
            patient_id uuid,
            name text NOT NULL,
            digest bytea NOT NULL,
            created_at timestamptz NOT NULL,
            CHECK ((specialist_id IS NULL) <> (patient_id IS NULL)),
            PRIMARY KEY (clinic_id, id),
            UNIQUE (clinic_id, digest)
        )
        """
    )
    op.execute("CREATE INDEX feed_by_age ON feed (clinic_id, created_at, id)")
    # As with appointments: a patient signed in to the portal has to do with their own only.
    own = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL"
    own += " OR patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)"
    protect(["feed"], also=own)
