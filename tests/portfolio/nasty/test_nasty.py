"""Every row of lists as nasty as agencies keep them gets the verdict, values and codes that the rules give it."""

from pathlib import Path
from typing import Any

import pytest

from services.portfolio.contract import ImportRow
from services.portfolio.workbook.reading import read
from tests.portfolio.nasty.generator import Book
from tests.portfolio.nasty.plain import save_csv, save_xls
from tests.portfolio.nasty.truth import Row
from tests.portfolio.workbook.test_reading import DIALECT


def differences(expected: Row, got: ImportRow | None) -> list[str]:
    """What is otherwise than it must be; values of a field with an error mean nothing."""
    if got is None:
        return ["not found"]
    found = []
    errors = {(one.field, one.code) for one in got.errors}
    warnings = {(one.field, one.code) for one in got.warnings}
    if expected.verdict != got.verdict:
        found.append(f"verdict: {expected.verdict} but got {got.verdict}")
    for kind, must, said in (("errors", expected.errors, errors), ("warnings", expected.warnings, warnings)):
        if must != said:
            found.append(f"{kind}: {sorted(must)} but got {sorted(said)}")
    failed = {field for field, _ in expected.errors}
    failed |= {field.replace("_date", "_precision") for field in failed}
    for name, value in expected.values.items():
        is_so = got.values.get(name)
        if name in failed or value is ... or _same(name, value, is_so):
            continue
        found.append(f"{name}: {value!r} but got {is_so!r}")
    return found


def _same(name: str, must: Any, is_so: Any) -> bool:
    if name == "tasks" and isinstance(is_so, list):
        return sorted(must, key=str) == sorted(is_so, key=str)
    return bool(must == is_so)


def compare(expected: list[Row], path: Path) -> list[str]:
    """A line for each row that is not judged as it must be, and for each that is no project and is judged."""
    got = {(row.sheet, row.row): row for row in read(path, DIALECT).rows}
    lines = []
    for row in expected:
        if wrong := differences(row, got.get((row.sheet, row.number))):
            cells = {name: cell for name, cell in row.cells.items() if cell is not None}
            lines.append(f"{row.sheet}!{row.number} " + "; ".join(wrong) + f"\n    {cells}")
    known = {(row.sheet, row.number) for row in expected}
    lines += [
        f"{sheet}!{number} is no project but {row.verdict}: {row.values}"
        for (sheet, number), row in got.items()
        if (sheet, number) not in known and row.verdict != "skipped"
    ]
    return lines


@pytest.mark.parametrize("seed", range(8))
def test_every_row_of_a_nasty_workbook_is_judged_by_the_rules(seed: int, tmp_path: Path) -> None:
    book = Book(seed)
    book.save(tmp_path / "nasty.xlsx")
    wrong = compare(book.rows, tmp_path / "nasty.xlsx")
    assert not wrong, f"{len(wrong)} of {len(book.rows)} rows:\n" + "\n".join(wrong)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("seed", range(3))
def test_every_row_of_a_plain_csv_is_judged_by_the_rules(seed: int, encoding: str, tmp_path: Path) -> None:
    rows = save_csv(tmp_path / "清单.csv", seed, encoding)
    assert not (wrong := compare(rows, tmp_path / "清单.csv")), "\n".join(wrong)


@pytest.mark.parametrize("seed", range(3))
def test_every_row_of_a_plain_xls_is_judged_by_the_rules(seed: int, tmp_path: Path) -> None:
    rows = save_xls(tmp_path / "list.xls", seed)
    assert not (wrong := compare(rows, tmp_path / "list.xls")), "\n".join(wrong)
