"""A journal in a package: the hash of every leaf, the entries of its scope, and what its checkpoint says."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.shared.merkle import Growing, leaf_hash


class JournalDiffers(Exception):
    """The entries of a journal are not those that its checkpoint stands for; the text says of which journal."""


@dataclass(frozen=True)
class Spooled:
    """A journal as it was read: bodies and moments in two files, a line each, from position 1 on."""

    name: str
    bodies: Path
    moments: Path

    def lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Position, byte at which it starts, and body of each entry."""
        start = 0
        with self.bodies.open("rb") as file:
            for position, line in enumerate(file, 1):
                yield position, start, line[:-1]
                start += len(line)

    def root(self) -> tuple[int, bytes]:
        """The number of entries and the root over them."""
        tree = Growing()
        for _, _, body in self.lines():
            tree.add(leaf_hash(body))
        return tree.size, tree.root()

    def write(self, included: Iterable[int] | None, positions: Path, entries: Path) -> None:
        """Write the table of positions, and the entries of those included (in ascending order; None: of all)."""
        wanted = iter(included) if included is not None else None
        following = next(wanted, None) if wanted is not None else None
        with (
            positions.open("w", encoding="utf-8", newline="") as table,
            entries.open("wb") as given,
            self.moments.open(encoding="ascii") as moments,
        ):
            writer = csv.writer(table, lineterminator="\n")
            writer.writerow(("position", "recorded_at", "leaf_hash", "included"))
            for (position, _, body), moment in zip(self.lines(), moments, strict=True):
                whole = wanted is None or position == following
                if whole:
                    given.write(body + b"\n")
                if whole and wanted is not None:
                    following = next(wanted, None)
                leaf = leaf_hash(body).hex()
                writer.writerow((position, moment.rstrip("\n"), leaf, "true" if whole else "false"))
