"""Who walked in and waits, and what tells for how long."""

from alembic import op
from chassis.migrate import TENANT, lend, protect

revision = "0011"
down_revision = "0010"

_OWN = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL OR "
_MINE = "nullif(current_setting('app.patient_id', true), '')::uuid"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE walk_in (
            {TENANT},
            id uuid NOT NULL,
            patient_id uuid NOT NULL,
            location_id uuid NOT NULL,
            time_zone text NOT NULL,
            service_id uuid NOT NULL,
            specialist_id uuid,
            planned interval NOT NULL,
            notes text NOT NULL,
            urgent boolean NOT NULL,
            status text NOT NULL CHECK (status IN ('waiting', 'called', 'serving', 'done', 'left')),
            reason text NOT NULL,
            called_at timestamptz,
            called_by text NOT NULL,
            called_specialist_id uuid,
            room_id uuid,
            appointment_id uuid CHECK ((appointment_id IS NOT NULL) = (status IN ('serving', 'done'))),
            joined_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            version bigint NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    # Whatever the code does: a patient is in a queue once.
    op.execute(
        "CREATE UNIQUE INDEX walk_in_once ON walk_in (clinic_id, location_id, patient_id)"
        " WHERE status IN ('waiting', 'called')"
    )
    op.execute("CREATE INDEX walk_in_by_status ON walk_in (clinic_id, location_id, status, joined_at, id)")
    op.execute("CREATE INDEX walk_in_by_age ON walk_in (joined_at) WHERE status IN ('waiting', 'called')")
    op.execute(
        "CREATE UNIQUE INDEX walk_in_by_appointment ON walk_in (clinic_id, appointment_id)"
        " WHERE appointment_id IS NOT NULL"
    )
    protect(["walk_in"], also=f"{_OWN}patient_id = {_MINE})")
    # A patient sees themselves only; how long they wait depends on everybody. Nothing here says who they are.
    op.execute(
        """
        CREATE FUNCTION walk_in_turns(place uuid)
        RETURNS TABLE (id uuid, service_id uuid, specialist_id uuid, called boolean, planned interval)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT w.id, w.service_id, coalesce(w.called_specialist_id, w.specialist_id), w.status = 'called', w.planned
            FROM walk_in w
            WHERE w.clinic_id = current_setting('app.clinic_id')::uuid AND w.location_id = place
              AND w.status IN ('waiting', 'called')
            ORDER BY NOT w.urgent, w.joined_at, w.id
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION visits_under_way(specialists uuid[], since timestamptz, until timestamptz)
        RETURNS TABLE (
            id uuid, specialist_ids uuid[], service_id uuid, began_at timestamptz, starts_at timestamptz,
            ends_at timestamptz
        )
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT a.id, a.specialist_id || a.also_specialist_ids, a.service_id, began.at, a.starts_at, a.ends_at
            FROM appointment a CROSS JOIN LATERAL (
                SELECT max(e.changed_at) AS at FROM appointment_entry e
                WHERE e.clinic_id = a.clinic_id AND e.appointment_id = a.id AND e.status = 'in_progress'
            ) AS began
            WHERE a.clinic_id = current_setting('app.clinic_id')::uuid AND a.status = 'in_progress'
              AND a.starts_at >= since AND a.starts_at < until AND began.at IS NOT NULL
              AND (a.specialist_id = ANY (specialists) OR a.is_together AND a.also_specialist_ids && specialists)
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION visit_durations(
            services uuid[], place uuid, since timestamptz, until timestamptz, most int
        ) RETURNS TABLE (service_id uuid, durations interval[])
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT s.id, ARRAY(
                SELECT ended.at - began.at
                FROM appointment a
                CROSS JOIN LATERAL (
                    SELECT max(e.changed_at) AS at FROM appointment_entry e
                    WHERE e.clinic_id = a.clinic_id AND e.appointment_id = a.id AND e.status = 'in_progress'
                ) AS began
                CROSS JOIN LATERAL (
                    SELECT max(e.changed_at) AS at FROM appointment_entry e
                    WHERE e.clinic_id = a.clinic_id AND e.appointment_id = a.id AND e.status = 'completed'
                ) AS ended
                WHERE a.clinic_id = current_setting('app.clinic_id')::uuid AND a.service_id = s.id
                  AND a.location_id = place AND a.status = 'completed' AND a.starts_at >= since AND a.starts_at < until
                  AND began.at IS NOT NULL AND ended.at IS NOT NULL
                ORDER BY a.starts_at DESC LIMIT most
            )
            FROM unnest(services) AS s (id)
        $$
        """
    )
    # Of all clinics, in portions; as they were.
    op.execute(
        """
        CREATE FUNCTION give_up_walk_ins(before timestamptz, why text, at timestamptz) RETURNS SETOF walk_in
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH waiting AS (
                SELECT * FROM walk_in WHERE status IN ('waiting', 'called') AND joined_at < before
                ORDER BY joined_at LIMIT 1000 FOR UPDATE SKIP LOCKED
            ), gone AS (
                UPDATE walk_in w SET status = 'left', reason = why, changed_at = at, version = w.version + 1
                FROM waiting WHERE w.clinic_id = waiting.clinic_id AND w.id = waiting.id
            )
            SELECT * FROM waiting
        $$
        """
    )
    lend("walk_in_turns(uuid)")
    lend("visits_under_way(uuid[], timestamptz, timestamptz)")
    lend("visit_durations(uuid[], uuid, timestamptz, timestamptz, int)")
    lend("give_up_walk_ins(timestamptz, text, timestamptz)")
