"""Packages that whoever holds the snapshots' key forged: what he states of a package is held against what it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import rfc8785

from services.reporting.package.verifying import Trust
from services.shared.accesschain import chain_hash
from services.shared.journal import Entry
from services.shared.salting import salted_hash
from tests.reporting.invented import a_project_wire, changed, registered
from tests.reporting.invented import entry as an_entry
from tests.reporting.packages import Making, access_entries, made, problems, signed_anew, unpacked
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


def test_an_entry_that_changes_another_record_than_was_left_is_named(tmp_path: Path, key: Path) -> None:
    left = a_project_wire(1)
    sound = changed(8, a_project_wire(1, title="演示 1 改", version=2), before=left | {"version": 1})
    laundered = changed(8, a_project_wire(1, title="演示：伪造"), before=left | {"title": "演示：伪造"})
    for name, entry, said in (("sound", sound, []), ("laundered", laundered, ["position 8 changes another record"])):
        package = made(tmp_path / name, CATALOG, [*PORTFOLIO[:7], entry]).path
        found = problems(package, Trust(key))
        assert len(found) == len(said) and all(part in found[0] for part in said), (name, found)


def erased(position: int, project: int) -> Entry:
    """The persons of a project forgotten."""
    body = json.loads(an_entry(position, "person_erased", {"persons": ["pi"], "reason": "演示"}).body)
    text = json.dumps(body | {"subject": str(UUID(int=project))})
    return an_entry(position, "person_erased", {}).model_copy(update={"body": text})


def test_persons_are_erased_without_a_break(tmp_path: Path, key: Path) -> None:
    person = {"name": "演示甲", "title": None}
    hashed = person | {"phone_hash": salted_hash("5a17", "19900001234")}
    before = a_project_wire(1, pi=person, version=3)
    entries = [
        *PORTFOLIO[:3],
        registered(4, a_project_wire(1, pi=hashed, version=1)),
        erased(5, 1),
        changed(6, before | {"title": "演示：改"}, before=before),
    ]
    assert problems(made(tmp_path / "order", CATALOG, entries).path, Trust(key)) == []


@pytest.mark.parametrize(
    ("file", "was", "becomes"),
    [
        ("README.txt", "2018-06-30", "2018-12-31"),
        ("bag-info.txt", "截至 2018-06-30", "截至 2018-12-31"),
        ("verify.sh", "frictionless validate", "true"),
    ],
)
def test_words_that_do_not_go_with_the_parameters_are_found(
    bag: Path, key: Path, file: str, was: str, becomes: str
) -> None:
    text = (bag / file).read_text(encoding="utf-8")
    assert was in text
    (bag / file).write_text(text.replace(was, becomes), encoding="utf-8")
    signed_anew(bag)
    assert any(problem.startswith(file) for problem in problems(bag, Trust(key)))


def test_an_access_log_that_was_rewritten_is_found_by_an_earlier_extract(tmp_path: Path, key: Path) -> None:
    told = access_entries(4)
    rewritten = access_entries(6)
    for place, entry in enumerate(rewritten):
        entry["subject"] = "another@test"
        entry["previous_hash"] = rewritten[place - 1]["hash"] if place else entry["previous_hash"]
        entry["hash"] = chain_hash(entry).hex()
    first = made(tmp_path / "first", CATALOG, PORTFOLIO[:6], Making(access_log=told))
    before = {"catalog": len(CATALOG), "portfolio": 6}
    for name, entries, said in (("longer", access_entries(6), []), ("rewritten", rewritten, ["access log position 5"])):
        how = Making(previous=first, before=before, access_log=entries)
        later = made(tmp_path / name, CATALOG, PORTFOLIO, how).path
        assert problems(later, Trust(key)) == []
        found = problems(later, Trust(key, previous=first.path))
        assert len(found) == len(said) and all(part in found[0] for part in said), (name, found)


def test_the_first_entry_of_an_access_log_follows_none(tmp_path: Path, key: Path) -> None:
    package = made(tmp_path / "order", CATALOG, PORTFOLIO, Making(access_log=access_entries(2, first=1))).path
    assert "follows another one" in problems(package, Trust(key))[0]


def test_what_is_nested_too_deep_is_refused_in_words(bag: Path, key: Path) -> None:
    (bag / "data/reports/coverage.json").write_text("[" * 200_000, encoding="utf-8")
    signed_anew(bag)
    assert any("coverage.json can not be read" in problem for problem in problems(bag, Trust(key)))
    (bag / "data/datapackage.json").write_text("[" * 200_000, encoding="utf-8")
    assert any("datapackage.json can not be read" in problem for problem in problems(bag, Trust(key)))
