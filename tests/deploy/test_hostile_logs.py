"""The witness, before answers and a file that are formed as nobody would form them: a sentence, and its exit code."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.witness import FORK, NOTHING_LEARNED, Witness, look_at_all
from tests.deploy.test_witness import InventedLogs

DEEP = "[" * 100_000


class HostileLogs(InventedLogs):
    """Honest but for what a path that ends in `at` answers."""

    def __init__(self, at: str, text: str) -> None:
        super().__init__()
        self.at, self.text = at, text
        self.add("catalog", b"plan")
        self.add("portfolio", b"a", b"b")

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(self.at):
            return httpx.Response(200, text=self.text)
        return super().answer(request)

    def watched(self, state: Path) -> Witness:
        http = httpx.Client(transport=httpx.MockTransport(self.answer), base_url="http://kepan.invalid/api/v1")
        return Witness(http, [signer.verifier for signer in self.signers.values()], state)


@pytest.mark.parametrize(
    "answer",
    [
        *([{"position": 1}], 5, None, [5], [[]], [{"position": 1, "body": 5}], [{"position": "x", "body": ""}]),
        *(
            [{"position": None, "body": ""}],
            [{"position": 1, "body": "\ud800"}],
            [{"position": float("inf"), "body": ""}],
            {},
        ),
    ],
)
def test_what_is_no_page_of_a_journal_is_told(answer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = HostileLogs("/journal", json.dumps({"items": answer}))
    outcome = look_at_all(logs.watched(tmp_path / "state"), entries=True)
    said = capsys.readouterr().err
    if answer == {}:
        assert outcome == FORK and "after 0 entries there is a gap" in said
    else:
        assert outcome == NOTHING_LEARNED and said.count("this is no page of a journal") == 2


@pytest.mark.parametrize("text", ["[]", "5", "", DEEP])
@pytest.mark.parametrize("at", ["/journal", "/proofs/consistency"])
def test_json_of_another_form_is_told(at: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = HostileLogs(at, text)
    watching = logs.watched(tmp_path / "state")
    look_at_all(watching)
    logs.add("catalog", b"more")
    assert look_at_all(watching, entries=at == "/journal") == NOTHING_LEARNED
    assert "this is no " in capsys.readouterr().err


def test_pages_that_lead_nowhere_come_to_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = HostileLogs("/journal", json.dumps({"items": [{"position": 1, "body": "plan"}]}))
    assert look_at_all(logs.watched(tmp_path / "state"), entries=True) == FORK
    assert "after 1 entries there is a gap" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        *("[]", "5", "no JSON", DEEP, '{"log": "catalog"}', '{"log": "catalog", "refused": null, "note": 5}'),
        '{"log": "catalog", "refused": null, "note": "no note"}',
    ],
)
def test_a_damaged_file_of_checkpoints_is_named(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    state.write_text(f"{line}\n")
    assert look_at_all(HostileLogs("/nowhere", "").watched(state)) == NOTHING_LEARNED
    assert f"a line of {state} is none that a witness writes" in capsys.readouterr().err
    assert state.read_text().startswith(f"{line}\n")


def test_keys_as_json_are_told_how_they_become_files(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [], "logs": []}))
    words = ["witness", "--url", "http://127.0.0.1:1", "--keys", str(keys), "--state", str(tmp_path / "state")]
    done = CliRunner().invoke(app, words, env={"KEPAN_TOKEN": "a token"})
    assert done.exit_code == NOTHING_LEARNED and "`kepan snapshot keys FOLDER` fetches" in done.stderr
