"""The nodes of the journal's Merkle tree; the sequencer fills them in for the positions that stand already."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NODES = """
CREATE TABLE journal_node (
    level integer NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_journal_node PRIMARY KEY (level, place)
);
REVOKE UPDATE, DELETE, TRUNCATE ON journal_node FROM portfolio;
"""


def upgrade() -> None:
    op.execute(NODES)
