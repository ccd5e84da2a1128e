"""Terms of vocabularies as they were known: a title that changes later changes no report about what was known before.

They follow from the journals: nothing is carried over, the journals are followed again from the beginning. Until that
is done `/readyz` answers 503.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

EMPTIED = (
    *("applied_moment", "plan", "term", "target", "observation", "agency", "project_version", "relation", "alteration"),
    *("movement", "presence_fact", "money_fact", "cell", "fine_cell", "lead_span", "kept", "kept_cell"),
)
TABLES = """
ALTER TABLE term ADD known_from bigint NOT NULL, ADD known_until bigint NOT NULL,
    DROP CONSTRAINT pk_term, ADD CONSTRAINT pk_term PRIMARY KEY (vocabulary, code, known_from);
"""


def upgrade() -> None:
    op.execute(f"TRUNCATE {', '.join(EMPTIED)}")
    op.execute(TABLES)
    op.execute(
        "UPDATE progress SET catalog = 0, portfolio = 0, catalog_known_through = NULL,"
        " portfolio_known_through = NULL, catalog_recorded_at = NULL, portfolio_recorded_at = NULL"
    )
