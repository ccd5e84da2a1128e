"""The order of nodes in the columns of a layered diagram in which the links between them cross least."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

_SWEEPS = 6


@dataclass(frozen=True)
class Link:
    """Between two nodes, by number, with a weight."""

    source: int
    target: int
    weight: int


def untangled(columns: Sequence[Sequence[int]], links: Sequence[Link]) -> list[list[int]]:
    """The columns in the order with the least crossings that sweeps there and back come by; never more than given."""
    best = current = [list(column) for column in columns]
    least = crossings(best, links)
    for sweep in range(_SWEEPS):
        if not least:
            break
        current = _swept(current, links, back=sweep % 2 == 1)
        found = crossings(current, links)
        if found < least:
            best, least = current, found
    return best


def crossings(columns: Sequence[Sequence[int]], links: Sequence[Link]) -> int:
    """The crossings of links between the same two columns; one counts the product of the two weights."""
    column = {node: at for at, nodes in enumerate(columns) for node in nodes}
    place = {node: at for nodes in columns for at, node in enumerate(nodes)}
    bundles: dict[tuple[int, int], list[Link]] = {}
    for link in links:
        bundles.setdefault((column[link.source], column[link.target]), []).append(link)
    return sum(
        one.weight * other.weight
        for bundle in bundles.values()
        for one, other in combinations(bundle, 2)
        if (place[one.source] - place[other.source]) * (place[one.target] - place[other.target]) < 0
    )


def _swept(columns: Sequence[Sequence[int]], links: Sequence[Link], back: bool) -> list[list[int]]:
    """Each column in the order of its nodes' neighbours in the columns that the sweep has passed."""
    found = [list(column) for column in columns]
    passed: dict[int, Fraction] = {}
    for at in reversed(range(len(found))) if back else range(len(found)):
        near = {node: _neighbours(node, links, back) for node in found[at]}
        middles = {
            node: _middle(passed, near[node], Fraction(2 * i + 1, 2 * len(found[at])))
            for i, node in enumerate(found[at])
        }
        found[at].sort(key=middles.__getitem__)
        passed |= {node: Fraction(2 * i + 1, 2 * len(found[at])) for i, node in enumerate(found[at])}
    return found


def _neighbours(node: int, links: Iterable[Link], back: bool) -> list[tuple[int, int]]:
    if back:
        return [(link.target, link.weight) for link in links if link.source == node]
    return [(link.source, link.weight) for link in links if link.target == node]


def _middle(places: dict[int, Fraction], near: Sequence[tuple[int, int]], own: Fraction) -> Fraction:
    """The weighted middle of a node's neighbours; its own place where it has none."""
    weight = sum(part for _, part in near)
    return sum((places[node] * part for node, part in near), Fraction()) / weight if weight else own
