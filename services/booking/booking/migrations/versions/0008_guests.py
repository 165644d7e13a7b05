"""Bookings of guests, until they are confirmed."""

from alembic import op
from chassis.migrate import TENANT, lend, protect

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE guest_booking (
            {TENANT},
            id uuid NOT NULL,
            hold_id uuid NOT NULL,
            given_name text NOT NULL,
            family_name text NOT NULL,
            email text NOT NULL,
            phone text NOT NULL,
            notes text NOT NULL,
            code text NOT NULL,
            attempts int NOT NULL,
            expires_at timestamptz NOT NULL,
            appointment_id uuid,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX guest_booking_by_hold ON guest_booking (clinic_id, hold_id)")
    op.execute("CREATE INDEX guest_booking_by_expiry ON guest_booking (expires_at)")
    protect(["guest_booking"])
    op.execute(
        """
        CREATE FUNCTION remove_guest_bookings(before timestamptz) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DELETE FROM guest_booking WHERE (clinic_id, id) IN (
                SELECT clinic_id, id FROM guest_booking WHERE expires_at < before LIMIT 10000
            )
        $$
        """
    )
    lend("remove_guest_bookings(timestamptz)")
