"""How many guests' names and addresses went is told to whoever removes them: it goes into the audit trail."""

from alembic import op
from chassis.migrate import lend

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("DROP FUNCTION remove_guest_bookings(timestamptz)")
    op.execute(
        """
        CREATE FUNCTION remove_guest_bookings(before timestamptz) RETURNS bigint
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH removed AS (
                DELETE FROM guest_booking WHERE (clinic_id, id) IN (
                    SELECT clinic_id, id FROM guest_booking WHERE expires_at < before LIMIT 10000
                ) RETURNING id
            ) SELECT count(*) FROM removed
        $$
        """
    )
    lend("remove_guest_bookings(timestamptz)")
