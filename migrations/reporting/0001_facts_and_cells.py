"""Facts, cells, and what they are made from."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KNOWN = """
CREATE TABLE progress (
    id integer NOT NULL CONSTRAINT pk_progress PRIMARY KEY,
    catalog bigint NOT NULL,
    portfolio bigint NOT NULL,
    catalog_known_through timestamptz,
    portfolio_known_through timestamptz,
    catalog_recorded_at timestamptz,
    portfolio_recorded_at timestamptz
);
INSERT INTO progress (id, catalog, portfolio) VALUES (1, 0, 0);
CREATE TABLE applied_moment (
    journal varchar NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT pk_applied_moment PRIMARY KEY (journal, position)
);
CREATE INDEX ix_applied_moment_journal_recorded_at ON applied_moment (journal, recorded_at);
CREATE TABLE plan (
    slug varchar NOT NULL,
    edition integer NOT NULL,
    document text NOT NULL,
    known_from bigint NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (slug, edition)
);
CREATE TABLE term (
    vocabulary varchar NOT NULL,
    code varchar NOT NULL,
    CONSTRAINT pk_term PRIMARY KEY (vocabulary, code)
);
CREATE TABLE target (
    plan varchar NOT NULL,
    node varchar NOT NULL,
    year integer NOT NULL,
    sources varchar NOT NULL,
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    fen bigint NOT NULL,
    CONSTRAINT pk_target PRIMARY KEY (plan, node, year, sources, known_from)
);
CREATE TABLE agency (
    id varchar NOT NULL,
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    name varchar NOT NULL,
    district varchar NOT NULL,
    parent varchar NOT NULL,
    CONSTRAINT pk_agency PRIMARY KEY (id, known_from)
);
CREATE TABLE project (
    id uuid NOT NULL CONSTRAINT pk_project PRIMARY KEY,
    plan varchar NOT NULL,
    document text NOT NULL
);
CREATE INDEX ix_project_plan ON project (plan);
CREATE TABLE movement (
    project uuid NOT NULL,
    id uuid NOT NULL,
    kind varchar NOT NULL,
    on_day date NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    fen bigint NOT NULL,
    CONSTRAINT pk_movement PRIMARY KEY (project, id)
);
"""

FACTS = """
CREATE TABLE presence_fact (
    project uuid NOT NULL,
    task varchar NOT NULL,
    from_on date NOT NULL,
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    until_on date NOT NULL,
    weight bigint NOT NULL,
    plan varchar NOT NULL,
    agency varchar NOT NULL,
    fund_class varchar NOT NULL,
    stage varchar NOT NULL,
    CONSTRAINT pk_presence_fact PRIMARY KEY (project, task, from_on, known_from)
);
CREATE INDEX ix_presence_fact_plan_task ON presence_fact (plan, task);
CREATE TABLE money_fact (
    project uuid NOT NULL,
    movement uuid NOT NULL,
    task varchar NOT NULL,
    from_on date NOT NULL,
    known_from bigint NOT NULL,
    known_until bigint NOT NULL,
    until_on date NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    kind varchar NOT NULL,
    fen bigint NOT NULL,
    plan varchar NOT NULL,
    agency varchar NOT NULL,
    fund_class varchar NOT NULL,
    stage varchar NOT NULL,
    CONSTRAINT pk_money_fact PRIMARY KEY (project, movement, task, from_on, known_from)
);
CREATE INDEX ix_money_fact_plan_task ON money_fact (plan, task);
"""

CELL = """
    plan varchar NOT NULL,
    cut varchar NOT NULL,
    year integer NOT NULL,
    source varchar NOT NULL,
    grain varchar NOT NULL,
    period date NOT NULL,
    node varchar NOT NULL,
    agency varchar NOT NULL,
    fund_class varchar NOT NULL,
    stage varchar NOT NULL,
"""
# Counts are asked for one year or any, one source or any; money for all years and sources at once.
COUNT_KEY = "(plan, cut, year, source, grain, period, node, agency, fund_class, stage)"
MONEY_KEY = "(plan, cut, grain, period, year, source, node, agency, fund_class, stage)"

CELLS = f"""
CREATE TABLE count_cell ({CELL}
    projects bigint NOT NULL,
    covering bigint NOT NULL,
    CONSTRAINT pk_count_cell PRIMARY KEY {COUNT_KEY}
);
CREATE TABLE money_cell ({CELL}
    committed bigint NOT NULL,
    received bigint NOT NULL,
    disbursed bigint NOT NULL,
    spent bigint NOT NULL,
    refunded bigint NOT NULL,
    CONSTRAINT pk_money_cell PRIMARY KEY {MONEY_KEY}
);
"""


def upgrade() -> None:
    op.execute(KNOWN)
    op.execute(FACTS)
    op.execute(CELLS)
