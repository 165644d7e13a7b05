"""Patients are found by their e-mail address, too."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE INDEX patient_by_email ON patient (clinic_id, email) WHERE email <> ''")
