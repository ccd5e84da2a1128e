"""A paper as .pdf, as an office hands it over: A4, title in the middle, 序号, 合计, pages counted, 说明 at the end."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import typst

from services.reporting.files.cells import ROUNDED, has_money, indented, printed, rows_of, totals_of
from services.reporting.files.glyphs import folders, printable
from services.reporting.files.paper import Column, Paper, Row, Table, TooManyRowsForPdf
from services.reporting.files.pictures import drawn

LIMIT = 5_000
"""Rows of all tables together: some hundred and fifty pages."""

_TEMPLATE = Path(__file__).with_name("paper.typ")
# Archived (PDF/A-2a) and read aloud (PDF/UA-1): both ask for tags, embedded fonts and a text behind every glyph.
_STANDARDS: "list[typst.PDFStandard]" = ["a-2a", "ua-1"]
_NUMBER = Column("序号", "count", 4)
_ALIGNED = {"text": "left", "date": "center"}

_POINT_IN_CM = 2.54 / 72
_UPRIGHT, _ACROSS = 21.0 - 2 * 2.54, 29.7 - 2 * 2.54
# Whether the page lies across, and the size in points: the first that holds the widest table is taken.
_PAGES = ((False, 10.5), (False, 9.0), (True, 10.5), (True, 9.0), (True, 7.5), (True, 6.5), (True, 5.5))
# In em: a half-width character at its widest in common text, both margins of a cell, the most that a text asks for,
# the longest figure (24 digits).
_HALF, _INSET, _MOST, _FIGURE = 0.58, 0.9, 24.0, 14.0


def pdf_of(paper: Paper, limit: int = LIMIT) -> bytes:
    """The paper as PDF/A-2a and PDF/UA-1: tagged, in Chinese, dated as_of; equal papers make equal bytes anywhere.

    All text is data to the typesetter, which sees no file but the paper's own. Raises TooManyRowsForPdf past the
    limit, ValueError for a picture that is no SVG.
    """
    told = _told(paper, limit)
    with TemporaryDirectory(prefix="kepan-paper-") as name:
        folder = Path(name)
        for number, picture in enumerate(paper.pictures):
            (folder / f"{number}.svg").write_text(drawn(picture.svg), encoding="utf-8")
        (folder / "paper.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        main = folder / _TEMPLATE.name
        main.write_bytes(_TEMPLATE.read_bytes())
        return typst.compile(
            main,
            root=folder,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=_STANDARDS,
            timestamp=datetime.combine(paper.as_of, time(), UTC),
            package_path=folder,
            package_cache_path=folder,
        )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders()))


class _Grid(NamedTuple):
    """A table as it is printed: its columns, 序号 among them, and the words of its cells."""

    table: Table
    columns: list[Column]
    rows: list[tuple[Row, list[str]]]
    totals: list[str] | None

    def words(self) -> Iterable[Sequence[str]]:
        yield from (words for _, words in self.rows)
        yield from [self.totals] if self.totals is not None else []

    def wants(self) -> list[tuple[float, float]]:
        """For each column, in em, the least it can do with and what it would like to have."""
        found = [0.0] * len(self.columns)
        deepest = max((row.level for row, _ in self.rows), default=0)
        for words in self.words():
            found = [max(wide, _em(word)) for wide, word in zip(found, words, strict=True)]
        return [_wants(column, wide, deepest) for column, wide in zip(self.columns, found, strict=True)]


def _wants(column: Column, wide: float, deepest: int) -> tuple[float, float]:
    title = _em(column.title)
    if column.kind == "text":
        wide = min(wide + deepest, _MOST)
        return max(min(wide, column.width * 0.5), min(title, 4.0)) + _INSET, max(wide, min(title, 8.0)) + _INSET
    # A header may take three lines; a figure is never broken, words that stand for one may be.
    wide = min(wide, _FIGURE)
    return max(wide, min(title, max(2.0, title / 3 + 0.5))) + _INSET, max(wide, min(title, 6.0)) + _INSET


def _em(text: str) -> float:
    return sum(1.0 if ord(letter) > 0x2E7F else _HALF for letter in text)


def _told(paper: Paper, limit: int) -> dict[str, Any]:
    """All that the template is told."""
    room = limit
    tables = [table.on_paper or table for table in paper.tables]
    grids = []
    for table in tables:
        grids.append(_grid(table, room, limit))
        room -= len(grids[-1].rows)
    wants = [grid.wants() for grid in grids]
    needed = max((sum(least for least, _ in want) for want in wants), default=0.0)
    across, size = next((page for page in _PAGES if needed <= _room(*page)), _PAGES[-1])
    said = [
        ("数据截止日期", f"{paper.as_of.year}年{paper.as_of.month}月{paper.as_of.day}日"),
        ("数据记录截至", paper.recorded_at),
        *paper.parameters,
        *([("金额", ROUNDED)] if has_money(tables) else []),
    ]
    return {
        "title": printable(paper.title),
        "marked": printable(paper.marked),
        "flipped": across,
        "tables": [
            _laid(grid, _widths(want, _room(across, size)), size, paper.unit)
            for grid, want in zip(grids, wants, strict=True)
        ],
        "pictures": [
            {
                "file": f"{number}.svg",
                "caption": printable(picture.caption),
                "alt": printable(picture.alt or picture.caption),
            }
            for number, picture in enumerate(paper.pictures)
        ],
        "said": [[printable(name), printable(words)] for name, words in said],
        "notes": [printable(note) for note in paper.notes],
    }


def _grid(table: Table, room: int, limit: int) -> _Grid:
    taken = list(islice(rows_of(table), room + 1))
    if len(taken) > room:
        raise TooManyRowsForPdf(f"a .pdf holds {limit} rows; ask for fewer, or for .xlsx or .csv")

    def words(row: Sequence[Any]) -> list[str]:
        return [printable(printed(*cell)) for cell in zip(table.columns, row, strict=True)]

    totals = totals_of(table)
    rows = [(row, words(row.cells)) for row in taken]
    if not table.numbered:
        return _Grid(table, list(table.columns), rows, None if totals is None else words(totals))
    return _Grid(
        table,
        [_NUMBER, *table.columns],
        [(row, [str(number), *cells]) for number, (row, cells) in enumerate(rows, start=1)],
        None if totals is None else ["", *words(totals)],
    )


def _room(across: bool, size: float) -> float:
    """How many em a line of the page holds."""
    return (_ACROSS if across else _UPRIGHT) / (size * _POINT_IN_CM)


def _widths(wants: list[tuple[float, float]], room: float) -> list[float]:
    """The room shared out: first what each column needs, then what it would like, the rest as they stand."""
    least = [needed for needed, _ in wants]
    more = [liked - needed for needed, liked in wants]
    spare = max(room - sum(least), 0.0)
    part = min(spare / sum(more), 1.0) if sum(more) else 0.0
    widths = [needed + part * extra for needed, extra in zip(least, more, strict=True)]
    return [round(width * room / sum(widths), 3) for width in widths]


def _foldable(word: str, wide: float) -> str:
    """The word with places to break a long run of Latin, such as a URL, that would run into the next cell."""
    held = max(int((wide - _INSET) / _HALF), 1)
    if len(word) <= held:
        return word
    return re.sub(rf"[!-~]{{{held}}}(?=[!-~])", "\\g<0>\u200b", word)


def _laid(grid: _Grid, widths: list[float], size: float, unit: str) -> dict[str, Any]:
    aligned = ["center" if column is _NUMBER else _ALIGNED.get(column.kind, "right") for column in grid.columns]

    def cells(words: list[str]) -> list[str]:
        return [_foldable(word, wide) for word, wide in zip(words, widths, strict=True)]

    return {
        "name": printable(grid.table.name),
        "unit": printable(unit if grid.table.unit is None else grid.table.unit),
        "note": printable(grid.table.note),
        "size": size,
        "widths": widths,
        "aligned": aligned,
        "inset": indented(grid.columns),
        "titles": [printable(column.title) for column in grid.columns],
        "rows": [{"cells": cells(words), "level": row.level, "strong": row.strong} for row, words in grid.rows],
        "totals": None if grid.totals is None else cells(grid.totals),
    }
