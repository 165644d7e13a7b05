"""What decides about a time, with what a guess is held against: whoever books asks once instead of twice."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    # As situation(), which processes of the release before still ask, and as catalog_and_workplaces(), at one moment.
    op.execute(
        """
        CREATE FUNCTION situation_and_catalog(
            clinic text, subject text, patient text, begins timestamptz, ends timestamptz, specialists uuid[],
            rooms uuid[], here uuid, pools uuid[], holders uuid[], service uuid, place uuid, at timestamptz, wanted uuid
        ) RETURNS record LANGUAGE plpgsql AS $$
        DECLARE answer record;
        BEGIN
            PERFORM set_config('app.clinic_id', clinic, true), set_config('app.subject', subject, true),
                    set_config('app.patient_id', patient, true);
            SELECT (SELECT version FROM stamp WHERE id = '00000000-0000-0000-0000-000000000000'), ARRAY(
                SELECT location_id FROM weekly_hours WHERE specialist_id = wanted
                UNION SELECT location_id FROM override WHERE specialist_id = wanted AND location_id IS NOT NULL
                ORDER BY 1
            ), ARRAY(
                SELECT ROW(
                    specialist_id, also_specialist_ids, room_id, service_id, location_id, occupied_from, occupied_until,
                    room_until, equipment, starts_at, ends_at, expires_at, session_id
                ) FROM taken(begins, ends, holders, specialists, rooms, service, place, at)
            ), planned.* FROM plans(begins, ends, specialists, rooms, here, pools) AS planned (
                hours record[], overrides record[], downtime record[],
                country text, subdivision text, open_on date[], closed_on jsonb
            ) INTO answer;
            RETURN answer;
        END $$
        """
    )
