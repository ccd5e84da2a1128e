"""What a measurement says: one line for each question, printed as a table."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """What was measured, in words; the goal; whether it was met (None: there is no goal, or nothing to compare)."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None


def printed(title: str, lines: Iterable[Line]) -> str:
    """A Markdown table."""
    words = {None: "", True: "met", False: "missed"}
    rows = [("what", "measured", "goal", ""), *((*line[:3], words[line.met]) for line in lines)]
    head, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((f"\n### {title}\n", head, "|---|---|---|---|", *rest))


def quantile(values: Sequence[float], part: float) -> float:
    """The value that so great a part of all does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
