"""What tells of projects beside their figures: what they are compared by, how they are related, how they were altered.

All of it follows from the journals: it is not carried over, the journals are followed again from the beginning. Until
that is done `/readyz` answers 503.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EMPTIED = (
    *("applied_moment", "plan", "term", "target", "observation", "agency", "project_version", "movement"),
    *("presence_fact", "money_fact", "cell", "fine_cell", "lead_span"),
)
TABLES = """
ALTER TABLE project_version
    ADD lead varchar NOT NULL,
    ADD number_key varchar NOT NULL,
    ADD title_key varchar NOT NULL,
    ADD leader_key varchar NOT NULL,
    ADD kpi_key varchar NOT NULL,
    ADD live_from date NOT NULL,
    ADD live_until date NOT NULL;
CREATE INDEX ix_project_version_number_key ON project_version (plan, number_key) WHERE number_key <> '';
CREATE INDEX ix_project_version_title_key ON project_version (plan, title_key) WHERE title_key <> '';
CREATE INDEX ix_project_version_leader_key ON project_version (plan, leader_key) WHERE leader_key <> '';
CREATE INDEX ix_project_version_kpi_key ON project_version (plan, kpi_key) WHERE kpi_key <> '';
CREATE TABLE relation (
    project uuid NOT NULL,
    other uuid NOT NULL,
    kind varchar NOT NULL,
    known_from bigint NOT NULL,
    CONSTRAINT pk_relation PRIMARY KEY (project, other, kind)
);
CREATE INDEX ix_relation_other ON relation (other);
CREATE TABLE alteration (
    project uuid NOT NULL,
    known_from bigint NOT NULL,
    how varchar NOT NULL,
    on_day date NOT NULL,
    fields varchar NOT NULL,
    CONSTRAINT pk_alteration PRIMARY KEY (project, known_from)
);
"""


def upgrade() -> None:
    for table in EMPTIED:
        op.execute(f"DELETE FROM {table}")
    op.execute(TABLES)
    op.execute(
        "UPDATE progress SET catalog = 0, portfolio = 0, catalog_known_through = NULL,"
        " portfolio_known_through = NULL, catalog_recorded_at = NULL, portfolio_recorded_at = NULL"
    )
