"""Calendars; what is taken by several specialists together, by holds and by blocks."""

from alembic import op
from chassis.migrate import TENANT, lend, protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE calendar (
            {TENANT},
            id uuid NOT NULL,
            name text NOT NULL,
            service_id uuid NOT NULL,
            location_id uuid NOT NULL,
            modality text NOT NULL,
            strategy text NOT NULL CHECK (strategy IN ('round_robin', 'priority', 'least_loaded', 'collective')),
            members jsonb NOT NULL,
            hours jsonb NOT NULL,
            public boolean NOT NULL,
            inactive boolean NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX calendar_by_name ON calendar (clinic_id, name)")
    protect(["calendar"])
    op.execute("ALTER TABLE busy ADD COLUMN calendar_id uuid")
    op.execute("ALTER TABLE busy ADD COLUMN also_specialist_ids uuid[] NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE busy ADD COLUMN is_together boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE busy ADD COLUMN expires_at timestamptz")
    op.execute("ALTER TABLE busy ADD COLUMN heard_at timestamptz NOT NULL DEFAULT now()")
    # Of what the id is; ids are their owners' to choose.
    op.execute("ALTER TABLE busy ADD COLUMN kind text NOT NULL DEFAULT 'appointment'")
    op.execute("ALTER TABLE busy DROP CONSTRAINT busy_pkey")
    op.execute("ALTER TABLE busy ADD PRIMARY KEY (clinic_id, appointment_id, kind)")
    op.execute("CREATE INDEX busy_over ON busy (heard_at) WHERE kind <> 'appointment' AND occupied_until IS NULL")
    op.execute(
        """
        CREATE FUNCTION remove_ended_busy(before timestamptz) RETURNS void
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DELETE FROM busy WHERE (clinic_id, appointment_id, kind) IN (
                SELECT clinic_id, appointment_id, kind FROM busy
                WHERE kind = 'hold' AND occupied_until IS NULL AND heard_at < before LIMIT 10000
            )
        $$
        """
    )
    lend("remove_ended_busy(timestamptz)")
    op.execute("ALTER TABLE busy ALTER COLUMN specialist_id DROP NOT NULL")
    op.execute("CREATE INDEX busy_together ON busy (clinic_id, occupied_until) WHERE is_together")
    op.execute(
        "CREATE INDEX busy_by_calendar ON busy (clinic_id, calendar_id, starts_at) WHERE calendar_id IS NOT NULL"
    )
    # As before, and for columns that hold several ids.
    op.execute(
        """
        CREATE OR REPLACE FUNCTION stamp_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            facts jsonb;
            what text;
            ids uuid[] := '{}';
            clinic uuid;
        BEGIN
            FOR facts IN SELECT row FROM unnest(ARRAY[to_jsonb(OLD), to_jsonb(NEW)]) AS row WHERE row IS NOT NULL LOOP
                clinic := facts ->> 'clinic_id';
                FOREACH what IN ARRAY TG_ARGV LOOP
                    IF what = 'catalog' THEN
                        ids := ids || '00000000-0000-0000-0000-000000000000'::uuid;
                    ELSIF what = 'equipment' THEN
                        ids := ids || ARRAY(SELECT (unit ->> 0)::uuid FROM jsonb_array_elements(facts -> what) AS unit);
                    ELSIF jsonb_typeof(facts -> what) = 'array' THEN
                        ids := ids || ARRAY(SELECT each::uuid FROM jsonb_array_elements_text(facts -> what) AS each);
                    ELSIF facts ->> what IS NOT NULL THEN
                        ids := ids || (facts ->> what)::uuid;
                    END IF;
                END LOOP;
            END LOOP;
            INSERT INTO stamp (clinic_id, id, version)
            SELECT clinic, id, 1 FROM (SELECT DISTINCT unnest(ids) AS id ORDER BY id) AS sorted
            ON CONFLICT (clinic_id, id) DO UPDATE SET version = stamp.version + 1;
            RETURN NULL;
        END $$
        """
    )
    op.execute("DROP TRIGGER stamp ON busy")
    _stamp("busy", "'specialist_id', 'room_id', 'service_id', 'equipment', 'also_specialist_ids'")
    _stamp("calendar", "'catalog'")


def _stamp(table: str, what: str) -> None:
    op.execute(
        f"CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION stamp_changed({what})"
    )
