"""What is taken around a time, at a cost that does not grow with what is booked far ahead of it."""

from alembic import op

revision = "0008"
down_revision = "0007"

# What ends a day or more after a stretch and yet touches it lasts longer than a day, and has indexes of its own (blocks).
# Without this bound, all that is booked ahead of a specialist or a room was read, to see that it begins later.
_ENDS_SOON = "occupied_until > begins - interval '4 hours' AND occupied_until < ends + interval '24 hours'"
_LONG = "occupied_until - occupied_from > interval '24 hours'"
_ENDS_LATE = f"{_LONG} AND occupied_until >= ends + interval '24 hours'"
_COUNTS = "occupied_from < ends AND appointment_id <> ALL (holders) AND (expires_at IS NULL OR expires_at > at)"
_LOOKED_UP = {"specialist_id": "specialists", "room_id": "rooms"}
_TOGETHER = f"is_together AND occupied_until > begins AND {_COUNTS} AND also_specialist_ids && specialists"
_CONCERNS = """
    (specialist_id = ANY (specialists) OR room_id = ANY (rooms) OR service_id = service OR location_id = place)
"""


def upgrade() -> None:
    # By resource, then clinic. A plan that is kept was made for the clinic that came first: if that had next to nothing,
    # any index that begins with the clinic seems as good, and for the next clinic all that it has is read.
    op.execute("ALTER TABLE busy DROP CONSTRAINT busy_pkey, ADD PRIMARY KEY (appointment_id, kind, clinic_id)")
    for column in (*_LOOKED_UP, "service_id", "location_id"):
        name = f"busy_by_{column.removesuffix('_id')}"
        op.execute(f"DROP INDEX {name}")
        op.execute(f"CREATE INDEX {name} ON busy ({column}, clinic_id, occupied_until, occupied_from)")
    for column in _LOOKED_UP:
        name = f"busy_long_by_{column.removesuffix('_id')}"
        op.execute(f"CREATE INDEX {name} ON busy ({column}, clinic_id, occupied_until) WHERE {_LONG}")
    # OFFSET 0: whom was asked for comes first, then what they have; not all there is, compared with whom was asked for.
    branches = [
        f"""
        SELECT it.* FROM unnest({wanted}) AS wanted (id) CROSS JOIN LATERAL (
            SELECT * FROM busy WHERE {column} = wanted.id AND {ends} AND {_COUNTS} OFFSET 0
        ) AS it
        """  # noqa: S608  # constants
        for column, wanted in _LOOKED_UP.items()
        for ends in (_ENDS_SOON, _ENDS_LATE)
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
