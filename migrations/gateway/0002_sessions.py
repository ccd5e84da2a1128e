"""Sessions of the pages, and the sign-in tickets that were used: neither can be taken back or read as it was given."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SESSIONS = """
CREATE TABLE used_ticket (
    hash bytea NOT NULL CONSTRAINT pk_used_ticket PRIMARY KEY,
    subject varchar NOT NULL,
    used_at timestamptz NOT NULL
);
CREATE TABLE page_session (
    hash bytea NOT NULL CONSTRAINT pk_page_session PRIMARY KEY,
    subject varchar NOT NULL,
    role varchar NOT NULL,
    agency varchar,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
-- A ticket that was used stays used; of a session only the moment of its last page moves.
REVOKE UPDATE, DELETE, TRUNCATE ON used_ticket FROM gateway;
REVOKE UPDATE, TRUNCATE ON page_session FROM gateway;
GRANT UPDATE (seen_at) ON page_session TO gateway;
"""


def upgrade() -> None:
    op.execute(SESSIONS)
