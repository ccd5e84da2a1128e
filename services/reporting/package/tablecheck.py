"""Checks of the tables in a package: they say what the journals say, each key once, and name rows that are there."""

import csv
import sqlite3
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from services.reporting.package import describing
from services.reporting.package.bag import PAYLOAD
from services.reporting.package.checks import Check
from services.reporting.package.schema import TABLES, ForeignKey, Table

SEEN = 100_000
"""References that were looked up lately and need not be again."""


def check_tables(bag: Path, made: Path) -> Check:
    """Every table of the package is, to the byte, the one that the journals make in the folder `made`."""
    check = Check("tables against the journals")
    for table in TABLES:
        given = bag / PAYLOAD / describing.path_of(table)
        if not given.is_file():
            check.wrong(f"{table.file} is missing")
            continue
        with given.open("rb") as ours, (made / table.file).open("rb") as theirs:
            for number, (has, wants) in enumerate(zip_longest(ours, theirs), 1):
                if has != wants:
                    check.wrong(_differs(table, number, has, wants))
                    break
    return check


def _differs(table: Table, number: int, has: bytes | None, wants: bytes | None) -> str:
    if has is None:
        return f"{table.file} line {number}: the row is missing that the journals make: {_short(wants)}"
    if wants is None:
        return f"{table.file} line {number}: a row more than the journals make: {_short(has)}"
    return f"{table.file} line {number} says {_short(has)}, the journals say {_short(wants)}"


def _short(line: bytes | None) -> str:
    text = (line or b"").decode("utf-8", "replace").rstrip("\n")
    return text if len(text) <= 200 else text[:200] + "…"


class KeyCheck:
    """Checks primary and foreign keys with an index on the disk."""

    def __init__(self, bag: Path, index: Path) -> None:
        self._bag = bag
        self._db = sqlite3.connect(index, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE held (place TEXT, key TEXT, PRIMARY KEY (place, key)) WITHOUT ROWID;"
            "CREATE TABLE named (place TEXT, key TEXT, of TEXT, line INTEGER); BEGIN"
        )
        self._referenced = {(key.table, key.references) for table in TABLES for key in table.foreign}

    def check(self) -> Check:
        """Every primary key stands once and in order; every foreign key names a row that is there."""
        check = Check("keys and references")
        for table in TABLES:
            self._read(table, check)
        missing = self._db.execute(
            "SELECT of, line, place, key FROM named WHERE NOT EXISTS"
            " (SELECT 1 FROM held WHERE held.place = named.place AND held.key = named.key) ORDER BY of, line"
        )
        for of, line, place, key in missing:
            check.wrong(f"{of}.csv line {line} names {key!r}, which {place.partition(' ')[0]}.csv does not have")
        self._db.close()
        return check

    def _read(self, table: Table, check: Check) -> None:
        places = {name: place for place, name in enumerate(table.names)}
        whole = {field.name for field in table.fields if field.type == "integer"}
        numeric = [name in whole for name in table.key]
        key_places = [places[name] for name in table.key]
        keeps = [(of, [places[name] for name in columns]) for of, columns in self._referenced if of == table.name]
        last: tuple[Any, ...] | None = None
        seen: set[tuple[str, str]] = set()
        for line, row in self._rows(table, check):
            cells = [row[place] for place in key_places]
            try:
                key = tuple(int(cell) if number else cell for cell, number in zip(cells, numeric, strict=True))
            except ValueError:
                check.wrong(f"{table.file} line {line}: its key {','.join(cells)} is no number where it has to be")
                continue
            if last is not None and key <= last:
                check.wrong(f"{table.file} line {line}: its key {','.join(cells)} stands twice or out of order")
            last = key
            for of, columns in keeps:
                self._db.execute("INSERT OR IGNORE INTO held VALUES (?, ?)", (of, _joined(row, columns)))
            for foreign in table.foreign:
                self._note(table, foreign, [row[places[name]] for name in foreign.fields], line, seen)

    def _note(self, table: Table, foreign: ForeignKey, cells: list[str], line: int, seen: set[tuple[str, str]]) -> None:
        key = foreign.table, "\x1f".join(cells)
        if not all(cells) or key in seen:
            return
        if len(seen) >= SEEN:
            seen.clear()
        seen.add(key)
        self._db.execute("INSERT INTO named VALUES (?, ?, ?, ?)", (*key, table.name, line))

    def _rows(self, table: Table, check: Check) -> Iterator[tuple[int, list[str]]]:
        file = self._bag / PAYLOAD / describing.path_of(table)
        if not file.is_file():
            return
        with file.open(encoding="utf-8", newline="") as content:
            reader = csv.reader(content, strict=True)
            try:
                if next(reader, None) != list(table.names):
                    check.wrong(f"{table.file} does not begin with its header")
                    return
                for row in reader:
                    if len(row) != len(table.names):
                        check.wrong(f"{table.file} line {reader.line_num} has {len(row)} cells, not {len(table.names)}")
                        return
                    yield reader.line_num, row
            except (csv.Error, UnicodeDecodeError, ValueError) as error:
                check.wrong(f"{table.file} line {reader.line_num} can not be read: {error}")


def _joined(row: list[str], places: list[int]) -> str:
    return "\x1f".join(row[place] for place in places)
