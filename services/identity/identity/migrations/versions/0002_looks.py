"""How a clinic looks to those who book: its colour, logo and languages."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE clinic ADD COLUMN color text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE clinic ADD COLUMN logo text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE clinic ADD COLUMN languages text[] NOT NULL DEFAULT '{}'")
