"""How often the child that read an import's file died."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_run ADD COLUMN deaths integer NOT NULL DEFAULT 0")
