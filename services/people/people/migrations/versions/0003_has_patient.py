"""Whether somebody is a patient, in one statement: every booking asks."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # With the rights of whoever calls it, and under row-level security: what it sets ends with its statement.
    op.execute(
        """
        CREATE FUNCTION has_patient(clinic text, subject text, patient text, wanted uuid) RETURNS boolean
        LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM set_config('app.clinic_id', clinic, true), set_config('app.subject', subject, true),
                    set_config('app.patient_id', patient, true);
            RETURN EXISTS (SELECT FROM patient AS p WHERE p.id = wanted);
        END $$
        """
    )
