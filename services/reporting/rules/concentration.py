"""How much of what is committed lies with few (DOMAIN 2.6): the Herfindahl–Hirschman index and the largest five."""

from collections.abc import Mapping
from typing import NamedTuple

FIVE = 5


class Concentrated(NamedTuple):
    """HHI from 0 to 10000, what the five largest have and what all have (fen), and all in the order of their size."""

    hhi: int | None
    five: int
    total: int
    ranked: list[tuple[str, int]]


def concentrated(amounts: Mapping[str, int]) -> Concentrated:
    """How concentrated amounts (fen) are; who has nothing, or less, holds nothing. HHI = 10000 × Σ share², rounded half
    up from the exact figure."""
    ranked = sorted(((code, fen) for code, fen in amounts.items() if fen > 0), key=lambda held: (-held[1], held[0]))
    total = sum(fen for _, fen in ranked)
    squares = 10_000 * sum(fen * fen for _, fen in ranked)
    hhi = (2 * squares + total * total) // (2 * total * total) if total else None
    return Concentrated(hhi, sum(fen for _, fen in ranked[:FIVE]), total, ranked)
