"""Schedules by which snapshots are taken, and which snapshot was taken for which period's end, once for ever."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE schedule (
    id uuid CONSTRAINT pk_schedule PRIMARY KEY,
    version integer NOT NULL,
    caller text NOT NULL,
    body text NOT NULL,
    looked_at timestamptz
);
CREATE TABLE scheduled (
    schedule uuid NOT NULL,
    as_of date NOT NULL,
    snapshot uuid NOT NULL,
    CONSTRAINT pk_scheduled PRIMARY KEY (schedule, as_of)
);
REVOKE UPDATE, DELETE, TRUNCATE ON scheduled FROM reporting;
"""


def upgrade() -> None:
    op.execute(TABLES)
