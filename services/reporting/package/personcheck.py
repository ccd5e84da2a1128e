"""Personal values beside a package: whether each is the one whose salted hash stands in the package's table of persons.

The package itself holds hashes alone, so that what has to be forgotten can be. Who may see values takes them in a file
of its own: project, role, field, value, salt, hash, in the order of the first three.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from services.reporting.package import describing
from services.reporting.package.bag import PAYLOAD
from services.reporting.package.checks import Check
from services.reporting.package.schema import PERSONS
from services.shared.salting import salted_hash

COLUMNS = ("project", "role", "field", "value", "salt", "hash")
Key = tuple[str, str, str]
"""Project, role, field."""


class Hashes:
    """The hashes of personal values in a package, asked for in the order of their keys: none is kept in memory."""

    def __init__(self, bag: Path) -> None:
        self._rest = _hashes_in(bag)
        self._next = next(self._rest, None)
        self.passed = 0
        """Those that nobody asked for, so far."""

    def of(self, key: Key) -> str | None:
        """The hash of a value; None where the package has none, or it was asked for before."""
        while self._next is not None and self._next[0] < key:
            self.passed += 1
            self._next = next(self._rest, None)
        if self._next is None or self._next[0] != key:
            return None
        hash = self._next[1]
        self._next = next(self._rest, None)
        return hash

    def end(self) -> None:
        """Nobody asks for more."""
        self.passed += (self._next is not None) + sum(1 for _ in self._rest)
        self._next = None


def _hashes_in(bag: Path) -> Iterator[tuple[Key, str]]:
    with (bag / PAYLOAD / describing.path_of(PERSONS)).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for field in ("email", "phone"):
                if hash := row[f"{field}_hash"]:
                    yield (row["project"], row["role"], field), hash


def check_persons(bag: Path, values: Path) -> Check:
    """Every value of the file stands behind the hash that the package has of its person; ValueError or OSError where
    one of the two can not be read."""
    check = Check("personal values")
    hashes, found = Hashes(bag), 0
    for line, (project, role, field, value, salt, _) in _rows(values):
        hash = hashes.of((project, role, field))
        if hash is None:
            person = f"{field} of the {role} of {project}"
            check.wrong(f"{values.name} line {line}: the package has no other {person}, or the rows are out of order")
        elif salted_hash(salt, value) != hash:
            check.wrong(f"{values.name} line {line}: the value is not the one that the package has a hash of")
        found += 1
    hashes.end()
    check.remarks.append(f"{found} values are given, of {hashes.passed} more the package has the hash alone")
    return check


def _rows(values: Path) -> Iterator[tuple[int, list[str]]]:
    with values.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        if tuple(next(reader, ())) != COLUMNS:
            raise ValueError(f"{values.name} does not begin with the columns {','.join(COLUMNS)}")
        for row in reader:
            if len(row) != len(COLUMNS):
                raise ValueError(f"{values.name} line {reader.line_num} has {len(row)} cells, not {len(COLUMNS)}")
            yield reader.line_num, row
