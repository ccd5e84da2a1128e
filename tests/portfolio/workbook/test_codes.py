"""Every code that an import may give stands in one table, and nothing else does."""

import re
from pathlib import Path

from services.portfolio.rules import AGAINST
from services.portfolio.workbook.codes import CODES

ROOT = Path(__file__).parents[3]
ROW = re.compile(r"^\| `(\w+)` \| (error|warning) \| (.+?) \| (.+?) \|$", re.M)


def test_the_table_of_codes_is_the_codes() -> None:
    documented = ROW.findall((ROOT / "docs" / "import-codes.md").read_text(encoding="utf-8"))
    known = {name: tuple(code) for name, code in CODES.items()} | AGAINST
    assert {name: (kind, when, todo) for name, kind, when, todo in documented} == known
    assert len(documented) == len(known)


def test_no_code_is_given_that_the_table_lacks() -> None:
    package = ROOT / "services" / "portfolio"
    said = set()
    for file in (*(package / "workbook").glob("*.py"), *(package / "operations" / "imports").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        said |= set(re.findall(r'\.(?:say|refuse|warn)\(\s*[^,()]+,\s*"(\w+)"', text))
        said |= set(re.findall(r'Named\(None, "(\w+)"', text))
    known = CODES.keys() | AGAINST.keys()
    assert said <= known, said - known
    assert len(said) > 25, "they were found"
