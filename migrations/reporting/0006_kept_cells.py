"""Cells as they were at some positions, and how to find what changed between two positions: earlier knowledge costs
what changed since, not what there is."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE kept (
    position bigint NOT NULL,
    plan varchar NOT NULL,
    edition integer NOT NULL,
    CONSTRAINT pk_kept PRIMARY KEY (plan, edition, position)
);
CREATE TABLE kept_cell (
    position bigint NOT NULL,
    plan varchar NOT NULL,
    edition integer NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    grain varchar NOT NULL,
    period date NOT NULL,
    node varchar NOT NULL,
    projects bigint NOT NULL,
    covering bigint NOT NULL,
    committed bigint NOT NULL,
    received bigint NOT NULL,
    disbursed bigint NOT NULL,
    spent bigint NOT NULL,
    refunded bigint NOT NULL,
    leads bigint NOT NULL,
    CONSTRAINT pk_kept_cell PRIMARY KEY (position, plan, edition, year, source, grain, period, node)
);
CREATE INDEX ix_presence_fact_known_from ON presence_fact (plan, edition, known_from);
CREATE INDEX ix_presence_fact_known_until ON presence_fact (plan, edition, known_until)
    WHERE known_until < 9223372036854775807;
CREATE INDEX ix_presence_fact_agency_task ON presence_fact (plan, edition, agency, task);
CREATE INDEX ix_money_fact_known_from ON money_fact (plan, edition, known_from);
CREATE INDEX ix_money_fact_known_until ON money_fact (plan, edition, known_until)
    WHERE known_until < 9223372036854775807;
"""


def upgrade() -> None:
    op.execute(TABLES)
