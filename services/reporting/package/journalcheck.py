"""Checks of the journals in a package: gapless, every entry is its leaf, and the tree is the one that was signed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.reporting.package import describing
from services.reporting.package.bag import PAYLOAD
from services.reporting.package.checks import Check
from services.reporting.package.entries import Entries
from services.shared.merkle import Growing, consistent, leaf_hash
from services.shared.notes import Checkpoint, NoteVerifier, checkpoint_of, verifiers_in
from services.shared.text import moment_text

ROW = re.compile(rb"(\d+),(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z),([0-9a-f]{64}),(true|false)\n")
HEADER = b"position,recorded_at,leaf_hash,included\n"


@dataclass
class JournalRead:
    """A journal of a package as it was read."""

    name: str
    size: int = 0
    root: bytes = b""
    roots: dict[int, bytes] | None = None
    """The roots of the sizes that were asked for."""
    included: int = 0
    last_recorded: str = ""


def read_journal(
    bag: Path, name: str, check: Check, entries: Entries | None = None, sizes: Sequence[int] = ()
) -> JournalRead:
    """Read a journal to its end, noting what is wrong; `entries` is given the entries, `sizes` those whose roots are
    wanted."""
    found = JournalRead(name, roots={})
    tree = Growing()
    wanted = set(sizes)
    assert found.roots is not None
    if 0 in wanted:
        found.roots[0] = tree.root()
    for position, recorded, leaf, start, body in _rows(bag, name, check):
        if recorded <= found.last_recorded:
            check.wrong(f"{name} position {position} was recorded at {recorded}, not after the entry before it")
        found.last_recorded = recorded
        tree.add(leaf)
        if tree.size in wanted:
            found.roots[tree.size] = tree.root()
        if body is None:
            continue
        found.included += 1
        if leaf_hash(body) != leaf:
            check.wrong(f"{name} position {position}: the entry is not the one that its leaf hash stands for")
        elif entries is not None:
            try:
                entries.add(position, start, body)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                check.wrong(f"{name} position {position} can not be read: {error!r}")
    found.size, found.root = tree.size, tree.root()
    return found


def _rows(bag: Path, name: str, check: Check) -> Iterator[tuple[int, str, bytes, int, bytes | None]]:
    """Position, moment, leaf hash, and of entries that are included where they start and their bodies."""
    table = bag / PAYLOAD / describing.path_of(describing.POSITIONS[name])
    start = 0
    with table.open("rb") as rows, (bag / PAYLOAD / describing.entries_path(name)).open("rb") as bodies:
        if rows.readline() != HEADER:
            check.wrong(f"{table.name} does not begin with its header")
            return
        for position, row in enumerate(rows, 1):
            matched = ROW.fullmatch(row)
            if matched is None or int(matched[1]) != position:
                check.wrong(f"{table.name}: the row of position {position} is missing, or another stands in its place")
                return
            body = None
            if matched[4] == b"true":
                line = bodies.readline()
                if not line.endswith(b"\n"):
                    check.wrong(f"{name} position {position}: its entry is missing")
                    return
                body = line[:-1]
            yield position, matched[2].decode(), bytes.fromhex(matched[3].decode()), start, body
            start += 0 if body is None else len(body) + 1
        if bodies.readline():
            check.wrong(f"{name}_entries.jsonl holds more entries than {table.name} says")


def check_checkpoint(
    bag: Path, read: JournalRead, check: Check, log_keys: list[NoteVerifier] | None
) -> Checkpoint | None:
    """The tree over the leaves is the one of the checkpoint, which the log signed."""
    try:
        trusted = log_keys or verifiers_in((bag / "keys/log-keys.txt").read_text(encoding="utf-8"))
        found = checkpoint_of(_note(bag, read.name), trusted)
    except (OSError, ValueError) as error:
        check.wrong(f"the checkpoint of {read.name} is not believed: {error}")
        return None
    if found.origin.split("/")[1:2] != [read.name]:
        check.wrong(f"the checkpoint of {read.name} is that of another log, {found.origin}")
    if found.size != read.size:
        check.wrong(f"the checkpoint of {read.name} is of {found.size} entries: {read.size} are listed")
    elif found.root != read.root:
        check.wrong(f"the entries of {read.name} are not those of its checkpoint: some were changed")
    return found


def _note(bag: Path, name: str) -> str:
    return (bag / PAYLOAD / describing.checkpoint_path(name)).read_text(encoding="utf-8")


def checkpoint_in(bag: Path, name: str) -> Checkpoint:
    """The checkpoint of a package, believing the keys that lie in it; OSError or ValueError where there is none."""
    trusted: list[NoteVerifier] = verifiers_in((bag / "keys/log-keys.txt").read_text(encoding="utf-8"))
    return checkpoint_of(_note(bag, name), trusted)


def check_proof(bag: Path, read: JournalRead, check: Check) -> None:
    """The enclosed proof says that the previous snapshot's journal is the beginning of this one."""
    file = bag / PAYLOAD / describing.consistency_path(read.name)
    if not file.is_file():
        return
    try:
        proof = json.loads(file.read_text(encoding="utf-8"))
        old, new = proof["old_size"], proof["new_size"]
        old_root, new_root = bytes.fromhex(proof["old_root"]), bytes.fromhex(proof["new_root"])
        holds = consistent(old, new, [bytes.fromhex(one) for one in proof["hashes"]], old_root, new_root)
    except (OSError, ValueError, KeyError, TypeError) as error:
        check.wrong(f"{file.name} can not be read: {error!r}")
        return
    assert read.roots is not None
    if not holds or new != read.size or new_root != read.root:
        check.wrong(f"{file.name} does not prove that {read.name} grew to what it is")
    elif read.roots.get(old) not in (None, old_root):
        check.wrong(f"{file.name} begins with another tree of {old} entries than that of the leaves listed")


def check_moments(reads: Mapping[str, JournalRead], about: Mapping[str, Any], check: Check) -> None:
    """Sizes and moments are those that the package states."""
    for name, read in reads.items():
        if read.size != about["positions"][name]:
            check.wrong(f"the package states position {about['positions'][name]} of {name}: {read.size} are listed")
    stated = about["recorded_at"]
    latest = max((read.last_recorded for read in reads.values()), default="")
    if latest and (stated is None or _padded(stated) < latest):
        check.wrong(f"the package states {stated}, and an entry was recorded later, at {latest}")


def position_at(bag: Path, name: str, moment: datetime) -> int:
    """The last position of a journal that was recorded at or before a moment, as the package's table says."""
    until = moment_text(moment).encode()
    last = 0
    with (bag / PAYLOAD / describing.path_of(describing.POSITIONS[name])).open("rb") as rows:
        rows.readline()
        for row in rows:
            position, recorded, *_ = row.split(b",")
            if recorded > until:
                break
            last = int(position)
    return last


def _padded(moment: str) -> str:
    """A moment in UTC with six decimals, so that moments compare as texts."""
    whole, _, decimals = moment.removesuffix("Z").partition(".")
    return f"{whole}.{decimals:0<6}Z"


def check_previous(bag: Path, previous: Path, reads: Mapping[str, JournalRead]) -> Check:
    """An earlier package's journals are the beginning of this one's, moments and all: a leaf does not hold when its
    entry was recorded."""
    check = Check("previous snapshot")
    for name, read in reads.items():
        try:
            before = checkpoint_in(previous, name)
        except (OSError, ValueError) as error:
            check.wrong(f"the checkpoint of {name} in the previous package can not be read: {error}")
            continue
        assert read.roots is not None
        if before.size > read.size:
            check.wrong(f"the previous package has {before.size} entries of {name}, this one {read.size}")
        elif read.roots.get(before.size) != before.root:
            check.wrong(f"the first {before.size} entries of {name} are not those of the previous package")
        else:
            _compare_moments(bag, previous, name, check)
    return check


def _compare_moments(bag: Path, previous: Path, name: str, check: Check) -> None:
    path = PAYLOAD + describing.path_of(describing.POSITIONS[name])
    try:
        with (bag / path).open("rb") as ours, (previous / path).open("rb") as theirs:
            for has, had in zip(ours, theirs, strict=False):
                if has.split(b",")[:2] != had.split(b",")[:2]:
                    check.wrong(f"{name} position {had.split(b',')[0].decode()} was recorded at another moment before")
                    return
    except (OSError, UnicodeDecodeError) as error:
        check.wrong(f"the positions of {name} in the previous package can not be read: {error}")
