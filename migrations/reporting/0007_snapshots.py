"""Snapshots with their packages in pieces. They are nobody's derived rows: a rebuild leaves them alone."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE snapshot (
    id uuid CONSTRAINT pk_snapshot PRIMARY KEY,
    plan varchar NOT NULL,
    status varchar NOT NULL,
    caller text NOT NULL,
    worker uuid,
    heard_at timestamptz,
    body text NOT NULL
);
CREATE INDEX ix_snapshot_status ON snapshot (status, id) WHERE status IN ('queued', 'running');
CREATE INDEX ix_snapshot_plan ON snapshot (plan, id);
CREATE TABLE snapshot_part (
    snapshot uuid NOT NULL,
    place integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_snapshot_part PRIMARY KEY (snapshot, place)
);
REVOKE UPDATE, DELETE, TRUNCATE ON snapshot_part FROM reporting;
"""


def upgrade() -> None:
    op.execute(TABLES)
