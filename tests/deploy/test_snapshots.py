"""`kepan snapshot …` in the terminal: what is said of an answer, and what is asked for."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy import cli, snapshots
from deploy.keys import ensure_keys

SIDE = {"as_of": "2018-06-30", "recorded_at": None, "positions": {"catalog": 9, "portfolio": 4}}
FIGURES = {"projects": 1, "committed": "5.00", "covered": True}
DIFF: dict[str, Any] = {
    **{"edition": 1, "before": SIDE, "after": SIDE, "items": [], "projects": [], "next": None},
    "filters": {"level": "all", "year": [], "agency": "local:A", "district": None},
    "notes": [{"code": "one_edition", "detail": "both sides are stated in one scope", "amount": None}],
    "totals": {"before": FIGURES, "after": FIGURES},
    "catalog": {"editions": [], "targets": []},
}


class Door:
    """Remembers what was asked, and answers a diff."""

    def __init__(self) -> None:
        self.answer = DIFF
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """The diff, which has one page."""
        self.asked.append((path, query))
        return self.answer

    def content(self, path: str, **query: Any) -> bytes:
        """A file that says its name."""
        self.asked.append((path, query))
        return path.encode()


@pytest.fixture
def front_door(monkeypatch: pytest.MonkeyPatch) -> Door:
    found = Door()
    monkeypatch.setattr(snapshots, "door", lambda role: found)
    return found


def _kepan(*words: str) -> str:
    done = CliRunner().invoke(snapshots.commands, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_diff_says_the_scope_that_both_sides_are_stated_in(front_door: Door) -> None:
    said = _kepan("diff", "9-4", "10-6")
    assert "both in edition 1, agency local:A\n  · both sides are stated in one scope\nnothing differs\n" in said
    after = FIGURES | {"committed": "6.00"}
    front_door.answer = DIFF | {"filters": {"level": "all"}, "totals": {"before": FIGURES, "after": after}}
    said = _kepan("diff", "9-4", "10-6")
    assert "the whole plan" in said and "committed: 5.00 → 6.00" in said and "nothing differs" not in said


def test_a_diff_between_positions_is_written_as_files(front_door: Door, tmp_path: Path) -> None:
    _kepan("diff", "9-4", "10-6", "--plan", "p", "--as-of", "2018-06-30", "--xlsx", str(tmp_path / "d.xlsx"))
    assert (tmp_path / "d.xlsx").read_text() == "/reports/diff.xlsx"
    query = {"plan": "p", "from": "9-4", "to": "10-6", "as_of": "2018-06-30"}
    assert front_door.asked == [("/reports/diff.xlsx", query)]


def test_keys_are_fetched_and_never_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    logs = [{"verifier": line} for line in (ensure_keys(tmp_path) / "log-keys.txt").read_text().splitlines()]
    asked: list[str] = []

    def answered(url: str, **_: Any) -> httpx.Response:
        asked.append(url)
        return httpx.Response(200, json={"keys": [], "logs": logs}, request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx, "get", answered)
    words, folder = ("keys", str(tmp_path / "got"), "--url", "https://kepan.example"), tmp_path / "got"
    for _ in range(2):
        assert "log-keys.txt" in _kepan(*words)
    assert sorted(file.name for file in folder.iterdir()) == ["log-keys.txt", "signer.pem"]
    assert set(asked) == {"https://kepan.example/api/v1/keys"}
    (folder / "signer.pem").write_text("what the auditor trusts")
    done = CliRunner().invoke(snapshots.commands, list(words))
    assert done.exit_code == 1 and "holds something else" in done.stderr
    assert (folder / "signer.pem").read_text() == "what the auditor trusts"


def test_keys_as_json_are_told_how_they_become_files(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [], "logs": []}))
    done = CliRunner().invoke(cli.app, ["verify", str(tmp_path), "--log-keys", str(tmp_path / "keys.json")])
    assert done.exit_code == 1 and "`kepan snapshot keys FOLDER` fetches" in done.stderr
