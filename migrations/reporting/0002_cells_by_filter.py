"""Cells for any year and any source, with the number of distinct leads, so that a report reads few of them.

Cells are sums of what the journals say: they are not carried over, the journals are followed again from the beginning.
Until that is done `/readyz` answers 503.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MEASURES = """
    projects bigint NOT NULL,
    covering bigint NOT NULL,
    committed bigint NOT NULL,
    received bigint NOT NULL,
    disbursed bigint NOT NULL,
    spent bigint NOT NULL,
    refunded bigint NOT NULL,
"""
TABLES = f"""
CREATE TABLE cell (
    plan varchar NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    grain varchar NOT NULL,
    period date NOT NULL,
    node varchar NOT NULL,
    {MEASURES}
    leads bigint NOT NULL,
    CONSTRAINT pk_cell PRIMARY KEY (plan, year, source, grain, period, node)
);
CREATE TABLE fine_cell (
    plan varchar NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    agency varchar NOT NULL,
    fund_class varchar NOT NULL,
    stage varchar NOT NULL,
    on_day date NOT NULL,
    node varchar NOT NULL,
    {MEASURES}
    CONSTRAINT pk_fine_cell PRIMARY KEY (plan, year, source, agency, fund_class, stage, on_day, node)
);
CREATE TABLE lead_span (
    plan varchar NOT NULL,
    agency varchar NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    node varchar NOT NULL,
    days date[] NOT NULL,
    CONSTRAINT pk_lead_span PRIMARY KEY (plan, agency, year, source, node)
);
DROP TABLE count_cell;
DROP TABLE money_cell;
"""
FORGOTTEN = (
    *("applied_moment", "plan", "term", "target", "agency", "project", "movement", "presence_fact", "money_fact"),
)


def upgrade() -> None:
    op.execute(TABLES)
    for table in FORGOTTEN:
        op.execute(f"DELETE FROM {table}")
    op.execute(
        "UPDATE progress SET catalog = 0, portfolio = 0, catalog_known_through = NULL,"
        " portfolio_known_through = NULL, catalog_recorded_at = NULL, portfolio_recorded_at = NULL"
    )
