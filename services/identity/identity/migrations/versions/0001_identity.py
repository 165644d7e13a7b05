"""Clinics, humans, memberships, service accounts and their keys."""

from alembic import op
from chassis.migrate import TENANT, create_own_tables, protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_own_tables()
    op.execute(
        """
        CREATE TABLE clinic (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            slug text NOT NULL UNIQUE,
            time_zone text NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        """
        CREATE TABLE human (
            id uuid PRIMARY KEY,
            email text NOT NULL UNIQUE,
            created_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE membership (
            {TENANT},
            id uuid NOT NULL,
            human_id uuid NOT NULL REFERENCES human (id),
            role text NOT NULL CHECK (role IN ('admin', 'front_desk', 'specialist', 'patient')),
            patient_id uuid,
            specialist_id uuid,
            invited_at timestamptz NOT NULL,
            accepted_at timestamptz,
            PRIMARY KEY (clinic_id, id),
            UNIQUE (clinic_id, human_id),
            CHECK ((role = 'patient') = (patient_id IS NOT NULL))
        )
        """
    )
    op.execute("CREATE INDEX membership_by_human ON membership (human_id)")
    op.execute(
        f"""
        CREATE TABLE service_account (
            {TENANT},
            id uuid NOT NULL,
            name text NOT NULL,
            permissions text[] NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (clinic_id, id),
            UNIQUE (clinic_id, name)
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE api_key (
            {TENANT},
            id uuid NOT NULL,
            service_account_id uuid NOT NULL,
            prefix text NOT NULL,
            digest bytea NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            PRIMARY KEY (clinic_id, id),
            UNIQUE (clinic_id, digest),
            FOREIGN KEY (clinic_id, service_account_id) REFERENCES service_account (clinic_id, id)
        )
        """
    )
    # Who acts in no clinic yet sees their own memberships in all, and the names of those clinics: that is how they choose.
    here = "nullif(current_setting('app.clinic_id', true), '')::uuid"
    mine = f"({here} IS NULL AND human_id::text = nullif(current_setting('app.subject', true), ''))"
    protect(["service_account", "api_key"])
    protect(["membership"], using=f"{{clinic}} OR {mine}", writing="{clinic}")
    theirs = f"EXISTS (SELECT FROM membership m WHERE m.clinic_id = clinic.id AND {mine})"
    protect(["clinic"], using=f"id = {here} OR {theirs}", writing=f"id = {here}")
    # A human belongs to no clinic; who may be found is decided by the memberships that lead to them.
    protect(["human"], using="true")
