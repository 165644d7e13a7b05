"""Who waits for a time, and what they were offered."""

from alembic import op
from chassis.migrate import TENANT, protect

revision = "0009"
down_revision = "0008"

_OWN = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL OR "
_MINE = "nullif(current_setting('app.patient_id', true), '')::uuid"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE waitlist_entry (
            {TENANT},
            id uuid NOT NULL,
            patient_id uuid NOT NULL,
            service_id uuid NOT NULL,
            specialist_ids uuid[] NOT NULL,
            location_id uuid,
            first_day date,
            last_day date,
            weekdays int[] NOT NULL,
            not_before int,
            not_after int,
            priority int NOT NULL,
            notes text NOT NULL,
            status text NOT NULL CHECK (status IN ('waiting', 'offered', 'booked', 'left')),
            joined_at timestamptz NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX waitlist_in_order ON waitlist_entry (clinic_id, joined_at, id)")
    op.execute(
        "CREATE INDEX waitlist_by_turn ON waitlist_entry (clinic_id, priority DESC, joined_at, id)"
        " WHERE status = 'waiting'"
    )
    protect(["waitlist_entry"], also=f"{_OWN}patient_id = {_MINE})")
    op.execute(
        f"""
        CREATE TABLE offer (
            {TENANT},
            id uuid NOT NULL,
            entry_id uuid NOT NULL,
            patient_id uuid NOT NULL,
            hold_id uuid NOT NULL,
            specialist_id uuid NOT NULL,
            location_id uuid NOT NULL,
            time_zone text NOT NULL,
            starts_at timestamptz NOT NULL,
            offered_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            outcome text NOT NULL CHECK (outcome IN ('open', 'accepted', 'declined', 'expired')),
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX offer_by_entry ON offer (clinic_id, entry_id, offered_at, id)")
    op.execute("CREATE UNIQUE INDEX offer_by_hold ON offer (clinic_id, hold_id)")
    protect(["offer"], also=f"{_OWN}patient_id = {_MINE})")
    # A patient sees the hold that is theirs by an offer, too.
    op.execute("DROP POLICY tenant ON hold")
    op.execute("DROP POLICY owner ON hold")
    theirs = "subject = current_setting('app.subject', true) OR id IN (SELECT hold_id FROM offer)"
    protect(["hold"], also=f"{_OWN}{theirs})")
