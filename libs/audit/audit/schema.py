"""The tables: records, partitioned by month of occurrence, and the seals over them."""

from typing import Final, Protocol

CREATE: Final = (
    """
    CREATE TABLE audit_record (
        id uuid NOT NULL,
        occurred_at timestamptz NOT NULL,
        -- The transaction that wrote it. Ids and clocks are not in commit order; a transaction number below the oldest
        -- running one is certainly settled, so a seal can cover "all records of transactions [a, b)" for good.
        txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        clinic_id uuid,
        subject text NOT NULL,
        actor text NOT NULL,
        action text NOT NULL,
        request_id text NOT NULL,
        session_id text NOT NULL,
        trace_id text NOT NULL,
        facts jsonb NOT NULL,
        PRIMARY KEY (occurred_at, id)
    ) PARTITION BY RANGE (occurred_at)
    """,
    "CREATE INDEX audit_record_by_clinic ON audit_record (clinic_id, occurred_at DESC)",
    "CREATE INDEX audit_record_by_txid ON audit_record (txid)",
    """
    CREATE TABLE audit_seal (
        seq bigint PRIMARY KEY,
        from_txid xid8 NOT NULL,
        until_txid xid8 NOT NULL,
        records bigint NOT NULL,
        previous_hash bytea NOT NULL,
        hash bytea NOT NULL,
        signer text NOT NULL,
        signature bytea NOT NULL,
        sealed_at timestamptz NOT NULL
    )
    """,
    # The service may not own tables, so the owner lends it just this: a partition for one month.
    """
    CREATE FUNCTION audit_partition(month date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF audit_record FOR VALUES FROM (%L) TO (%L)',
            'audit_record_' || to_char(month, 'YYYY_MM'),
            date_trunc('month', month::timestamp) AT TIME ZONE 'UTC',
            (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC'
        );
    END $$
    """,
    (
        "SELECT audit_partition((date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date)"
        " FROM generate_series(-1, 3) n"
    ),
)


class Executes(Protocol):
    async def execute(self, query: str, *args: object) -> object: ...


async def ensure_partitions(connection: Executes) -> None:
    """Make the partitions of this month and the next three, so that no midnight finds one missing."""
    await connection.execute(
        "SELECT audit_partition((date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n))::date)"
        " FROM generate_series(0, 3) n"
    )
