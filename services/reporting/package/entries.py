"""The portfolio's entries in a file of lines, found by the project that they are about.

A journal may be larger than memory: bodies stay in their file, and where those of a project stand is kept in an index
on the disk, beside what decides whether a project is in the scope of a package: its plan and its lead.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from services.reporting.rules.alterations import Alteration, alteration_of

_INDEX = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE entry (
    project BLOB NOT NULL, position INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (project, position)
) WITHOUT ROWID;
CREATE TABLE project (id BLOB PRIMARY KEY, plan TEXT NOT NULL, lead TEXT NOT NULL) WITHOUT ROWID;
BEGIN
"""
_BATCH = 5_000


@dataclass(frozen=True)
class Scope:
    """What a package is about: a plan, narrowed to projects led by an agency, or by those of a district."""

    plan: str
    agency: str | None = None
    district: str | None = None

    @property
    def narrowed(self) -> bool:
        """Whether projects of the plan are left out."""
        return self.agency is not None or self.district is not None


@dataclass
class Told:
    """A project as its entries tell: its last document, and the wire forms of what came beside it, each with the
    position of its entry."""

    id: str
    document: Mapping[str, Any]
    known_from: int
    """The position of the entry that made the document what it is."""
    movements: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    relations: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    alterations: list[Alteration] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    """Positions of entries that change another record than the one that the entry before them left."""
    serials: list[int] = field(default_factory=list)
    """What its entries are numbered: from 1 on, without a gap, where none is withheld."""


class Entries:
    """Entries of the portfolio's journal, added in the order of their positions."""

    def __init__(self, lines: Path, index: Path) -> None:
        """`lines` holds the bodies, a line each; `index` is where the index is kept."""
        self._lines = lines
        self._db = sqlite3.connect(index, isolation_level=None)
        self._db.executescript(_INDEX)
        self._entries: list[tuple[bytes, int, int, int]] = []
        self._projects: dict[bytes, tuple[bytes, str, str]] = {}
        self._agency_entries: list[int] = []
        self.agencies: dict[str, Mapping[str, Any]] = {}
        """The latest document of each agency."""

    def close(self) -> None:
        """Close the index."""
        self._db.close()

    def add(self, position: int, start: int, line: bytes) -> None:
        """Add an entry whose body stands in the file from byte `start` on."""
        after = from_json(line, cache_strings="keys")["after"]
        if "project" in after:
            wire = after["project"]
            id = UUID(wire["id"]).bytes
            self._projects[id] = (id, wire["plan"], wire["lead"])
        elif "movement" in after:
            id = UUID(after["movement"]["project"]).bytes
        elif "relation" in after:
            id = UUID(after["relation"]["project"]).bytes
        elif "agency" in after:
            self.agencies[after["agency"]["id"]] = after["agency"]
            self._agency_entries.append(position)
            return
        else:
            id = UUID(from_json(line)["subject"]).bytes
        self._entries.append((id, position, start, len(line)))
        if len(self._entries) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", self._entries)
        self._db.executemany("INSERT OR REPLACE INTO project VALUES (?, ?, ?)", self._projects.values())
        self._entries.clear()
        self._projects.clear()

    def leads(self, scope: Scope) -> set[str] | None:
        """The leads that a scope is narrowed to; None where it is not."""
        if not scope.narrowed:
            return None
        leads = {id for id, agency in self.agencies.items() if scope.district in (None, agency["district"] or "")}
        return leads if scope.agency is None else leads & {scope.agency}

    def positions(self, scope: Scope) -> Iterator[int]:
        """The positions of the entries of a scope: those about its projects, and those about any agency."""
        self._flush()
        condition, values = self._condition(scope)
        query = (
            "SELECT position FROM entry JOIN project ON project.id = entry.project"
            f" WHERE {condition} UNION ALL SELECT value FROM json_each(?) ORDER BY 1"
        )
        yield from (position for (position,) in self._db.execute(query, (*values, f"{self._agency_entries}")))

    def projects(self, scope: Scope) -> Iterator[Told]:
        """The projects of a scope in the order of their ids."""
        self._flush()
        condition, values = self._condition(scope)
        query = (
            "SELECT project, position, start, length FROM entry JOIN project ON project.id = entry.project"
            f" WHERE {condition} ORDER BY project, position"
        )
        held: list[tuple[int, Mapping[str, Any]]] = []
        last: bytes | None = None
        with self._lines.open("rb") as file:
            for project, position, start, length in self._db.execute(query, values):
                if project != last and last is not None:
                    yield told(str(UUID(bytes=last)), held)
                    held = []
                last = project
                file.seek(start)
                held.append((position, from_json(file.read(length), cache_strings="keys")))
        if last is not None:
            yield told(str(UUID(bytes=last)), held)

    def _condition(self, scope: Scope) -> tuple[str, tuple[str, ...]]:
        leads = self.leads(scope)
        if leads is None:
            return "plan = ?", (scope.plan,)
        self._db.execute("CREATE TEMPORARY TABLE IF NOT EXISTS wanted (lead TEXT PRIMARY KEY)")
        self._db.execute("DELETE FROM wanted")
        self._db.executemany("INSERT INTO wanted VALUES (?)", ((lead,) for lead in leads))
        return "plan = ? AND lead IN (SELECT lead FROM wanted)", (scope.plan,)


def told(id: str, entries: Iterable[tuple[int, Mapping[str, Any]]]) -> Told:
    """A project as its entries tell, in the order of their positions."""
    found, erased = Told(id, {}, 0), False
    for position, body in entries:
        before, after = body["before"], body["after"]
        if "serial" in body:
            found.serials.append(body["serial"])
        erased = erased or body["kind"] == "person_erased"
        if "project" in after:
            if before is not None and not _continues(before["project"], found.document, erased):
                found.broken.append(position)
            erased = False
            found.document, found.known_from = after["project"], position
            found.movements += [(position, movement) for movement in after.get("posted") or ()]
            altered = alteration_of(position, body)
            if altered is not None:
                found.alterations.append(altered)
        elif "movement" in after:
            found.movements.append((position, after["movement"]))
        elif "relation" in after:
            found.relations.append((position, after["relation"]))
    return found


def _continues(before: Mapping[str, Any], left: Mapping[str, Any], erased: bool) -> bool:
    """Whether the record that an entry changes is the one that the entry before it left. What is erased of persons is
    erased without a word of what is left."""
    aside = {"version"} | ({"pi", "contact"} if erased else set())
    return all(before.get(name) == left.get(name) for name in (before.keys() | left.keys()) - aside)
