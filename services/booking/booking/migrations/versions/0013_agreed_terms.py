"""What was agreed to, in words, for as long as anybody may ask."""

from alembic import op
from chassis.migrate import TENANT, protect

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE policy_text (
            {TENANT},
            service_id uuid NOT NULL,
            version bigint NOT NULL,
            terms text NOT NULL,
            PRIMARY KEY (clinic_id, service_id, version)
        )
        """
    )
    protect(["policy_text"])
    op.execute(
        "INSERT INTO policy_text (clinic_id, service_id, version, terms)"
        " SELECT clinic_id, service_id, version, terms FROM policy"
    )
