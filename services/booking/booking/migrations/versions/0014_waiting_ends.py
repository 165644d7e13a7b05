"""Offers run out and waiting ends by the clock, whatever becomes of events."""

from alembic import op
from chassis.migrate import lend

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("ALTER TABLE waitlist_entry ADD COLUMN reason text NOT NULL DEFAULT ''")
    op.execute("CREATE INDEX waitlist_by_last_day ON waitlist_entry (last_day) WHERE status = 'waiting'")
    op.execute("CREATE INDEX offer_by_expiry ON offer (expires_at) WHERE outcome = 'open'")
    # Of all clinics, in portions. The entry is what everybody locks first who ends an offer; who is answering has it.
    op.execute(
        """
        CREATE FUNCTION expire_offers(at timestamptz) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH late AS (
                SELECT w.clinic_id, w.id AS entry_id, o.id
                FROM offer o JOIN waitlist_entry w ON w.clinic_id = o.clinic_id AND w.id = o.entry_id
                WHERE o.outcome = 'open' AND o.expires_at <= at
                ORDER BY o.expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED
            ), expired AS (
                UPDATE offer o SET outcome = 'expired' FROM late
                WHERE o.clinic_id = late.clinic_id AND o.id = late.id
            )
            UPDATE waitlist_entry w SET status = 'waiting' FROM late
            WHERE w.clinic_id = late.clinic_id AND w.id = late.entry_id AND w.status = 'offered'
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION end_waiting(before date, why text) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            UPDATE waitlist_entry w SET status = 'left', reason = why
            FROM (
                SELECT clinic_id, id FROM waitlist_entry WHERE status = 'waiting' AND last_day < before
                ORDER BY last_day LIMIT 1000 FOR UPDATE SKIP LOCKED
            ) AS late
            WHERE w.clinic_id = late.clinic_id AND w.id = late.id
        $$
        """
    )
    lend("expire_offers(timestamptz)")
    lend("end_waiting(date, text)")
