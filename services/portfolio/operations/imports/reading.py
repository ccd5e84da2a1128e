"""Reading a file in a process of its own: rows go to a file of JSON lines, so that no process holds them all."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from services.catalog.contract import PlanDocument, Vocabulary
from services.portfolio import iati
from services.portfolio.contract import ImportRow
from services.portfolio.workbook.dialect import Dialect
from services.portfolio.workbook.reading import read
from services.shared.errors import Invalid

SAID_EVERY = 200
XML_STARTS = (b"<?xml", b"<iati", b"\xef\xbb\xbf<", b"<!--")


def read_to(
    path: str, out: str, progress: str, name: str, plan_text: str, vocabularies: Mapping[str, str]
) -> dict[str, Any]:
    """Read a file into JSON lines at `out`; how many rows were read stands in `progress` meanwhile.

    `name` is what the sender called the file. Answers {"format", "sheets", "rows"}, or {"refused": problem} where the
    file as a whole can not be read: an error does not travel between processes as well as its problem does.
    """
    plan = PlanDocument.model_validate_json(plan_text)

    def said(count: int) -> None:
        if count % SAID_EVERY == 0:
            Path(progress).write_text(str(count), encoding="ascii")

    try:
        if _is_xml(Path(path)):
            rows = iati.read(Path(path), iati.dialect_of(plan), said)
            return {"format": "iati", "sheets": [], "rows": _write(rows, out)}
        words = {code: Vocabulary.model_validate_json(text) for code, text in vocabularies.items()}
        reading = read(Path(path), Dialect.of(plan, words), said, name)
        sheets = [sheet._asdict() for sheet in reading.sheets]
        return {"format": reading.format, "sheets": sheets, "rows": _write(reading.rows, out)}
    except Invalid as error:
        return {"refused": error.problem()}


def _write(rows: Iterable[ImportRow], out: str) -> int:
    count = 0
    with Path(out).open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(row.model_dump_json() + "\n")
            count += 1
    return count


def _is_xml(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(64).lstrip()
    return head.startswith(XML_STARTS)
