"""What is taken around a time, as a function; and stamps of what is taken, without looking for the columns' names."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Visits of several specialists together are few, and looked up apart: row-level security lets no index be used for
    # what an array contains. Planned anew each time: a plan that is kept must be one for every clinic, and with five
    # million visits in one of them bookings came a third slower.
    op.execute(
        """
        CREATE FUNCTION taken_around(
            begins timestamptz, ends timestamptz, holders uuid[], specialists uuid[], rooms uuid[], service uuid,
            place uuid, at timestamptz
        ) RETURNS SETOF busy LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
        BEGIN
            RETURN QUERY
            SELECT * FROM busy
            WHERE occupied_until > begins - interval '4 hours' AND occupied_from < ends
              AND appointment_id <> ALL (holders) AND (expires_at IS NULL OR expires_at > at)
              AND (specialist_id = ANY (specialists) OR room_id = ANY (rooms) OR service_id = service
                   OR location_id = place)
            UNION ALL
            SELECT * FROM busy
            WHERE is_together AND occupied_until > begins AND occupied_from < ends AND appointment_id <> ALL (holders)
              AND (expires_at IS NULL OR expires_at > at) AND also_specialist_ids && specialists
              AND (specialist_id = ANY (specialists) OR room_id = ANY (rooms) OR service_id = service
                   OR location_id = place) IS NOT TRUE;
        END $$
        """
    )
    # As stamp_changed() does for all tables; this one is written with every booking.
    op.execute(
        """
        CREATE FUNCTION stamp_busy() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            ids uuid[] := '{}';
            it busy;
        BEGIN
            FOREACH it IN ARRAY ARRAY[OLD, NEW] LOOP
                ids := ids || it.also_specialist_ids || ARRAY[it.specialist_id, it.room_id, it.service_id];
                IF it.equipment <> '[]' THEN
                    ids := ids || ARRAY(SELECT (unit ->> 0)::uuid FROM jsonb_array_elements(it.equipment) AS unit);
                END IF;
            END LOOP;
            INSERT INTO stamp (clinic_id, id, version)
            SELECT coalesce(NEW.clinic_id, OLD.clinic_id), id, 1
            FROM (SELECT DISTINCT unnest(ids) AS id ORDER BY id) AS sorted WHERE id IS NOT NULL
            ON CONFLICT (clinic_id, id) DO UPDATE SET version = stamp.version + 1;
            RETURN NULL;
        END $$
        """
    )
    op.execute("DROP TRIGGER stamp ON busy")
    op.execute(
        "CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON busy FOR EACH ROW EXECUTE FUNCTION stamp_busy()"
    )
