"""Groups: sessions in which several patients are together, and their seats."""

from alembic import op
from chassis.migrate import TENANT, lend, protect

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # Claims are the session's, once; who is there has a seat. No patient is named here.
    op.execute(
        f"""
        CREATE TABLE group_session (
            {TENANT},
            id uuid NOT NULL,
            service_id uuid NOT NULL,
            specialist_id uuid NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            occupied_from timestamptz NOT NULL,
            occupied_until timestamptz NOT NULL,
            also_specialist_ids uuid[] NOT NULL,
            room_id uuid,
            room_until timestamptz,
            equipment jsonb NOT NULL,
            claims int NOT NULL,
            PRIMARY KEY (clinic_id, id),
            UNIQUE (clinic_id, service_id, specialist_id, starts_at)
        )
        """
    )
    op.execute("CREATE INDEX group_session_by_end ON group_session (occupied_until)")
    protect(["group_session"])
    op.execute("ALTER TABLE appointment ADD COLUMN session_id uuid")
    op.execute("ALTER TABLE hold ADD COLUMN session_id uuid")
    # Nobody is in a session twice.
    op.execute(
        "CREATE UNIQUE INDEX appointment_seat ON appointment (clinic_id, session_id, patient_id)"
        " WHERE session_id IS NOT NULL AND status <> 'canceled'"
    )
    op.execute(
        "CREATE INDEX appointment_by_session ON appointment (clinic_id, session_id, starts_at, id)"
        " WHERE session_id IS NOT NULL"
    )
    op.execute("CREATE INDEX hold_seat ON hold (clinic_id, session_id) WHERE session_id IS NOT NULL")
    # Seats are counted over all patients', whoever books.
    op.execute(
        """
        CREATE FUNCTION seats_taken(
            session uuid, without uuid, OUT booked bigint, OUT held bigint, OUT held_until timestamptz
        ) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT
                (SELECT count(*) FROM appointment
                 WHERE clinic_id = current_setting('app.clinic_id')::uuid AND session_id = session
                   AND status <> 'canceled' AND id <> without),
                count(*), max(expires_at)
            FROM hold
            WHERE clinic_id = current_setting('app.clinic_id')::uuid AND session_id = session
              AND expires_at > clock_timestamp() AND id <> without
        $$
        """
    )
    lend("seats_taken(uuid, uuid)")
    # Those who are in a session together are one visit of its specialist.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION count_visits(
            service uuid, location uuid, specialist uuid, begins timestamptz, ends timestamptz, without uuid
        ) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT count(DISTINCT id) FROM (
                SELECT coalesce(session_id, id) AS id FROM appointment
                WHERE clinic_id = current_setting('app.clinic_id')::uuid AND service_id = service
                  AND location_id = location AND starts_at >= begins AND starts_at < ends AND status <> 'canceled'
                  AND id <> without
                  AND (specialist IS NULL OR specialist_id = specialist OR specialist = ANY (also_specialist_ids))
                UNION ALL
                SELECT coalesce(session_id, id) FROM hold
                WHERE clinic_id = current_setting('app.clinic_id')::uuid AND service_id = service
                  AND location_id = location AND starts_at >= begins AND starts_at < ends
                  AND expires_at > clock_timestamp() AND id <> without
                  AND (specialist IS NULL OR specialist_id = specialist OR specialist = ANY (also_specialist_ids))
            ) AS visit
        $$
        """
    )
    op.execute(
        """
        CREATE OR REPLACE FUNCTION specialist_loads(
            specialists uuid[], calendar uuid, begins timestamptz, ends timestamptz, without uuid
        ) RETURNS TABLE (specialist_id uuid, visits bigint, minutes bigint, last_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH each AS (
                SELECT s.id, coalesce(a.session_id, a.id) AS visit, a.calendar_id, a.starts_at, a.ends_at, a.created_at
                FROM appointment a, unnest(a.specialist_id || a.also_specialist_ids) AS s (id)
                WHERE a.clinic_id = current_setting('app.clinic_id')::uuid AND s.id = ANY (specialists)
                  AND (a.specialist_id = ANY (specialists) OR a.is_together)
                  AND a.starts_at >= begins AND a.starts_at < ends AND a.status <> 'canceled' AND a.id <> without
                UNION ALL
                SELECT s.id, coalesce(h.session_id, h.id), h.calendar_id, h.starts_at, h.ends_at,
                       h.expires_at - h.length
                FROM hold h, unnest(h.specialist_id || h.also_specialist_ids) AS s (id)
                WHERE h.clinic_id = current_setting('app.clinic_id')::uuid AND s.id = ANY (specialists)
                  AND h.starts_at >= begins AND h.starts_at < ends AND h.expires_at > clock_timestamp()
                  AND h.id <> without
            ), v AS (
                SELECT DISTINCT ON (id, visit) * FROM each ORDER BY id, visit, created_at
            )
            SELECT v.id, count(*) FILTER (WHERE v.calendar_id = calendar),
                   (sum(extract(epoch FROM v.ends_at - v.starts_at)) / 60)::bigint,
                   max(v.created_at) FILTER (WHERE v.calendar_id = calendar)
            FROM v GROUP BY v.id
        $$
        """
    )
    # In portions, as before.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION remove_ended_claims(before timestamptz) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DELETE FROM claim WHERE (tableoid, ctid) IN (
                SELECT tableoid, ctid FROM claim WHERE upper(during) < before LIMIT 100000
            );
            DELETE FROM group_session WHERE (clinic_id, id) IN (
                SELECT clinic_id, id FROM group_session
                WHERE occupied_until < before AND greatest(occupied_until, room_until) < before LIMIT 100000
            );
        $$
        """
    )
