"""The whole form, change requests, relations between projects, what duplicates and stories are found by."""

import json

import sqlalchemy as sa
from alembic import op

from services.portfolio.rules.duplicates import leader_key, title_bands

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE project ADD COLUMN leader_key varchar NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN title_bands integer[] NOT NULL DEFAULT '{}';
ALTER TABLE project ADD COLUMN personal text NOT NULL DEFAULT '{}';
ALTER TABLE budget_line ADD COLUMN heading varchar NOT NULL DEFAULT '';
ALTER TABLE budget_line DROP CONSTRAINT pk_budget_line;
ALTER TABLE budget_line ADD CONSTRAINT pk_budget_line PRIMARY KEY (project, year, source, heading);
-- The hashes of a project's personal values, from the last of its entries that has some.
UPDATE project SET personal = json_build_object('pi', json_strip_nulls(json_build_object(
    'phone', found.pi->>'phone_hash', 'email', found.pi->>'email_hash')))::text
FROM (
    SELECT DISTINCT ON (subject) subject, body::json #> '{after,project,pi}' AS pi FROM journal_entry
    WHERE kind IN ('project_registered', 'project_changed') AND body LIKE '%_hash"%' ORDER BY subject, serial DESC
) AS found WHERE found.subject = project.id::text;
"""
TABLES = """
ALTER TABLE project ALTER COLUMN leader_key DROP DEFAULT;
ALTER TABLE project ALTER COLUMN title_bands DROP DEFAULT;
ALTER TABLE project ALTER COLUMN personal DROP DEFAULT;
ALTER TABLE budget_line ALTER COLUMN heading DROP DEFAULT;
CREATE INDEX ix_project_number_key ON project (number_key);
CREATE INDEX ix_project_leader_key ON project (leader_key, id) WHERE leader_key <> '';
CREATE INDEX ix_project_title_bands ON project USING gin (title_bands);
CREATE INDEX ix_journal_entry_subject_serial ON journal_entry (subject, serial);
CREATE TABLE change_request (
    project uuid NOT NULL CONSTRAINT fk_change_request_project_project REFERENCES project,
    number integer NOT NULL,
    status varchar NOT NULL,
    change text NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_change_request PRIMARY KEY (project, number)
);
CREATE UNIQUE INDEX uq_change_request_open ON change_request (project) WHERE status = 'open';
CREATE TABLE relation (
    project uuid NOT NULL CONSTRAINT fk_relation_project_project REFERENCES project,
    other uuid NOT NULL CONSTRAINT fk_relation_other_project REFERENCES project,
    kind varchar NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_relation PRIMARY KEY (project, other)
);
CREATE INDEX ix_relation_other ON relation (other);
"""
READ = "SELECT id, body FROM project WHERE id > :after ORDER BY id LIMIT 1000"
WRITE = "UPDATE project SET leader_key = :leader, title_bands = :bands WHERE id = :id"


def upgrade() -> None:
    op.execute(COLUMNS)
    connection = op.get_bind()
    after = "00000000-0000-0000-0000-000000000000"
    while found := connection.execute(sa.text(READ), {"after": after}).all():
        for id, body in found:
            project = json.loads(body)
            keys = {"leader": leader_key((project["pi"] or {}).get("name")), "bands": title_bands(project["title"])}
            connection.execute(sa.text(WRITE), keys | {"id": id})
        after = found[-1][0]
    op.execute(TABLES)
