"""Appointments take equipment, and keep their distance; rooms are claimed for longer than specialists."""

from alembic import op
from chassis.migrate import lend

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE appointment ADD COLUMN room_until timestamptz")
    op.execute("ALTER TABLE appointment ADD COLUMN equipment jsonb NOT NULL DEFAULT '[]'")
    op.execute(
        "CREATE INDEX appointment_by_service ON appointment (clinic_id, service_id, location_id, starts_at)"
        " WHERE status <> 'canceled'"
    )
    # ON CONFLICT DO NOTHING, although a conflict is the end of it: a plain insert writes its row first and then looks for
    # rivals, so that two at once wait for each other until one is shot as a deadlock, a second later. This form waits
    # for the rival and then says no. In the database, since trying room after room from outside would cost round trips.
    # Beside the form of four arguments, which the release before still calls.
    op.execute(
        """
        CREATE FUNCTION take_claims(
            holder uuid, demand int[], resource uuid[], unit int[], span tstzrange[], wanted int[],
            OUT lacking int, OUT taken int[]
        ) LANGUAGE plpgsql AS $$
        DECLARE
            got int[] := array_fill(0, ARRAY[cardinality(wanted)]);
        BEGIN
            taken := '{}';
            FOR i IN 1 .. cardinality(demand) LOOP
                IF i > 1 AND demand[i] <> demand[i - 1] AND got[demand[i - 1]] < wanted[demand[i - 1]] THEN
                    lacking := demand[i - 1];
                    RETURN;
                END IF;
                CONTINUE WHEN got[demand[i]] >= wanted[demand[i]];
                INSERT INTO claim (resource_id, unit, during, holder)
                VALUES (resource[i], take_claims.unit[i], span[i], take_claims.holder)
                ON CONFLICT DO NOTHING;
                IF FOUND THEN
                    got[demand[i]] := got[demand[i]] + 1;
                    taken := taken || i;
                END IF;
            END LOOP;
            FOR n IN 1 .. cardinality(wanted) LOOP
                IF got[n] < wanted[n] THEN
                    lacking := n;
                    RETURN;
                END IF;
            END LOOP;
        END $$
        """
    )
    # In portions: one statement over years of claims would never come to its end in time.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION remove_ended_claims(before timestamptz) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DELETE FROM claim WHERE (tableoid, ctid) IN (
                SELECT tableoid, ctid FROM claim WHERE upper(during) < before LIMIT 100000
            )
        $$
        """
    )
    lend("remove_ended_claims(timestamptz)")
