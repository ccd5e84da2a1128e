"""What a person at the terminal reads where something is not possible: what is possible, in words."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy import desk
from deploy.asking import plainly

ROOT = Path(__file__).parents[2]
OPENAPI = json.loads((ROOT / "services" / "reporting" / "openapi.json").read_text(encoding="utf-8"))
ARCHIVE = {"--fonds": "X043", "--archival-code": "X043-KJ-0001", "--responsible": "演示单位"}


def _refusal(recorded_at: datetime) -> str:
    what = f"What was recorded at {recorded_at.isoformat()} is not wholly known here yet: ask again in a moment."
    return f"POST /api/v1/snapshots: 503 not_yet_known: {what}"


def test_help_names_the_program_as_it_is_called() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "report", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Usage: kepan report" in done.stdout and "python" not in done.stdout


def test_a_moment_that_lies_ahead_is_not_to_be_waited_for() -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    assert f"{ahead.isoformat()} lies ahead" in plainly(_refusal(ahead))
    passed = _refusal(datetime.now(UTC) - timedelta(seconds=1))
    assert plainly(passed) == passed


@pytest.mark.parametrize(
    ("allowed", "said"),
    [
        ("nothing", "you may not make it resolved, nor anything else."),
        ("accepted_risk, open", "you may not make it resolved, you may make it accepted_risk or open."),
    ],
)
def test_what_may_become_of_a_finding_is_a_sentence(allowed: str, said: str) -> None:
    refusal = f"409 step_not_allowed: The finding is open; you may not make it resolved, but: {allowed}."
    assert plainly(refusal) == f"409 step_not_allowed: The finding is open; {said}"


def _archive(**options: str) -> str:
    given = ARCHIVE | {f"--{name.replace('_', '-')}": value for name, value in options.items()}
    words = [word for pair in given.items() for word in pair]
    return _refused("archive", "snapshot", "a.xml", *words)


def _refused(*words: str) -> str:
    done = CliRunner().invoke(desk.commands, list(words), env={"COLUMNS": "400"})
    assert done.exit_code == 2, done.output
    return done.stderr


@pytest.mark.parametrize(
    ("option", "value", "possible"),
    [
        ("fonds", "", "1 to 20 letters and digits"),
        ("fonds", "全宗", "1 to 20 letters and digits"),
        ("archival_code", "a b", "without spaces"),
        ("responsible", "", "1 to 100 characters"),
        ("retention", "20年", "永久, 30年 or 10年"),
        ("secrecy", "公", "公开, 国内, 内部, 秘密, 机密 or 绝密"),
    ],
)
def test_a_value_that_can_not_be_taken_is_told_what_can(option: str, value: str, possible: str) -> None:
    said = _archive(**{option: value})
    assert possible in said and "^" not in said, said


def test_a_seed_is_told_to_be_of_ascii() -> None:
    said = _refused("sample", "snapshot", "--size", "3", "--seed", "公开种子-2026")
    assert "letters, digits and signs of ASCII" in said


def _patterns(document: Any) -> set[str]:
    if isinstance(document, dict):
        found = {document["pattern"]} if isinstance(document.get("pattern"), str) else set()
        return found.union(*(_patterns(value) for value in document.values()))
    return set().union(*(_patterns(value) for value in document)) if isinstance(document, list) else set()


def test_what_is_refused_here_is_what_the_front_door_refuses() -> None:
    served = _patterns(OPENAPI)
    for pattern in ("^[ -~]{1,200}$", "^[A-Za-z0-9]{1,20}$", r"^[^\x00-\x20<>]{1,100}$", "^(永久|30年|10年)$"):
        assert pattern in served
