"""Saved reports, what they said at month ends, and what their owners are told."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE saved_report (
    id uuid NOT NULL CONSTRAINT pk_saved_report PRIMARY KEY,
    owner varchar NOT NULL,
    plan varchar NOT NULL,
    version integer NOT NULL,
    body text NOT NULL,
    caller text NOT NULL,
    seen text,
    looked_at timestamptz
);
CREATE INDEX ix_saved_report_owner ON saved_report (owner, id);
CREATE TABLE saved_run (
    saved uuid NOT NULL,
    as_of date NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_saved_run PRIMARY KEY (saved, as_of)
);
CREATE TABLE notice (
    id uuid NOT NULL CONSTRAINT pk_notice PRIMARY KEY,
    owner varchar NOT NULL,
    saved uuid NOT NULL,
    body text NOT NULL
);
CREATE INDEX ix_notice_owner ON notice (owner, id);
CREATE TABLE idempotency_key (
    caller varchar NOT NULL,
    route varchar NOT NULL,
    key varchar NOT NULL,
    digest varchar NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    etag varchar,
    location varchar,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_idempotency_key PRIMARY KEY (caller, route, key)
);
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);
"""


def upgrade() -> None:
    op.execute(TABLES)
