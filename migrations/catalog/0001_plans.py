"""Plans, nodes, vocabularies, targets and the journal."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JOURNAL = """
CREATE TABLE journal_entry (
    id uuid NOT NULL CONSTRAINT pk_journal_entry PRIMARY KEY,
    kind varchar NOT NULL,
    subject varchar NOT NULL,
    serial integer NOT NULL,
    body text NOT NULL
);
CREATE TABLE journal_pending (
    ticket bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_journal_pending PRIMARY KEY,
    entry uuid NOT NULL
);
CREATE TABLE journal_position (
    position bigint NOT NULL CONSTRAINT pk_journal_position PRIMARY KEY,
    entry uuid NOT NULL CONSTRAINT uq_journal_position_entry UNIQUE,
    recorded_at timestamptz NOT NULL,
    leaf_hash bytea NOT NULL
);
CREATE INDEX ix_journal_position_recorded_at ON journal_position (recorded_at);
CREATE TABLE journal_head (
    id integer NOT NULL CONSTRAINT pk_journal_head PRIMARY KEY,
    position bigint NOT NULL,
    horizon timestamptz NOT NULL
);
INSERT INTO journal_head VALUES (1, 0, '0001-01-01 00:00:00+00');
CREATE TABLE personal_value (
    hash varchar NOT NULL CONSTRAINT pk_personal_value PRIMARY KEY,
    salt varchar NOT NULL,
    value varchar NOT NULL
);
CREATE TABLE idempotency_key (
    caller varchar NOT NULL,
    route varchar NOT NULL,
    key varchar NOT NULL,
    digest varchar NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    etag varchar,
    location varchar,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_idempotency_key PRIMARY KEY (caller, route, key)
);
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);
-- What was accepted stays: the serving role adds and reads, nothing else.
REVOKE UPDATE, DELETE, TRUNCATE ON journal_entry, journal_position FROM catalog;
"""

PLANS = """
CREATE TABLE plan (
    slug varchar NOT NULL,
    edition integer NOT NULL,
    status varchar NOT NULL,
    published_at timestamptz NOT NULL,
    digest varchar NOT NULL,
    summary text NOT NULL,
    document text NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (slug, edition)
);
CREATE TABLE node (
    slug varchar NOT NULL,
    edition integer NOT NULL,
    code varchar NOT NULL,
    place integer NOT NULL,
    level varchar NOT NULL,
    parent varchar,
    title_key varchar NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_node PRIMARY KEY (slug, edition, code)
);
CREATE UNIQUE INDEX uq_node_place ON node (slug, edition, place);
CREATE TABLE search_gram (
    slug varchar NOT NULL,
    edition integer NOT NULL,
    gram varchar NOT NULL,
    code varchar NOT NULL,
    weight integer NOT NULL,
    CONSTRAINT pk_search_gram PRIMARY KEY (slug, edition, gram, code)
);
-- The C collation lets a search for the beginning of a word use the key's index.
CREATE TABLE search_word (
    slug varchar NOT NULL,
    edition integer NOT NULL,
    word varchar COLLATE "C" NOT NULL,
    code varchar NOT NULL,
    weight integer NOT NULL,
    CONSTRAINT pk_search_word PRIMARY KEY (slug, edition, word, code)
);
CREATE TABLE vocabulary (
    code varchar NOT NULL CONSTRAINT pk_vocabulary PRIMARY KEY,
    version integer NOT NULL,
    body text NOT NULL
);
CREATE TABLE target (
    slug varchar NOT NULL,
    node varchar NOT NULL,
    year integer NOT NULL,
    sources varchar NOT NULL,
    version integer NOT NULL,
    body text NOT NULL,
    CONSTRAINT pk_target PRIMARY KEY (slug, node, year, sources)
);
"""


def upgrade() -> None:
    op.execute(JOURNAL)
    op.execute(PLANS)
