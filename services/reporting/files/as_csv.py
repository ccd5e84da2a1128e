"""A table as .csv, row by row: what Excel opens as it is, and what no spreadsheet computes."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from services.reporting.files.cells import MARK, exact, rows_of, totals_of, whole
from services.reporting.files.paper import Column, Paper, Table, Value

Encoding = Literal["utf-8-sig", "gb18030"]
"""GB18030 for programs that know no UTF-8: it holds every character, as GBK does not."""

_AT_ONCE = 64 * 1024
# The full-width signs as well: with a Chinese keyboard a spreadsheet takes them for the narrow ones.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(paper: Paper, table: Table, encoding: Encoding = "utf-8-sig") -> Iterator[bytes]:
    """The table in pieces of some 64 KiB, made as they are asked for; lines end in CR LF.

    The header is the titles; the totals are the last row; the paper's mark is a column at the end. Text that begins
    like a formula has ' before it; numbers stay numbers, in digits without commas. Money is exact, in 万元.
    """
    held = io.StringIO()
    writer = csv.writer(held)
    held.write("\ufeff" if encoding == "utf-8-sig" else "")
    mark = [harmless(whole(paper.marked))] if paper.marked else []
    writer.writerow([harmless(whole(column.title)) for column in table.columns] + ([MARK] if mark else []))
    codec = "gb18030" if encoding == "gb18030" else "utf-8"
    for row in rows_of(table):
        writer.writerow([_cell(*cell) for cell in zip(table.columns, row.cells, strict=True)] + mark)
        if held.tell() > _AT_ONCE:
            yield held.getvalue().encode(codec)
            held.seek(0)
            held.truncate()
    totals = totals_of(table)
    if totals is not None:
        writer.writerow([_cell(*cell) for cell in zip(table.columns, totals, strict=True)] + mark)
    yield held.getvalue().encode(codec)


def write_csv(paper: Paper, table: Table, path: Path, encoding: Encoding = "utf-8-sig") -> None:
    """The same into a file, for a child process; a file that could not be finished is removed."""
    try:
        with path.open("wb") as stream:
            stream.writelines(csv_of(paper, table, encoding))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula, with ' before it."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def _cell(column: Column, value: Value) -> str:
    text = exact(column, value)
    return harmless(text) if isinstance(value, str) else text
