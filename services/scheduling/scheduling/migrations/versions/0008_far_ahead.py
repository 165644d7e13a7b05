"""What is taken around a time, at a cost that does not grow with what is booked far ahead of it, or with the clinic.

Every index of `busy` is made anew, under a lock: with millions of visits scheduling waits for it for some ten seconds.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

_RESOURCES = ("specialist_id", "room_id", "service_id", "location_id")
# What ends a day or more after a stretch, and yet touches it, lasts longer than a day: blocks, which have indexes of their
# own. Without this bound, all that is booked ahead was read, to see that it begins later.
_ENDS_SOON = "occupied_until > begins - interval '4 hours' AND occupied_until < ends + interval '24 hours'"
_LONG = "occupied_until - occupied_from > interval '24 hours'"
_ENDS_LATE = f"{_LONG} AND occupied_until >= ends + interval '24 hours'"
_COUNTS = "occupied_from < ends AND appointment_id <> ALL (holders) AND (expires_at IS NULL OR expires_at > at)"
_TOGETHER = f"is_together AND occupied_until > begins AND {_COUNTS} AND also_specialist_ids && specialists"
_CONCERNS = """
    (specialist_id = ANY (specialists) OR room_id = ANY (rooms) OR service_id = service OR location_id = place)
"""


def upgrade() -> None:
    _index_by_resource()
    # OFFSET 0: whom was asked for comes first, then what they have; not all there is, compared with whom was asked for.
    branches = [
        f"""
        SELECT it.* FROM unnest({wanted}) AS wanted (id) CROSS JOIN LATERAL (
            SELECT * FROM busy WHERE {column} = wanted.id AND {bound} AND {_COUNTS} OFFSET 0
        ) AS it
        """  # noqa: S608  # constants
        for column, wanted in (("specialist_id", "specialists"), ("room_id", "rooms"))
        for bound in (_ENDS_SOON, _ENDS_LATE)
    ]
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION taken_of(
            begins timestamptz, ends timestamptz, holders uuid[], specialists uuid[], rooms uuid[], at timestamptz
        ) RETURNS SETOF busy LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
        BEGIN
            RETURN QUERY {" UNION ALL ".join(branches)} UNION ALL SELECT * FROM busy WHERE {_TOGETHER};
        END $$
        """  # noqa: S608  # constants
    )
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION taken_around(
            begins timestamptz, ends timestamptz, holders uuid[], specialists uuid[], rooms uuid[], service uuid,
            place uuid, at timestamptz
        ) RETURNS SETOF busy LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
        BEGIN
            RETURN QUERY
            SELECT * FROM busy WHERE {_ENDS_SOON} AND {_COUNTS} AND {_CONCERNS}
            UNION ALL
            SELECT * FROM busy WHERE {_ENDS_LATE} AND {_COUNTS} AND {_CONCERNS}
            UNION ALL
            SELECT * FROM busy WHERE {_TOGETHER} AND {_CONCERNS} IS NOT TRUE;
        END $$
        """  # noqa: S608  # constants
    )


def _index_by_resource() -> None:
    """A plan that is kept was made for the clinic that came first. If that had next to nothing, any index that begins with
    the clinic, or (by skipping) with few other values, seemed as good: for the next clinic all that it has was read. So
    none is left that a look for one resource could use but that resource's own, which is what NOT NULL is for."""
    op.execute("ALTER TABLE busy DROP CONSTRAINT busy_pkey, ADD PRIMARY KEY (appointment_id, kind, clinic_id)")
    for column in _RESOURCES:
        name, known = column.removesuffix("_id"), f"{column} IS NOT NULL"
        op.execute(f"DROP INDEX busy_by_{name}")
        op.execute(
            f"CREATE INDEX busy_by_{name} ON busy ({column}, clinic_id, occupied_until, occupied_from) WHERE {known}"
        )
        op.execute(
            f"CREATE INDEX busy_long_by_{name} ON busy ({column}, clinic_id, occupied_until) WHERE {known} AND {_LONG}"
        )
    op.execute("DROP INDEX busy_together")
    op.execute("CREATE INDEX busy_together ON busy (clinic_id, occupied_until, occupied_from) WHERE is_together")
    # For what no resource leads to: the visits that take a piece of equipment.
    op.execute("CREATE INDEX busy_by_start ON busy (clinic_id, starts_at) WHERE starts_at IS NOT NULL")
