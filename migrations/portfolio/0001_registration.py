"""Agencies, projects, movements and the journal."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JOURNAL = """
CREATE TABLE journal_entry (
    id uuid NOT NULL CONSTRAINT pk_journal_entry PRIMARY KEY,
    kind varchar NOT NULL,
    subject varchar NOT NULL,
    serial integer NOT NULL,
    body text NOT NULL
);
CREATE TABLE journal_pending (
    ticket bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_journal_pending PRIMARY KEY,
    entry uuid NOT NULL
);
CREATE TABLE journal_position (
    position bigint NOT NULL CONSTRAINT pk_journal_position PRIMARY KEY,
    entry uuid NOT NULL CONSTRAINT uq_journal_position_entry UNIQUE,
    recorded_at timestamptz NOT NULL,
    leaf_hash bytea NOT NULL
);
CREATE INDEX ix_journal_position_recorded_at ON journal_position (recorded_at);
CREATE TABLE journal_head (
    id integer NOT NULL CONSTRAINT pk_journal_head PRIMARY KEY,
    position bigint NOT NULL,
    horizon timestamptz NOT NULL
);
INSERT INTO journal_head VALUES (1, 0, '0001-01-01 00:00:00+00');
CREATE TABLE personal_value (
    hash varchar NOT NULL CONSTRAINT pk_personal_value PRIMARY KEY,
    salt varchar NOT NULL,
    value varchar NOT NULL
);
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
-- What was accepted stays: the serving role adds and reads, nothing else.
REVOKE UPDATE, DELETE, TRUNCATE ON journal_entry, journal_position FROM portfolio;
"""

REGISTRATION = """
CREATE TABLE agency (
    id varchar NOT NULL CONSTRAINT pk_agency PRIMARY KEY,
    parent varchar CONSTRAINT fk_agency_parent_agency REFERENCES agency,
    version integer NOT NULL,
    body text NOT NULL
);
CREATE INDEX ix_agency_parent ON agency (parent);
CREATE TABLE project (
    id uuid NOT NULL CONSTRAINT pk_project PRIMARY KEY,
    plan varchar NOT NULL,
    lead varchar NOT NULL CONSTRAINT fk_project_lead_agency REFERENCES agency,
    issuer varchar NOT NULL,
    number_key varchar,
    title_key varchar NOT NULL,
    state varchar NOT NULL,
    record_status varchar NOT NULL,
    version integer NOT NULL,
    serial integer NOT NULL,
    body text NOT NULL
);
CREATE UNIQUE INDEX uq_project_issuer_number_key ON project (issuer, number_key) WHERE record_status <> 'void';
CREATE INDEX ix_project_lead_title_key ON project (lead, title_key);
CREATE INDEX ix_project_plan_id ON project (plan, id);
CREATE INDEX ix_project_lead_id ON project (lead, id);
CREATE TABLE share (
    project uuid NOT NULL CONSTRAINT fk_share_project_project REFERENCES project,
    valid_from date NOT NULL,
    code varchar NOT NULL,
    weight numeric(9, 6) NOT NULL,
    CONSTRAINT pk_share PRIMARY KEY (project, valid_from, code)
);
CREATE INDEX ix_share_code_project ON share (code, project);
CREATE TABLE budget_line (
    project uuid NOT NULL CONSTRAINT fk_budget_line_project_project REFERENCES project,
    year integer NOT NULL,
    source varchar NOT NULL,
    amount numeric(18, 2) NOT NULL,
    CONSTRAINT pk_budget_line PRIMARY KEY (project, year, source)
);
CREATE TABLE movement (
    id uuid NOT NULL CONSTRAINT pk_movement PRIMARY KEY,
    project uuid NOT NULL CONSTRAINT fk_movement_project_project REFERENCES project,
    kind varchar NOT NULL,
    on_day date NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    amount numeric(18, 2) NOT NULL,
    origin varchar NOT NULL,
    body text NOT NULL
);
CREATE INDEX ix_movement_project_id ON movement (project, id);
-- Movements are corrected by further movements, never edited.
REVOKE UPDATE, DELETE, TRUNCATE ON movement FROM portfolio;
CREATE TABLE remembered (
    name varchar NOT NULL CONSTRAINT pk_remembered PRIMARY KEY,
    etag varchar NOT NULL,
    body text NOT NULL,
    asked_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    op.execute(JOURNAL)
    op.execute(REGISTRATION)
