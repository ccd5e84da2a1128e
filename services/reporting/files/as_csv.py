"""A table as .csv, row by row: what Excel opens as it is, and what no spreadsheet computes."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal

from services.reporting.files.cells import MARK, exact, plain, rows_of, totals_of, whole
from services.reporting.files.paper import Column, Paper, Table, Value

Encoding = Literal["utf-8-sig", "gb18030", "utf-8"]
"""UTF-8 with a byte order mark and GB18030, which holds every character as GBK does not, are what spreadsheets open;
UTF-8 without the mark is for programs."""

EXPLAIN = "explain"
"""The column of the rows' links."""

_AT_ONCE = 64 * 1024
_DIGITS = 15
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
# The full-width signs as well: with a Chinese keyboard a spreadsheet takes them for the narrow ones.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(paper: Paper, table: Table, encoding: Encoding = "utf-8-sig") -> Iterator[bytes]:
    """The table in pieces of some 64 KiB, made as they are asked for; lines end in CR LF.

    The header is the titles; the totals are the last row. At the end stand columns for the link of the row, the paper's
    mark and what it states. Text that begins like a formula has ' before it, and where a spreadsheet opens the file
    text that it would take for another number too, as it makes 3.1 of the code 3.10. Numbers stay numbers, in digits
    without commas. Money is exact, in 万元.
    """
    held = io.StringIO()
    writer = csv.writer(held)
    held.write("\ufeff" if encoding == "utf-8-sig" else "")
    fixed = [(MARK, paper.marked)] if paper.marked else []
    fixed += paper.stated
    said = [harmless(whole(words)) for _, words in fixed]
    names = [EXPLAIN] if table.explained else []
    names += [name for name, _ in fixed]
    writer.writerow([harmless(whole(name)) for name in (*(column.title for column in table.columns), *names)])
    codec = "gb18030" if encoding == "gb18030" else "utf-8"
    guarded = encoding != "utf-8"

    def line(cells: Sequence[Value], explain: str) -> list[str]:
        shown = [_cell(*cell, guarded) for cell in zip(table.columns, cells, strict=True)]
        return [*shown, *([harmless(whole(explain))] if table.explained else []), *said]

    for row in rows_of(table):
        writer.writerow(line(row.cells, row.explain))
        if held.tell() > _AT_ONCE:
            yield held.getvalue().encode(codec)
            held.seek(0)
            held.truncate()
    totals = totals_of(table)
    if totals is not None:
        writer.writerow(line(totals, table.totals_explain))
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


def guarded_number(text: str) -> str:
    """Text that a spreadsheet would take for a number and write otherwise (3.10, 007, an id of 18 digits, 1e5), with '
    before it."""
    if _NUMBER.fullmatch(text) is None:
        return text
    digits = sum(letter.isdigit() for letter in text)
    kept = digits <= _DIGITS and "e" not in text.casefold() and plain(Decimal(text)) == text
    return text if kept else f"'{text}"


def _cell(column: Column, value: Value, guarded: bool) -> str:
    text = exact(column, value)
    if not isinstance(value, str):
        return text
    return harmless(guarded_number(text) if guarded else text)
