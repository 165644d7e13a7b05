"""The timeline by month; who asked and was never answered."""

from alembic import op
from chassis.migrate import TENANT, lend, protect

revision = "0012"
down_revision = "0011"

_OWN = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL OR "
_MINE = "nullif(current_setting('app.patient_id', true), '')::uuid"
_MONTHS = "SELECT timeline_partition((date_trunc('month', {at} AT TIME ZONE 'UTC') + make_interval(months => n))::date)"


def upgrade() -> None:
    _partition_timeline()
    _decline_unanswered()


def _partition_timeline() -> None:
    # Entries are only ever added: old months can be put away as they are. Appointments stay in one table, since an id is
    # one appointment's whatever month it moves to, and only an index over all of them can say so.
    op.execute("ALTER TABLE appointment_entry RENAME TO entry_before")
    op.execute("ALTER INDEX appointment_entry_pkey RENAME TO entry_before_pkey")
    op.execute(
        f"""
        CREATE TABLE appointment_entry (
            {TENANT},
            appointment_id uuid NOT NULL,
            version bigint NOT NULL,
            patient_id uuid NOT NULL,
            changed_at timestamptz NOT NULL,
            changed_by text NOT NULL,
            actor text NOT NULL,
            action text NOT NULL,
            status text NOT NULL,
            starts_at timestamptz NOT NULL,
            specialist_id uuid NOT NULL,
            room_id uuid,
            reason text NOT NULL,
            PRIMARY KEY (clinic_id, appointment_id, version, changed_at)
        ) PARTITION BY RANGE (changed_at)
        """
    )
    protect(["appointment_entry"], also=f"{_OWN}patient_id = {_MINE})")
    # The service may not own tables, so the owner lends it just this. Nobody reaches a partition but by its parent.
    op.execute(
        """
        CREATE FUNCTION timeline_partition(month date) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            name text := 'appointment_entry_' || to_char(month, 'YYYY_MM');
        BEGIN
            IF to_regclass(name) IS NOT NULL THEN
                RETURN;
            END IF;
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF appointment_entry FOR VALUES FROM (%L) TO (%L)', name,
                date_trunc('month', month::timestamp) AT TIME ZONE 'UTC',
                (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC'
            );
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
            EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', name);
        END $$
        """
    )
    lend("timeline_partition(date)")
    # Whatever a clock says, a booking never fails for want of a month.
    op.execute("CREATE TABLE appointment_entry_other PARTITION OF appointment_entry DEFAULT")
    op.execute("ALTER TABLE appointment_entry_other ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY owner ON appointment_entry_other TO CURRENT_USER USING (true)")
    op.execute(f"{_MONTHS.format(at='changed_at')} FROM entry_before, generate_series(0, 0) n")
    op.execute(f"{_MONTHS.format(at='now()')} FROM generate_series(-1, 3) n")
    op.execute("INSERT INTO appointment_entry SELECT * FROM entry_before")
    op.execute("DROP TABLE entry_before")


def _decline_unanswered() -> None:
    # Of all clinics, in portions; what they took goes with them; of sessions, see below.
    op.execute("CREATE INDEX appointment_unanswered ON appointment (starts_at) WHERE status = 'requested'")
    op.execute(
        """
        CREATE FUNCTION decline_unanswered(at timestamptz, who text, why text) RETURNS SETOF appointment
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH late AS (
                SELECT clinic_id, id FROM appointment WHERE status = 'requested' AND starts_at <= at
                ORDER BY starts_at LIMIT 1000 FOR UPDATE SKIP LOCKED
            ), declined AS (
                UPDATE appointment a SET status = 'canceled', reason = why, version = a.version + 1, updated_at = at
                FROM late WHERE a.clinic_id = late.clinic_id AND a.id = late.id RETURNING a.*
            ), told AS (
                INSERT INTO appointment_entry (
                    clinic_id, appointment_id, version, patient_id, changed_at, changed_by, actor, action, status,
                    starts_at, specialist_id, room_id, reason
                )
                SELECT clinic_id, id, version, patient_id, at, who, 'system', 'declined', status, starts_at,
                       specialist_id, room_id, reason
                FROM declined
            ), freed AS (
                DELETE FROM claim USING declined
                WHERE claim.clinic_id = declined.clinic_id AND claim.holder = declined.id
                  AND claim.kind = 'appointment'
            )
            SELECT * FROM declined
        $$
        """
    )
    lend("decline_unanswered(timestamptz, text, text)")
    # A statement of its own, after the lock: whoever joined meanwhile is seen.
    op.execute(
        """
        CREATE FUNCTION end_empty_sessions(sessions uuid[]) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            PERFORM FROM group_session WHERE id = ANY (sessions) ORDER BY id FOR UPDATE;
            WITH ended AS (
                DELETE FROM group_session g
                WHERE g.id = ANY (sessions)
                  AND NOT EXISTS (
                      SELECT FROM appointment a
                      WHERE a.clinic_id = g.clinic_id AND a.session_id = g.id AND a.status <> 'canceled'
                  )
                  AND NOT EXISTS (
                      SELECT FROM hold h
                      WHERE h.clinic_id = g.clinic_id AND h.session_id = g.id AND h.expires_at > clock_timestamp()
                  )
                RETURNING g.clinic_id, g.id
            )
            DELETE FROM claim USING ended
            WHERE claim.clinic_id = ended.clinic_id AND claim.holder = ended.id AND claim.kind = 'session';
        END $$
        """
    )
    lend("end_empty_sessions(uuid[])")
