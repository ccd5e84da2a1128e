"""Editions that follow one another, crosswalks, every version of targets, responsibilities, observations."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EDITIONS = """
ALTER TABLE plan ALTER COLUMN published_at DROP NOT NULL;
ALTER TABLE plan ADD COLUMN previous integer, ADD COLUMN effective_from date,
    ADD COLUMN serial integer NOT NULL DEFAULT 1;
-- One draft of a plan at a time, whoever asks.
CREATE UNIQUE INDEX uq_plan_draft ON plan (slug) WHERE status = 'draft';
CREATE TABLE crosswalk (
    slug varchar NOT NULL,
    edition integer NOT NULL,
    version integer NOT NULL,
    stated text NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_crosswalk PRIMARY KEY (slug, edition)
);
"""

PROMISES = """
CREATE TABLE target_version (
    slug varchar NOT NULL,
    node varchar NOT NULL,
    year integer NOT NULL,
    sources varchar NOT NULL,
    version integer NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_target_version PRIMARY KEY (slug, node, year, sources, version)
);
INSERT INTO target_version SELECT slug, node, year, sources, version, body FROM target;
CREATE TABLE responsibility (
    slug varchar NOT NULL,
    node varchar NOT NULL,
    version integer NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_responsibility PRIMARY KEY (slug, node)
);
CREATE TABLE observation (
    slug varchar NOT NULL,
    indicator varchar NOT NULL,
    serial integer NOT NULL,
    year integer NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_observation PRIMARY KEY (slug, indicator, serial)
);
-- What was entered stays: the serving role adds and reads, nothing else.
REVOKE UPDATE, DELETE, TRUNCATE ON target_version, observation FROM catalog;
"""


def upgrade() -> None:
    op.execute(EDITIONS)
    op.execute(PROMISES)
