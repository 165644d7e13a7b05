"""Whose waiting ends by the clock is told."""

from alembic import op
from chassis.migrate import lend

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    # Beside end_waiting, which the release before still calls; a later one drops it.
    op.execute(
        """
        CREATE FUNCTION end_waiting_of(before date, why text) RETURNS SETOF waitlist_entry
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            UPDATE waitlist_entry w SET status = 'left', reason = why
            FROM (
                SELECT clinic_id, id FROM waitlist_entry WHERE status = 'waiting' AND last_day < before
                ORDER BY last_day LIMIT 1000 FOR UPDATE SKIP LOCKED
            ) AS late
            WHERE w.clinic_id = late.clinic_id AND w.id = late.id
            RETURNING w.*
        $$
        """
    )
    lend("end_waiting_of(date, text)")
