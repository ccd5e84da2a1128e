"""Projects that may be the same: audit checks A1 and A2 (DOMAIN 2.5)."""

from collections.abc import Mapping
from typing import Any

from rapidfuzz.fuzz import ratio

from services.reporting.contract import Limits
from services.shared.text import match_key


def same_number(keys: frozenset[str]) -> bool:
    """A1: one number of one issuing body."""
    return "number_key" in keys


def why_double(wire: Mapping[str, Any], other: Mapping[str, Any], keys: frozenset[str], limits: Limits) -> str | None:
    """A2: why two projects that have some keys in common may be the same one; None where they need not be."""
    found = []
    if "title_key" in keys:
        found.append("同名同单位")
    if "leader_key" in keys:
        alike = ratio(match_key(wire["title"]), match_key(other["title"]))
        if alike >= limits.similarity:
            found.append(f"同一负责人，名称相似 {alike:.0f}%")
    if "kpi_key" in keys:
        found.append("绩效指标完全相同")
    return "；".join(found) or None
