"""The access log: a chain of entries that the serving role can add to and read, and nothing else."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ACCESS_LOG = """
CREATE TABLE access_entry (
    position bigint NOT NULL CONSTRAINT pk_access_entry PRIMARY KEY,
    at timestamptz NOT NULL,
    request_id varchar NOT NULL,
    subject varchar,
    role varchar,
    agency varchar,
    kind varchar NOT NULL,
    method varchar NOT NULL,
    path varchar NOT NULL,
    status integer NOT NULL,
    detail text NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE access_head (
    id integer NOT NULL CONSTRAINT pk_access_head PRIMARY KEY,
    position bigint NOT NULL,
    hash bytea NOT NULL
);
-- The chain begins at position 0 with 32 zero bytes.
INSERT INTO access_head VALUES (1, 0, decode(repeat('00', 32), 'hex'));
REVOKE UPDATE, DELETE, TRUNCATE ON access_entry FROM gateway;
REVOKE INSERT, DELETE, TRUNCATE ON access_head FROM gateway;
"""


def upgrade() -> None:
    op.execute(ACCESS_LOG)
