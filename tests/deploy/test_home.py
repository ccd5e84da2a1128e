"""A home is made by the commands that make one, and by no other."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.keys import ensure_keys

OF_A_HOME = (
    ["token", "manager"],
    ["signin", "--url", "http://127.0.0.1:1"],
    ["keys", "add"],
    ["keys", "sm2"],
    ["keys", "retire"],
    ["demo", "load", "--url", "http://127.0.0.1:1"],
    ["demo", "remove", "--url", "http://127.0.0.1:1"],
)


@pytest.mark.parametrize("words", OF_A_HOME)
def test_a_mistyped_home_is_refused_and_not_made(words: list[str], tmp_path: Path) -> None:
    home = tmp_path / "mistyped"
    done = CliRunner().invoke(app, words, env={"KEPAN_HOME": str(home)})
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"there is no home at {home}: `kepan up` makes one" in done.stderr
    assert not home.exists()


def test_a_home_that_has_keys_gives_tokens(tmp_path: Path) -> None:
    ensure_keys(tmp_path)
    done = CliRunner().invoke(app, ["token", "manager"], env={"KEPAN_HOME": str(tmp_path)})
    assert done.exit_code == 0 and done.stdout.count(".") == 2
