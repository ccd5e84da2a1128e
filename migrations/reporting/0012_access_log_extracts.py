"""Parts of the access log that snapshots wait for: the gateway brings them, the work on the package then begins."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE snapshot ADD awaits_access_log boolean NOT NULL DEFAULT false;
CREATE TABLE access_log_extract (
    snapshot uuid NOT NULL,
    position bigint NOT NULL,
    last bigint NOT NULL,
    lines text NOT NULL,
    CONSTRAINT pk_access_log_extract PRIMARY KEY (snapshot, position)
);
REVOKE UPDATE, TRUNCATE ON access_log_extract FROM reporting;
"""


def upgrade() -> None:
    op.execute(TABLES)
