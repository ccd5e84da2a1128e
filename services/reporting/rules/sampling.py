"""Samples that an outsider can draw again by hand: functions of the population and a published seed, nothing else.

Random: the items whose SHA-256 over `seed:id` (UTF-8, hexadecimal) is least. Monetary units (fixed interval selection,
as auditors know it from probability proportional to size): the positive values laid end to end in the order of ids make
a line of `total` fen; with r = SHA-256(seed) as a number, modulo total, the points (r + k · total) / n for k = 0 to
n - 1 fall into the items that are drawn. An item that is longer than the interval total / n is hit for certain, perhaps
more than once. All of it is whole numbers.
"""

import hashlib
from dataclasses import dataclass
from heapq import heappush, heapreplace
from typing import NamedTuple

POPULATION = "总体：截至当日处于计入状态的已发布项目（或其流水），按编号排列；"
FORMULAS = {
    "random": f"{POPULATION}按 SHA-256(种子 + ':' + 编号) 的十六进制值由小到大取前 n 个",
    "monetary_unit": f"{POPULATION}正值按编号顺序首尾相接，共 T 分；r = SHA-256(种子) mod T；"
    "抽中 (r + k·T) ÷ n（k = 0 … n−1）所落入的项",
}


class Item(NamedTuple):
    """An item of a population: what it is called, and its value in fen."""

    id: str
    fen: int


class Drawn(NamedTuple):
    """An item that was drawn, how often, and by which digest."""

    item: Item
    hits: int
    digest: str | None


@dataclass
class Line:
    """A population, summed up: its items, and those that are not positive apart."""

    count: int = 0
    total: int = 0
    """In fen, of the positive ones."""
    apart_count: int = 0
    apart: int = 0

    def add(self, item: Item) -> None:
        """Add an item."""
        self.count += 1
        if item.fen > 0:
            self.total += item.fen
        else:
            self.apart_count += 1
            self.apart += item.fen


def digest_of(seed: str, id: str) -> str:
    """What random items are ordered by."""
    return hashlib.sha256(f"{seed}:{id}".encode()).hexdigest()


class RandomSample:
    """So many items, each with the same chance; of all that are added no more than those are held."""

    def __init__(self, size: int, seed: str) -> None:
        self._size = size
        self._seed = seed
        self._held: list[tuple[int, str, Drawn]] = []

    def add(self, item: Item) -> None:
        """Add an item of the population; ids differ."""
        digest = digest_of(self._seed, item.id)
        entry = (-int(digest, 16), item.id, Drawn(item, 1, digest))
        if len(self._held) < self._size:
            heappush(self._held, entry)
        elif entry > self._held[0]:
            heapreplace(self._held, entry)

    def drawn(self) -> list[Drawn]:
        """The items that were drawn, in the order of their digests."""
        return [drawn for _, _, drawn in sorted(self._held, reverse=True)]


def start_of(total: int, seed: str) -> int:
    """r: the first point is r / n."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()) % total


class MonetaryUnits:
    """The items into which so many points at equal distances fall; `total` is the sum of the positive values, and more
    than nothing."""

    def __init__(self, total: int, size: int, seed: str) -> None:
        self._total, self._size = total, size
        self._start = start_of(total, seed)
        self._end = 0
        self._drawn: list[Drawn] = []

    def add(self, item: Item) -> None:
        """Add the next item in the order of the population."""
        if item.fen <= 0:
            return
        begin, self._end = self._end, self._end + item.fen
        hits = self._points_before(self._end) - self._points_before(begin)
        if hits:
            self._drawn.append(Drawn(item, hits, None))

    def drawn(self) -> list[Drawn]:
        """The items that were drawn, in the order of the population."""
        return self._drawn

    def _points_before(self, place: int) -> int:
        """How many of the points (start + k · total) / size lie before a place of the line."""
        return max(0, -((self._start - place * self._size) // self._total))
