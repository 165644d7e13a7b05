"""Patients."""

from alembic import op
from chassis.migrate import TENANT, create_own_tables, protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_own_tables()
    op.execute(
        f"""
        CREATE TABLE patient (
            {TENANT},
            id uuid NOT NULL,
            mrn text NOT NULL,
            given_name text NOT NULL,
            family_name text NOT NULL,
            folded_name text NOT NULL,
            birth_date date,
            email text NOT NULL,
            phone text NOT NULL,
            address jsonb NOT NULL,
            human_id uuid,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, id),
            UNIQUE (clinic_id, mrn)
        )
        """
    )
    op.execute("CREATE INDEX patient_by_name ON patient (clinic_id, family_name, given_name, id)")
    op.execute(f"CREATE TABLE mrn_counter ({TENANT} PRIMARY KEY, last bigint NOT NULL)")
    protect(["patient", "mrn_counter"])
