"""Facts and cells of every edition of a plan, whole documents of projects as they were known, targets with validity.

All of it follows from the journals: it is not carried over, the journals are followed again from the beginning. Until
that is done `/readyz` answers 503.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EMPTIED = (
    *("applied_moment", "plan", "term", "target", "agency", "movement", "presence_fact", "money_fact"),
    *("cell", "fine_cell", "lead_span"),
)
TABLES = """
DROP TABLE project;
CREATE TABLE project_version (
    id uuid NOT NULL,
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    plan varchar NOT NULL,
    document text NOT NULL,
    CONSTRAINT pk_project_version PRIMARY KEY (id, known_from)
);
CREATE INDEX ix_project_version_plan ON project_version (plan, id);
CREATE TABLE observation (
    plan varchar NOT NULL,
    indicator varchar NOT NULL,
    serial integer NOT NULL,
    known_from bigint NOT NULL,
    document text NOT NULL,
    CONSTRAINT pk_observation PRIMARY KEY (plan, indicator, serial)
);
ALTER TABLE movement ADD known_from bigint NOT NULL;
ALTER TABLE plan
    ADD previous integer,
    ADD effective_from date,
    ADD crosswalk text NOT NULL;
ALTER TABLE target
    ADD edition integer NOT NULL,
    ADD valid_from date,
    ADD valid_to date,
    ADD source_document varchar NOT NULL;
ALTER TABLE agency ADD type varchar NOT NULL;
ALTER TABLE term ADD title varchar NOT NULL;
ALTER TABLE presence_fact ADD edition integer NOT NULL, DROP CONSTRAINT pk_presence_fact,
    ADD CONSTRAINT pk_presence_fact PRIMARY KEY (project, edition, task, from_on, known_from);
ALTER TABLE money_fact ADD edition integer NOT NULL, DROP CONSTRAINT pk_money_fact,
    ADD CONSTRAINT pk_money_fact PRIMARY KEY (project, edition, movement, task, from_on, known_from);
DROP INDEX ix_presence_fact_plan_task;
DROP INDEX ix_money_fact_plan_task;
CREATE INDEX ix_presence_fact_plan_edition_task ON presence_fact (plan, edition, task);
CREATE INDEX ix_money_fact_plan_edition_task ON money_fact (plan, edition, task);
ALTER TABLE cell ADD edition integer NOT NULL, DROP CONSTRAINT pk_cell,
    ADD CONSTRAINT pk_cell PRIMARY KEY (plan, edition, year, source, grain, period, node);
ALTER TABLE fine_cell ADD edition integer NOT NULL, DROP CONSTRAINT pk_fine_cell,
    ADD CONSTRAINT pk_fine_cell
    PRIMARY KEY (plan, edition, year, source, agency, fund_class, stage, on_day, node);
ALTER TABLE lead_span ADD edition integer NOT NULL, DROP CONSTRAINT pk_lead_span,
    ADD CONSTRAINT pk_lead_span PRIMARY KEY (plan, edition, agency, year, source, node);
"""


def upgrade() -> None:
    for table in EMPTIED:
        op.execute(f"DELETE FROM {table}")
    op.execute(TABLES)
    op.execute(
        "UPDATE progress SET catalog = 0, portfolio = 0, catalog_known_through = NULL,"
        " portfolio_known_through = NULL, catalog_recorded_at = NULL, portfolio_recorded_at = NULL"
    )
