"""Imports: the queue, the files as they came, the rows with their verdicts."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE import_run (
    id uuid NOT NULL CONSTRAINT pk_import_run PRIMARY KEY,
    plan varchar NOT NULL,
    status varchar NOT NULL,
    created_by varchar NOT NULL,
    caller text NOT NULL,
    digest varchar NOT NULL,
    worker uuid,
    heard_at timestamptz NOT NULL DEFAULT now(),
    sheets text NOT NULL DEFAULT '[]',
    body text NOT NULL
);
CREATE INDEX ix_import_run_open ON import_run (id) WHERE status IN ('queued', 'running');
CREATE INDEX ix_import_run_created_by_id ON import_run (created_by, id);
CREATE INDEX ix_import_run_digest ON import_run (digest);
CREATE TABLE import_part (
    digest varchar NOT NULL,
    place integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_import_part PRIMARY KEY (digest, place)
);
-- A workbook is compressed already.
ALTER TABLE import_part ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE import_row (
    import uuid NOT NULL CONSTRAINT fk_import_row_import_import_run REFERENCES import_run,
    place integer NOT NULL,
    verdict varchar NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_import_row PRIMARY KEY (import, place)
);
"""


def upgrade() -> None:
    op.execute(TABLES)
