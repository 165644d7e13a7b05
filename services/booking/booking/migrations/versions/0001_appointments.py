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
    # In the database, since only a subtransaction survives a lost race for one room to try for the next, and a savepoint
    # from outside would cost every booking two more trips. Specialist before room, always: no circle of waiting.
    op.execute(
        """
        CREATE FUNCTION take_claims(holder uuid, specialist uuid, rooms uuid[], span tstzrange) RETURNS uuid
        LANGUAGE plpgsql AS $$
        DECLARE
            room uuid;
        BEGIN
            INSERT INTO claim (resource_id, during, holder) VALUES (specialist, span, take_claims.holder);
            FOREACH room IN ARRAY rooms LOOP
                CONTINUE WHEN EXISTS (
                    SELECT FROM claim c WHERE c.resource_id = room AND c.unit = 0 AND c.during && span
                );
                BEGIN
                    INSERT INTO claim (resource_id, during, holder) VALUES (room, span, take_claims.holder);
                    RETURN room;
                EXCEPTION WHEN exclusion_violation THEN
                    CONTINUE;
                END;
            END LOOP;
            RETURN NULL;
        END $$
        """
    )
    # A patient signed in to the portal sees their own appointments only; staff and services have no patient_id.
    own = " AND (nullif(current_setting('app.patient_id', true), '') IS NULL"
    own += " OR patient_id = nullif(current_setting('app.patient_id', true), '')::uuid)"
    protect(["appointment"], also=own)
    protect(["claim", *(f"claim_p{n}" for n in range(_PARTITIONS))])
