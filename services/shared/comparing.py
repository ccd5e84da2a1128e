"""What stands in a service's tables against what its journal says: for the operator's check, and before a change."""

import json
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from pydantic import BaseModel

from services.shared.database import Connection, Row, one, rows
from services.shared.errors import Conflict
from services.shared.journal import leaf_hash

PAGE = 200
MOST = 100
"""Differences that are told of; what else differs is found once these are mended."""


class DiffersFromJournal(Conflict):
    """What is kept of {kind} {id} is not what the journal says of it (at {pointer}): nothing was written. Call the
    operator: somebody changed the database by hand. GET {check} tells what else differs."""


class Difference(BaseModel):
    """A row that is not what the journal's entry at `position` makes of it: which, and where (JSON pointer).

    `position` is null where no entry says anything of the row. A row that lacks, and an entry that is not the one that
    its leaf was made of, differ as a whole: the pointer is empty.
    """

    kind: str
    id: str
    position: int | None
    pointer: str


class JournalCheck(BaseModel):
    """Every row that follows from the journal, compared with it: `differing` holds the first 100 that differ."""

    entries: int
    rows: int
    differing: list[Difference]
    holds: bool


class Findings:
    """What a check finds, as it goes on."""

    def __init__(self, entries: int) -> None:
        self.rows = 0
        self._entries = entries
        self._differing: list[Difference] = []

    def differs(self, kind: str, id: object, position: int | None, pointer: str = "") -> None:
        """Note a difference, unless enough are known."""
        if len(self._differing) < MOST:
            self._differing.append(Difference(kind=kind, id=str(id), position=position, pointer=pointer))

    def compare(self, kind: str, id: object, position: int | None, said: Any, kept: Any) -> None:
        """Note a row, and the first place where what is kept differs from what was said."""
        self.rows += 1
        pointer = difference(said, kept)
        if pointer is not None:
            self.differs(kind, id, position, pointer)

    def result(self) -> JournalCheck:
        """All of it."""
        holds = not self._differing
        return JournalCheck(entries=self._entries, rows=self.rows, differing=self._differing, holds=holds)


def difference(said: Any, kept: Any, at: str = "") -> str | None:
    """The JSON pointer of the first place where two JSON values differ; None where they are equal."""
    if said == kept:
        return None
    if isinstance(said, dict) and isinstance(kept, dict):
        for name in sorted(said.keys() | kept.keys()):
            if name not in said or name not in kept or said[name] != kept[name]:
                return difference(said.get(name), kept.get(name), f"{at}/{name}") or f"{at}/{name}"
    if isinstance(said, list) and isinstance(kept, list) and len(said) == len(kept):
        for place, (one_said, one_kept) in enumerate(zip(said, kept, strict=True)):
            if one_said != one_kept:
                return difference(one_said, one_kept, f"{at}/{place}")
    return at


_ENTRIES = (
    "SELECT subject, serial, kind, body, position, leaf_hash FROM journal_entry"
    " LEFT JOIN journal_position ON journal_position.entry = journal_entry.id"
    " WHERE subject = ANY(%s) AND (subject, serial) > (%s, %s) ORDER BY subject, serial LIMIT %s"
)
_LAST = (
    "SELECT serial, kind, body FROM journal_entry WHERE subject = %s AND kind = ANY(%s) ORDER BY serial DESC LIMIT 1"
)
_SIZE = "SELECT position FROM journal_head"


async def entries_of(connection: Connection, subjects: Collection[str]) -> AsyncIterator[Row]:
    """All entries of some subjects, of each in their order."""
    after = ("", 0)
    while True:
        found = await rows(connection, _ENTRIES, (list(subjects), *after, PAGE))
        for row in found:
            yield row
        if len(found) < PAGE:
            return
        after = found[-1]["subject"], found[-1]["serial"]


def is_its_leaf(row: Row) -> bool:
    """Whether an entry is the one that its leaf was made of; one without a position has no leaf yet."""
    return row["leaf_hash"] is None or bytes(row["leaf_hash"]) == leaf_hash(row["body"])


async def last_after(connection: Connection, subject: str, kinds: Sequence[str]) -> Any:
    """after of the last entry of a subject that is of one of some kinds; None where there is none."""
    found = await one(connection, _LAST, (subject, list(kinds)))
    return json.loads(found["body"])["after"] if found else None


async def size_of(connection: Connection) -> int:
    """How many entries the journal has."""
    found = await one(connection, _SIZE)
    assert found is not None, "the migration made the row of journal_head"
    return int(found["position"])


def must_agree(kind: str, id: object, said: Any, kept: Any, check: str) -> None:
    """DiffersFromJournal unless what is kept is what was said: a change would write the difference into the journal."""
    pointer = difference(said, kept)
    if pointer is not None:
        raise DiffersFromJournal(kind=kind, id=id, pointer=pointer or "/", check=check)
