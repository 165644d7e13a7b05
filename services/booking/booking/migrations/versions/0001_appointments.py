"""Appointments and their claims on time."""

from alembic import op
from chassis.migrate import TENANT, create_own_tables, protect

revision = "0001"
down_revision = None

_PARTITIONS = 8


def upgrade() -> None:
    create_own_tables()
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(
        f"""
        CREATE TABLE appointment (
            {TENANT},
            id uuid NOT NULL,
            patient_id uuid NOT NULL,
            specialist_id uuid NOT NULL,
            service_id uuid NOT NULL,
            location_id uuid NOT NULL,
            room_id uuid,
            time_zone text NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
            occupied_from timestamptz NOT NULL CHECK (occupied_from <= starts_at),
            occupied_until timestamptz NOT NULL CHECK (occupied_until >= ends_at),
            status text NOT NULL CHECK (status IN ('scheduled', 'canceled')),
            notes text NOT NULL,
            reason text NOT NULL,
            version bigint NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (clinic_id, id)
        )
        """
    )
    op.execute("CREATE INDEX appointment_by_start ON appointment (clinic_id, starts_at, id)")
    op.execute("CREATE INDEX appointment_by_specialist ON appointment (clinic_id, specialist_id, starts_at, id)")
    op.execute("CREATE INDEX appointment_by_patient ON appointment (clinic_id, patient_id, starts_at, id)")
    op.execute(
        f"""
        CREATE TABLE claim (
            {TENANT},
            resource_id uuid NOT NULL,
            unit int NOT NULL DEFAULT 0,
            during tstzrange NOT NULL CHECK (NOT isempty(during)),
            holder uuid NOT NULL,
            expires_at timestamptz,
            CONSTRAINT claim_no_overlap
                EXCLUDE USING gist (clinic_id WITH =, resource_id WITH =, unit WITH =, during WITH &&)
        ) PARTITION BY HASH (clinic_id)
        """
    )
    for n in range(_PARTITIONS):
        op.execute(f"CREATE TABLE claim_p{n} PARTITION OF claim FOR VALUES WITH (MODULUS {_PARTITIONS}, REMAINDER {n})")
    op.execute("CREATE INDEX claim_by_holder ON claim (clinic_id, holder)")
    # ON CONFLICT DO NOTHING, although a conflict is the end of it: a plain insert writes its row first and then looks for
    # rivals, so that two at once wait for each other until one is shot as a deadlock, a second later. This form waits
    # for the rival and then says no. In the database, since trying room after room from outside would cost round trips.
    op.execute(
        """
        CREATE FUNCTION take_claims(
            holder uuid, specialist uuid, rooms uuid[], span tstzrange, OUT took_specialist boolean, OUT room uuid
        ) LANGUAGE plpgsql AS $$
        DECLARE
            candidate uuid;
        BEGIN
            INSERT INTO claim (resource_id, during, holder) VALUES (specialist, span, take_claims.holder)
            ON CONFLICT DO NOTHING;
            took_specialist := FOUND;
            IF NOT FOUND THEN
                RETURN;
            END IF;
            FOREACH candidate IN ARRAY rooms LOOP
                INSERT INTO claim (resource_id, during, holder) VALUES (candidate, span, take_claims.holder)
                ON CONFLICT DO NOTHING;
                IF FOUND THEN
                    room := candidate;
                    RETURN;
                END IF;
            END LOOP;
        END $$
        """
    )
    # A patient signed in to the portal sees their own appointments only; staff and services have no patient_id.
    own = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL"
    own += " OR patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)"
    protect(["appointment"], also=own)
    protect(["claim", *(f"claim_p{n}" for n in range(_PARTITIONS))])
