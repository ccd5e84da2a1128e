"""Packages that whoever holds the snapshots' key forged: what he states of a package is held against what it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from services.reporting.package.verifying import Trust
from tests.reporting.packages import made, problems, signed_anew, unpacked
from tests.reporting.test_packages import CATALOG, PORTFOLIO, bag, key, package

__all__ = ["bag", "key", "package"]


@pytest.mark.parametrize("left_out", [["coverage"], ["coverage", "gaps", "indicators", "summary"]])
def test_a_report_that_is_not_stated_is_asked_for_all_the_same(bag: Path, key: Path, left_out: list[str]) -> None:
    report = bag / "data/reports/coverage.json"
    report.write_text(report.read_text(encoding="utf-8").replace('"100.00"', '"999999999.00"'), encoding="utf-8")
    _state(bag, lambda about: about | {"reports": [one for one in about["reports"] if one not in left_out]})
    assert any("999999999.00" in problem for problem in problems(bag, Trust(key)))
    report.unlink()
    signed_anew(bag)
    assert "data/reports/coverage.json is missing: such a package holds it" in problems(bag, Trust(key))


def test_what_no_package_holds_is_refused_though_it_is_signed(bag: Path, key: Path) -> None:
    (bag / "data/reports/opinion.json").write_text("{}", encoding="utf-8")
    signed_anew(bag)
    assert "data/reports/opinion.json belongs to no package of ours" in problems(bag, Trust(key))


def test_a_predecessor_is_stated_with_its_proofs(bag: Path, key: Path) -> None:
    before = {"tagmanifest_sha256": "00" * 32, "positions": {"catalog": 1, "portfolio": 1}}
    _state(bag, lambda about: about | {"previous": before})
    assert "data/journals/portfolio_consistency.json is missing: such a package holds it" in problems(bag, Trust(key))


@pytest.mark.parametrize(
    "wrong",
    [
        {"as_of": 5},
        {"access_log": {}},
        {"access_log": {"since": "yesterday", "until": "2019-01-01T00:00:00Z", "first": 1, "last": 2}},
        {"positions": {"catalog": "1", "portfolio": 8}},
        {"previous": []},
        {"unheard": 1},
    ],
)
def test_parameters_that_are_none_of_ours_are_named(bag: Path, key: Path, wrong: dict[str, Any]) -> None:
    _state(bag, lambda about: about | wrong)
    assert any("states parameters that are none of ours" in problem for problem in problems(bag, Trust(key)))


def _state(bag: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change what a package states of itself, and sign it anew."""
    file = bag / "data/datapackage.json"
    package = json.loads(file.read_text(encoding="utf-8"))
    file.write_bytes(rfc8785.dumps(package | {"kepan": change(package["kepan"])}) + b"\n")
    signed_anew(bag)


def test_entries_withheld_from_the_middle_of_a_project_are_missed(tmp_path: Path, key: Path) -> None:
    serials = {3: 1, 4: 1, 5: 2, 6: 3, 7: 4}  # by place, of project 1 but for the second one
    numbered = [
        one.model_copy(update={"body": json.dumps(json.loads(one.body) | {"serial": serials[place]})})
        if place in serials
        else one
        for place, one in enumerate(PORTFOLIO)
    ]
    whole = unpacked(made(tmp_path / "order", CATALOG, numbered).path, tmp_path / "bag")
    assert problems(whole, Trust(key)) == []
    journals = whole / "data/journals"
    entries = (journals / "portfolio_entries.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    rows = (journals / "portfolio_positions.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    del entries[5]
    rows[6] = rows[6].replace(",true", ",false")
    (journals / "portfolio_entries.jsonl").write_text("".join(entries), encoding="utf-8")
    (journals / "portfolio_positions.csv").write_text("".join(rows), encoding="utf-8")
    signed_anew(whole)
    assert any("entries are withheld" in problem and "[2]" in problem for problem in problems(whole, Trust(key)))
