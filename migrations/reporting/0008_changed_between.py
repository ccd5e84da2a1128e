"""What changed between two positions of the portfolio's journal is found by index: drafts make no facts."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX ix_project_version_known_from ON project_version (known_from);
CREATE INDEX ix_movement_known_from ON movement (known_from);
CREATE INDEX ix_relation_known_from ON relation (known_from);
CREATE INDEX ix_target_known_from ON target (known_from);
"""


def upgrade() -> None:
    op.execute(INDEXES)
