"""`kepan witness` before a running system: it follows what grows, and names what was forged."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

from deploy.local import superuser_of
from services.shared import merkle
from tests.system.conftest import ROOT, System

FORGED = '{"forged":true}'


def witness(system: System, state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Look once, as the auditor of this home."""
    given = {"KEPAN_HOME": str(system.home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "deploy", "witness", "--state", str(state), "--url", system.url, *words]
    return subprocess.run(command, env=os.environ | given, cwd=ROOT, capture_output=True, text=True, timeout=120)


def registered(system: System, value: str) -> None:
    """An agency, and with it an entry of the portfolio's journal that is sequenced."""
    with system.client() as manager:
        agency = {"identifier": {"scheme": "local", "value": value}, "name": "演示", "type": "institute"}
        manager.post("/agencies", json=agency).raise_for_status()


def forged(url: str, change: Callable[[str], str] = lambda _: FORGED) -> None:
    """What a superuser can do: another first entry, with every hash above it made anew."""
    with psycopg.connect(url) as admin:
        admin.execute("SET search_path = portfolio")
        first = "(SELECT entry FROM journal_position WHERE position = 1)"
        was = admin.execute(f"SELECT body FROM journal_entry WHERE id = {first}").fetchone()
        assert was is not None
        body = change(was[0])
        admin.execute(f"UPDATE journal_entry SET body = %s WHERE id = {first}", (body,))
        leaf = merkle.leaf_hash(body.encode())
        admin.execute("UPDATE journal_position SET leaf_hash = %s WHERE position = 1", (leaf,))
        found = admin.execute("SELECT leaf_hash FROM journal_position ORDER BY position").fetchall()
        for level, place, hash in merkle.grown(0, [], [row[0] for row in found]):
            update = "UPDATE journal_node SET hash = %s WHERE (level, place) = (%s, %s)"
            admin.execute(update, (hash, level, place))


def test_a_forged_entry_is_a_fork_for_whoever_saw_the_log_before(system: System, tmp_path: Path) -> None:
    state = tmp_path / "witnessed.jsonl"
    registered(system, "WIT-1")
    first = witness(system, state, "--entries")
    assert first.returncode == 0, first.stderr
    assert "seen for the first time" in first.stdout and "entries read" in first.stdout
    registered(system, "WIT-2")
    grown = witness(system, state, "--entries")
    assert (grown.returncode, "extends the" in grown.stdout) == (0, True), grown.stderr
    url = superuser_of(system.home)
    assert url is not None
    forged(url)
    registered(system, "WIT-3")
    refused = witness(system, state)
    assert refused.returncode == 2
    assert "FORK: the log of portfolio" in refused.stderr
    assert "are not those that it showed before" in refused.stderr
    lines = [json.loads(line) for line in state.read_text().splitlines()]
    assert [line["refused"] is None for line in lines if line["log"] == "portfolio"] == [True, True, False]
