"""Claims on time that is over are removed, across clinics."""

from alembic import op
from chassis.migrate import lend

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION remove_ended_claims(before timestamptz) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DELETE FROM claim WHERE upper(during) < before
        $$
        """
    )
    lend("remove_ended_claims(timestamptz)")
