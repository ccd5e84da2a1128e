"""Projects that may be the same: found by hashes of their titles, judged by the titles themselves (audit check A2)."""

import hashlib
from typing import Any

from rapidfuzz.fuzz import ratio

from services.portfolio.contract import Candidate
from services.shared.text import match_key

BANDS = 20
ROWS = 3
SIMILAR = 0.8
"""Titles this alike under one leader or in one agency."""
SIMILAR_ACROSS = 0.85
"""Titles this alike across agencies."""
_PRIME = (1 << 61) - 1


def title_bands(title: str) -> list[int]:
    """Twenty numbers of which similar titles have at least one in common: min-hashes of a title's pairs of characters,
    three to a band (of titles that share 55 % of their pairs, 97 % have one; of unrelated ones, next to none)."""
    key = match_key(title)
    pairs = {key[i : i + 2] for i in range(len(key) - 1)} or {key}
    hashes = [int.from_bytes(hashlib.blake2b(pair.encode(), digest_size=7).digest()) for pair in sorted(pairs)]
    lows = [min((a * value + b) % _PRIME for value in hashes) for a, b in _COEFFICIENTS]
    return [
        int.from_bytes(hashlib.blake2b(repr((band, lows[band::BANDS])).encode(), digest_size=4).digest(), signed=True)
        for band in range(BANDS)
    ]


def _coefficients() -> list[tuple[int, int]]:
    digests = (hashlib.blake2b(bytes([i]), digest_size=16).digest() for i in range(BANDS * ROWS))
    return [(int.from_bytes(d[:8]) % _PRIME | 1, int.from_bytes(d[8:]) % _PRIME) for d in digests]


_COEFFICIENTS = _coefficients()


def similarity(one: str, other: str) -> float:
    """How alike two titles are, from 0 to 1, by the fewest insertions and deletions."""
    return round(ratio(match_key(one), match_key(other)) / 100, 3)


def leader_key(name: str | None) -> str:
    """What leaders are compared by: the name without white space."""
    return match_key(name) if name else ""


def candidate(project: dict[str, Any], other: dict[str, Any], same_number: bool) -> Candidate | None:
    """Why another project may be the same as this one, if it may. Both as rows with id, lead, leader_key, title_key and
    the wire form as `document`."""
    alike = similarity(project["document"]["title"], other["document"]["title"])
    same_agency = project["lead"] == other["lead"]
    reasons = []
    if same_number:
        reasons.append("same_number")
    if same_agency and project["title_key"] == other["title_key"]:
        reasons.append("same_title_and_agency")
    if project["leader_key"] and project["leader_key"] == other["leader_key"] and alike >= SIMILAR:
        reasons.append("same_leader_similar_title")
    if "same_title_and_agency" not in reasons and alike >= (SIMILAR if same_agency else SIMILAR_ACROSS):
        reasons.append("similar_title")
    if not reasons:
        return None
    found = other["document"]
    return Candidate.model_validate(
        {
            "project": other["id"],
            "project_no": found["project_no"],
            "title": found["title"],
            "lead": other["lead"],
            "reasons": reasons,
            "similarity": alike,
        }
    )
