"""The entries of a subject are found by index: what stands is compared with them before it is changed."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_journal_entry_subject_serial ON journal_entry (subject, serial)")
