"""Cells of each lead, class and stage beside those of all projects together: a report narrowed to one of them reads as
few of them as one about everything.

They follow from the journals: nothing is carried over, the journals are followed again from the beginning. Until that
is done `/readyz` answers 503.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

EMPTIED = (
    *("applied_moment", "plan", "term", "target", "observation", "agency", "project_version", "relation", "alteration"),
    *("movement", "presence_fact", "money_fact", "cell", "fine_cell", "lead_span", "kept", "kept_cell"),
)
NARROWED = "ADD agency varchar NOT NULL, ADD fund_class varchar NOT NULL, ADD stage varchar NOT NULL"
OF = "plan, edition, agency, fund_class, stage, year, source"
TABLES = f"""
ALTER TABLE cell {NARROWED}, DROP CONSTRAINT pk_cell,
    ADD CONSTRAINT pk_cell PRIMARY KEY ({OF}, grain, period, node);
ALTER TABLE kept_cell {NARROWED}, DROP CONSTRAINT pk_kept_cell,
    ADD CONSTRAINT pk_kept_cell PRIMARY KEY (position, {OF}, grain, period, node);
ALTER TABLE lead_span ADD fund_class varchar NOT NULL, ADD stage varchar NOT NULL, DROP CONSTRAINT pk_lead_span,
    ADD CONSTRAINT pk_lead_span PRIMARY KEY ({OF}, node);
"""


def upgrade() -> None:
    op.execute(f"TRUNCATE {', '.join(EMPTIED)}")
    op.execute(TABLES)
    op.execute(
        "UPDATE progress SET catalog = 0, portfolio = 0, catalog_known_through = NULL,"
        " portfolio_known_through = NULL, catalog_recorded_at = NULL, portfolio_recorded_at = NULL"
    )
