"""The auditor's desk: samples, findings and what became of them. Nothing of it is in a journal or the portfolio."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE sample (
    id uuid CONSTRAINT pk_sample PRIMARY KEY,
    snapshot uuid NOT NULL,
    body text NOT NULL
);
CREATE INDEX ix_sample_snapshot ON sample (snapshot, id);
CREATE TABLE finding (
    id uuid CONSTRAINT pk_finding PRIMARY KEY,
    snapshot uuid NOT NULL,
    version integer NOT NULL,
    status varchar NOT NULL,
    severity varchar NOT NULL,
    due_on date,
    body text NOT NULL
);
CREATE INDEX ix_finding_snapshot ON finding (snapshot, id);
CREATE TABLE finding_step (
    finding uuid NOT NULL,
    place integer NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_finding_step PRIMARY KEY (finding, place)
);
REVOKE UPDATE, DELETE, TRUNCATE ON sample, finding_step FROM reporting;
REVOKE DELETE, TRUNCATE ON finding FROM reporting;
"""


def upgrade() -> None:
    op.execute(TABLES)
