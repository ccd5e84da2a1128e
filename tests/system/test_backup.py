"""The drill: a home is backed up while it runs, destroyed, made again, and stands where it stood."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from deploy.local import superuser_of
from deploy.postgres import EmbeddedPostgres
from tests.system.conftest import ROOT, System, caught_up
from tests.system.test_witness import registered, witness

REPORT = {"plan": "shanghai-sti-13", "as_of": "2018-06-30"}


def kepan(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command on a home."""
    given = {"KEPAN_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "deploy", *words]
    return subprocess.run(command, env=os.environ | given, cwd=ROOT, capture_output=True, text=True, timeout=300)


def stands_at(system: System) -> tuple[list[str], bytes]:
    """The checkpoints of both journals, and a report as known at the end of them."""
    with system.client("auditor") as auditor:
        notes = [auditor.get(path).text for path in ("/catalog/journal/checkpoint", "/journal/checkpoint")]
    with system.client() as manager:
        caught_up(manager)
        known = manager.get("/reports/coverage", params=REPORT).json()["recorded_at"]
        return notes, manager.get("/reports/coverage", params=REPORT | {"recorded_at": known}).content


def other_end(content: bytes) -> bytes:
    """The same with another last byte."""
    return content[:-1] + bytes([content[-1] ^ 1])


def tampered(file: Path, to: Path, part: str, tamper: Callable[[bytes], bytes] = other_end) -> None:
    """A copy of a backup one of whose parts is another one."""
    with tarfile.open(file) as whole, tarfile.open(to, "w") as copy:
        for entry in whole.getmembers():
            opened = whole.extractfile(entry)
            assert opened is not None
            content = opened.read()
            if entry.name == part:
                content = tamper(content)
            (to.parent / "piece").write_bytes(content)
            copy.add(to.parent / "piece", entry.name)


def test_a_home_that_was_destroyed_comes_back_to_the_same_checkpoint(tmp_path: Path) -> None:
    system = System(tmp_path / "home", KEPAN_DEMO="0")
    file, state = tmp_path / "backup.tar", tmp_path / "witnessed.jsonl"
    assert "does not run" in kepan(tmp_path / "home", "backup", str(file)).stderr
    system.start()
    try:
        registered(system, "BACK-1")
        assert witness(system, state, "--entries").returncode == 0
        before = stands_at(system)
        taken = kepan(system.home, "backup", str(file))
        assert taken.returncode == 0, taken.stderr
        assert file.stat().st_mode & 0o777 == 0o600
        assert "is there already" in kepan(system.home, "backup", str(file)).stderr
        registered(system, "BACK-2")
        with psycopg.connect(superuser_of(system.home) or "") as connection:
            connection.execute(
                "UPDATE portfolio.journal_entry SET body = replace(body, 'BACK-2', 'BACK-3') WHERE body LIKE '%BACK-2%'"
            )
        forged = kepan(system.home, "backup", str(tmp_path / "forged.tar"))
        assert (forged.returncode, (tmp_path / "forged.tar").exists()) == (1, True)
        assert "is not the one that its log signed" in forged.stderr
    finally:
        system.stop()
        EmbeddedPostgres(system.home).remove()
        shutil.rmtree(system.home)

    for part in ("database.dump", "keys.tar", "manifest.json"):
        tampered(file, tmp_path / "tampered.tar", part)
        refused = kepan(tmp_path / f"of-{part}", "restore", str(tmp_path / "tampered.tar"))
        assert (refused.returncode, (tmp_path / f"of-{part}" / "keys").exists()) == (1, False), refused.stdout
    tampered(
        file, tmp_path / "tampered.tar", "manifest.json", lambda content: content.replace(b'"size": ', b'"size": 1')
    )
    refused = kepan(tmp_path / "lied", "restore", str(tmp_path / "tampered.tar"))
    assert (refused.returncode, "came back as" in refused.stderr) == (1, True), refused.stderr
    assert not (tmp_path / "lied").exists(), "what did not come back whole is taken away"
    other = tmp_path / "other"
    made = kepan(other, "restore", str(file))
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[:2] == taken.stdout.splitlines()[:2], "entries and roots are those that were taken"
    assert "is not empty" in kepan(other, "restore", str(file)).stderr
    again = System(other, KEPAN_DEMO="0")
    again.start()
    try:
        assert stands_at(again) == before
        seen = witness(again, state, "--entries")
        assert (seen.returncode, "entries read" in seen.stdout) == (0, True), seen.stderr
        registered(again, "BACK-3")
        assert witness(again, state).returncode == 0
    finally:
        again.stop()
        EmbeddedPostgres(other).remove()


@pytest.mark.parametrize("content", [b"", b"no tar"])
def test_what_is_no_backup_is_refused_and_leaves_no_home(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    refused = kepan(tmp_path / "home", "restore", str(tmp_path / "file"))
    assert (refused.returncode, "is no whole backup" in refused.stderr) == (1, True), refused.stderr
    assert not (tmp_path / "home").exists()
