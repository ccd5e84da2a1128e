"""Migrating homes that hold much."""

from importlib import import_module

import psycopg

from deploy.migrate import migrate
from tests.conftest import Cluster

PROJECTS = 1_000
HASH = "encode(sha256(({number})::text::bytea), 'hex')"
BEFORE = f"""
UPDATE portfolio.alembic_version SET version_num = '0004';
ALTER TABLE portfolio.import_run DROP COLUMN deaths;
CREATE TABLE public.noted (statements text, locks text);
GRANT INSERT ON public.noted TO portfolio_owner;
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.noted VALUES (current_setting('statement_timeout'), current_setting('lock_timeout'));
    RETURN NEW;
END $$;
CREATE TRIGGER note AFTER UPDATE ON portfolio.alembic_version FOR EACH ROW EXECUTE FUNCTION public.note();
INSERT INTO portfolio.personal_value
    SELECT {HASH.format(number="n")}, 'salt', 'value ' || n FROM generate_series(1, 2 * {PROJECTS}) AS n;
INSERT INTO portfolio.personal_value VALUES ('erased', 'salt', 'of a field without a value');
SET session_replication_role = replica;
INSERT INTO portfolio.project
    (id, plan, lead, issuer, title_key, state, record_status, version, serial, body, leader_key, title_bands, personal)
    SELECT gen_random_uuid(), 'plan', 'lead', 'issuer', 'title', 'contracted', 'published', 1, 1, '{{}}', '', '{{}}',
        json_build_object('pi', json_build_object('phone', {HASH.format(number="2 * n")}, 'email', NULL))
    FROM generate_series(1, {PROJECTS}) AS n;
"""


def test_a_migration_of_many_values_takes_its_time_and_forgets_those_alone_that_were_replaced(cluster: Cluster) -> None:
    admin_url = cluster.admin(cluster.fresh()["portfolio"])
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(BEFORE)
        connection.execute("SET search_path = portfolio")
        connection.execute("ANALYZE")
        forget = import_module("migrations.portfolio.0005_replaced_values").FORGET
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {forget}"))
        assert "Anti Join" in plan and "SubPlan" not in plan, "a join, not each value against all projects"
        migrate(admin_url)
        noted = connection.execute("SELECT * FROM public.noted").fetchall()
        kept = connection.execute("SELECT value FROM portfolio.personal_value").fetchall()
    assert set(noted) == {("0", "5s")}, "no limit on statements, a short one on waiting for locks"
    assert {value for (value,) in kept} == {f"value {2 * n}" for n in range(1, PROJECTS + 1)}
