"""How often the process that worked on a snapshot came to an untimely end: it is not tried for ever."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE snapshot ADD deaths integer NOT NULL DEFAULT 0")
