"""Appointments from calendars, and with several specialists; counts see all appointments, whoever books."""

from alembic import op
from chassis.migrate import lend

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE appointment ADD COLUMN calendar_id uuid")
    op.execute("ALTER TABLE appointment ADD COLUMN also_specialist_ids uuid[] NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE appointment ADD COLUMN assignment text NOT NULL DEFAULT ''")
    op.execute(
        "ALTER TABLE appointment ADD COLUMN is_together boolean NOT NULL"
        " GENERATED ALWAYS AS (cardinality(also_specialist_ids) > 0) STORED"
    )
    op.execute("CREATE INDEX appointment_together ON appointment (clinic_id, starts_at) WHERE is_together")
    # A patient sees their own appointments only; how many there are is counted over all of the clinic's.
    op.execute(
        """
        CREATE FUNCTION count_visits(
            service uuid, location uuid, specialist uuid, begins timestamptz, ends timestamptz, without uuid
        ) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT count(*) FROM appointment
            WHERE clinic_id = current_setting('app.clinic_id')::uuid AND service_id = service
              AND location_id = location AND starts_at >= begins AND starts_at < ends AND status <> 'canceled'
              AND id <> without
              AND (specialist IS NULL OR specialist_id = specialist OR specialist = ANY (also_specialist_ids))
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION specialist_loads(
            specialists uuid[], calendar uuid, begins timestamptz, ends timestamptz, without uuid
        ) RETURNS TABLE (specialist_id uuid, visits bigint, minutes bigint, last_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT a.specialist_id, count(*) FILTER (WHERE a.calendar_id = calendar),
                   (sum(extract(epoch FROM a.ends_at - a.starts_at)) / 60)::bigint,
                   max(a.created_at) FILTER (WHERE a.calendar_id = calendar)
            FROM appointment a
            WHERE a.clinic_id = current_setting('app.clinic_id')::uuid AND a.specialist_id = ANY (specialists)
              AND a.starts_at >= begins AND a.starts_at < ends AND a.status <> 'canceled' AND a.id <> without
            GROUP BY a.specialist_id
        $$
        """
    )
    lend("count_visits(uuid, uuid, uuid, timestamptz, timestamptz, uuid)")
    lend("specialist_loads(uuid[], uuid, timestamptz, timestamptz, uuid)")
