"""Groups: several patients in one session."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE busy ADD COLUMN session_id uuid")
