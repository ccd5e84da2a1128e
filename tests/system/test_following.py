"""A start while reporting has not caught up with the journals yet."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from deploy.local import superuser_of
from deploy.postgres import EmbeddedPostgres
from tests.system.conftest import ROOT, System

HURRY = "import deploy.supervisor as s, deploy.following as f; s.READY_SECONDS = 4.0; f.FIRST_WORD = 1.0"


def test_a_start_waits_for_reporting_and_says_how_far_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = System(home, KEPAN_DEMO="0")
    first.start()
    first.stop()
    postgres = EmbeddedPostgres(home)
    with psycopg.connect(postgres.start(), autocommit=True) as connection:
        connection.execute("REVOKE UPDATE ON reporting.progress FROM reporting")
    postgres.stop()
    (tmp_path / "sitecustomize.py").write_text(HURRY)
    system = System(home, KEPAN_DEMO="0", PYTHONPATH=f"{tmp_path}:{ROOT}")
    with ThreadPoolExecutor(1) as starter:
        started = starter.submit(system.start)
        while not (url := superuser_of(home)):
            assert not started.done()
            time.sleep(0.1)
        time.sleep(8.0)
        assert not started.done(), "four seconds are over, and it waits"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("GRANT UPDATE ON reporting.progress TO reporting")
            row = connection.execute("SELECT catalog + portfolio FROM reporting.progress").fetchone()
        started.result()
    assert system.stop() == 0
    assert row is not None and row[0] > 0
    assert f"reporting follows the journals: {row[0]} of {row[0]} entries" in system.log.read_text()
