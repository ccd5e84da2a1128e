"""What `kepan restore` says of a file that is no whole backup: one sentence, and no home is made of it."""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.backups import DATABASE, FORMAT, KEYS, LOGS, MANIFEST
from deploy.cli import app


def _tar(parts: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


PARTS = {DATABASE: b"a dump", KEYS: _tar({})}
SAID: dict[str, Any] = {
    "format": FORMAT,
    "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in PARTS.items()},
    "journals": {log: {"size": 1, "root": "00"} for log in LOGS},
}
NO_TAR = SAID["sha256"] | {KEYS: hashlib.sha256(b"no tar").hexdigest()}


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in SAID.items() if key != name}


def _refused(tmp_path: Path, content: bytes) -> str:
    file, home = tmp_path / "backup", tmp_path / "home"
    file.write_bytes(content)
    done = CliRunner().invoke(app, ["restore", str(file)], env={"KEPAN_HOME": str(home)})
    assert done.exit_code == 1 and not home.exists(), done.output
    assert done.stderr.startswith(f"kepan: {file} ") and done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("content", [b"", b"no tar at all", _tar(PARTS)[:600], b"\x1f\x8b\x08\x00"])
def test_a_file_that_is_no_tar_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    said = _refused(tmp_path, content)
    assert "no whole backup: it is no tar, or one that is cut off" in said or "it lacks manifest.json" in said


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        (_without("journals"), "its manifest.json does not say 'journals'"),
        (_without("sha256"), "its manifest.json does not say 'sha256'"),
        (SAID | {"journals": {"catalog": {"size": 1, "root": "00"}}}, "does not say 'portfolio'"),
        (SAID | {"journals": 5}, "has another form"),
        (SAID | {"journals": {log: {"size": 1} for log in LOGS}}, "has another form"),
        (SAID | {"format": FORMAT + 1}, "in a form that this version does not read"),
        ([], "has another form"),
        (SAID | {"sha256": [DATABASE, KEYS]}, "has another form"),
        (SAID | {"sha256": SAID["sha256"] | {DATABASE: "00"}}, "is damaged: database.dump"),
    ],
)
def test_a_manifest_that_does_not_say_all_of_it_is_told(tmp_path: Path, manifest: Any, reason: str) -> None:
    assert reason in _refused(tmp_path, _tar(PARTS | {MANIFEST: json.dumps(manifest).encode()}))


def test_a_part_that_is_missing_or_no_tar_is_named(tmp_path: Path) -> None:
    manifest = {MANIFEST: json.dumps(SAID).encode()}
    assert "it lacks keys.tar" in _refused(tmp_path, _tar(manifest | {DATABASE: b"a dump"}))
    manifest = {MANIFEST: json.dumps(SAID | {"sha256": NO_TAR}).encode()}
    assert "keys.tar is no tar" in _refused(tmp_path, _tar(PARTS | manifest | {KEYS: b"no tar"}))
