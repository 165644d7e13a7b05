"""What rules, rooms and preferences decide by; equipment that is taken; stamps."""

from alembic import op
from chassis.migrate import TENANT, protect

revision = "0003"
down_revision = "0002"

_COLUMNS = {
    "location": ("name text NOT NULL DEFAULT ''",),
    "room": (
        "capacity int NOT NULL DEFAULT 0",
        "features text[] NOT NULL DEFAULT '{}'",
        "turnaround_minutes int NOT NULL DEFAULT 0",
    ),
    "specialist": ("not_bookable boolean NOT NULL DEFAULT false",),
    "service": (
        "name text NOT NULL DEFAULT ''",
        "capacity int NOT NULL DEFAULT 0",
        "room_features text[] NOT NULL DEFAULT '{}'",
        "start_every_minutes int NOT NULL DEFAULT 0",
        "rules bytea NOT NULL DEFAULT ''",
    ),
    "busy": (
        "service_id uuid",
        "location_id uuid",
        "starts_at timestamptz",
        "ends_at timestamptz",
        "room_until timestamptz",
        "equipment jsonb NOT NULL DEFAULT '[]'",
    ),
}
_STAMPED = {
    **dict.fromkeys(("location", "room", "equipment", "specialist", "preference", "service"), ("catalog",)),
    "weekly_hours": ("specialist_id",),
    "override": ("specialist_id",),
    "holiday_calendar": ("location_id",),
    "downtime": ("room_id", "equipment_id"),
    "busy": ("specialist_id", "room_id", "service_id", "equipment"),
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    op.execute(
        f"""
        CREATE TABLE preference (
            {TENANT}, specialist_id uuid NOT NULL, version bigint NOT NULL, preferences bytea NOT NULL,
            PRIMARY KEY (clinic_id, specialist_id)
        )
        """
    )
    op.execute(f"CREATE TABLE stamp ({TENANT}, id uuid NOT NULL, version bigint NOT NULL, PRIMARY KEY (clinic_id, id))")
    op.execute("CREATE INDEX busy_by_service ON busy (clinic_id, service_id, occupied_until)")
    op.execute("CREATE INDEX busy_by_location ON busy (clinic_id, location_id, occupied_until)")
    protect(["preference", "stamp"])
    # Answers are made from what is remembered while its stamps stand. In the order of the ids, so that two who stamp the
    # same never wait for each other in a circle.
    op.execute(
        """
        CREATE FUNCTION stamp_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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
    for table, stamped in _STAMPED.items():
        arguments = ", ".join(f"'{each}'" for each in stamped)
        op.execute(
            f"CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION stamp_changed({arguments})"
        )
