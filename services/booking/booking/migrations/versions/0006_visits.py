"""What becomes of an appointment, its timeline and terms; holds, blocks and policies; claims that expire."""

from alembic import op
from chassis.migrate import TENANT, lend, protect

revision = "0006"
down_revision = "0005"

_OWN = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL OR "
_VISIT = """
    specialist_id uuid NOT NULL,
    also_specialist_ids uuid[] NOT NULL,
    service_id uuid NOT NULL,
    location_id uuid NOT NULL,
    calendar_id uuid,
    room_id uuid,
    equipment jsonb NOT NULL,
    time_zone text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    occupied_from timestamptz NOT NULL,
    occupied_until timestamptz NOT NULL,
    room_until timestamptz,
    assignment text NOT NULL,
    version bigint NOT NULL
"""


def upgrade() -> None:
    op.execute("ALTER TABLE appointment DROP CONSTRAINT appointment_status_check")
    op.execute(
        "ALTER TABLE appointment ADD CONSTRAINT appointment_status_check CHECK (status IN ('requested', 'scheduled',"
        " 'confirmed', 'checked_in', 'in_progress', 'completed', 'canceled', 'no_show'))"
    )
    op.execute("ALTER TABLE appointment ADD COLUMN terms jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE appointment ADD COLUMN late_fee jsonb, ADD COLUMN no_show_fee jsonb")
    op.execute("ALTER TABLE appointment ADD COLUMN overbooked boolean NOT NULL DEFAULT false")
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
            PRIMARY KEY (clinic_id, appointment_id, version)
        )
        """
    )
    protect(
        ["appointment_entry"], also=f"{_OWN}patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)"
    )
    op.execute(
        f"""
        CREATE TABLE policy (
            {TENANT},
            service_id uuid NOT NULL,
            notice_minutes int NOT NULL,
            late_fee jsonb,
            no_show_fee jsonb,
            terms text NOT NULL,
            needs_acceptance boolean NOT NULL,
            overbook_most int NOT NULL,
            hold_minutes int NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, service_id)
        )
        """
    )
    protect(["policy"])
    op.execute(
        f"""
        CREATE TABLE hold (
            {TENANT},
            id uuid NOT NULL,
            {_VISIT},
            subject text NOT NULL,
            length interval NOT NULL,
            expires_at timestamptz NOT NULL,
            extensions int NOT NULL,
            claims int NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX hold_by_expiry ON hold (expires_at)")
    op.execute("CREATE INDEX hold_by_subject ON hold (clinic_id, subject)")
    protect(["hold"], also=f"{_OWN}subject = current_setting('app.subject', true))")
    op.execute(
        f"""
        CREATE TABLE block (
            {TENANT},
            id uuid NOT NULL,
            specialist_id uuid,
            room_id uuid,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
            reason text NOT NULL,
            removed boolean NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, id),
            CHECK (num_nonnulls(specialist_id, room_id) = 1)
        )
        """
    )
    op.execute("CREATE INDEX block_by_start ON block (clinic_id, starts_at, id)")
    protect(["block"])
    # Ids are their owners' to choose: a block's may be an appointment's, too.
    op.execute("ALTER TABLE claim ADD COLUMN kind text NOT NULL DEFAULT 'appointment'")
    # As before, beside the form of the release before; claims may expire. One that has expired takes nothing, whether
    # or not anybody has swept: whoever meets it removes it.
    op.execute(
        """
        CREATE FUNCTION take_claims(
            holder uuid, demand int[], resource uuid[], unit int[], span tstzrange[], wanted int[],
            kind text, expires timestamptz, OUT lacking int, OUT taken int[]
        ) LANGUAGE plpgsql AS $$
        DECLARE
            got int[] := array_fill(0, ARRAY[cardinality(wanted)]);
            swept boolean;
        BEGIN
            taken := '{}';
            FOR i IN 1 .. cardinality(demand) LOOP
                IF i > 1 AND demand[i] <> demand[i - 1] AND got[demand[i - 1]] < wanted[demand[i - 1]] THEN
                    lacking := demand[i - 1];
                    RETURN;
                END IF;
                CONTINUE WHEN got[demand[i]] >= wanted[demand[i]];
                swept := false;
                LOOP
                    INSERT INTO claim (resource_id, unit, during, holder, kind, expires_at)
                    VALUES (resource[i], take_claims.unit[i], span[i], take_claims.holder, take_claims.kind, expires)
                    ON CONFLICT DO NOTHING;
                    IF FOUND THEN
                        got[demand[i]] := got[demand[i]] + 1;
                        taken := taken || i;
                        EXIT;
                    END IF;
                    EXIT WHEN swept;
                    DELETE FROM claim
                    WHERE resource_id = resource[i] AND claim.unit = take_claims.unit[i] AND during && span[i]
                      AND expires_at <= clock_timestamp();
                    EXIT WHEN NOT FOUND;
                    swept := true;
                END LOOP;
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
    # Who holds a time has their place among the day's visits, and their turn.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION count_visits(
            service uuid, location uuid, specialist uuid, begins timestamptz, ends timestamptz, without uuid
        ) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT (
                SELECT count(*) FROM appointment
                WHERE clinic_id = current_setting('app.clinic_id')::uuid AND service_id = service
                  AND location_id = location AND starts_at >= begins AND starts_at < ends AND status <> 'canceled'
                  AND id <> without
                  AND (specialist IS NULL OR specialist_id = specialist OR specialist = ANY (also_specialist_ids))
            ) + (
                SELECT count(*) FROM hold
                WHERE clinic_id = current_setting('app.clinic_id')::uuid AND service_id = service
                  AND location_id = location AND starts_at >= begins AND starts_at < ends
                  AND expires_at > clock_timestamp() AND id <> without
                  AND (specialist IS NULL OR specialist_id = specialist OR specialist = ANY (also_specialist_ids))
            )
        $$
        """
    )
    op.execute(
        """
        CREATE OR REPLACE FUNCTION specialist_loads(
            specialists uuid[], calendar uuid, begins timestamptz, ends timestamptz, without uuid
        ) RETURNS TABLE (specialist_id uuid, visits bigint, minutes bigint, last_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH visit AS (
                SELECT s.id, a.calendar_id, a.starts_at, a.ends_at, a.created_at
                FROM appointment a, unnest(a.specialist_id || a.also_specialist_ids) AS s (id)
                WHERE a.clinic_id = current_setting('app.clinic_id')::uuid AND s.id = ANY (specialists)
                  AND (a.specialist_id = ANY (specialists) OR a.is_together)
                  AND a.starts_at >= begins AND a.starts_at < ends AND a.status <> 'canceled' AND a.id <> without
                UNION ALL
                SELECT s.id, h.calendar_id, h.starts_at, h.ends_at, h.expires_at - h.length
                FROM hold h, unnest(h.specialist_id || h.also_specialist_ids) AS s (id)
                WHERE h.clinic_id = current_setting('app.clinic_id')::uuid AND s.id = ANY (specialists)
                  AND h.starts_at >= begins AND h.starts_at < ends AND h.expires_at > clock_timestamp()
                  AND h.id <> without
            )
            SELECT v.id, count(*) FILTER (WHERE v.calendar_id = calendar),
                   (sum(extract(epoch FROM v.ends_at - v.starts_at)) / 60)::bigint,
                   max(v.created_at) FILTER (WHERE v.calendar_id = calendar)
            FROM visit v GROUP BY v.id
        $$
        """
    )
    # Of all clinics, in portions; what they took goes with them.
    op.execute(
        """
        CREATE FUNCTION take_expired_holds(before timestamptz) RETURNS SETOF hold
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            WITH gone AS (
                DELETE FROM hold WHERE (clinic_id, id) IN (
                    SELECT clinic_id, id FROM hold WHERE expires_at <= before
                    ORDER BY expires_at LIMIT 1000 FOR UPDATE SKIP LOCKED
                ) RETURNING *
            ), freed AS (
                DELETE FROM claim USING gone
                WHERE claim.clinic_id = gone.clinic_id AND claim.holder = gone.id AND claim.kind = 'hold'
            )
            SELECT * FROM gone
        $$
        """
    )
    lend("take_expired_holds(timestamptz)")
