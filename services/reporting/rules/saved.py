"""When a saved report is due, and what has changed since it was looked at."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple


def month_ends(since: date, today: date) -> Iterator[date]:
    """The last days of the months that are over, from a day on, in their order."""
    first = since.replace(day=1)
    while first < today.replace(day=1):
        following = (first + timedelta(days=32)).replace(day=1)
        yield following - timedelta(days=1)
        first = following


class Seen(NamedTuple):
    """What was seen of a node: whether it is covered, and its gap (None: it has none)."""

    covered: bool
    gap: str | None


class Change(NamedTuple):
    """What is worth telling: a code of NoticeCode, the node, and how it was and is."""

    code: str
    node: str
    before: str | None
    after: str | None


def seen_in(items: Iterable[Mapping[str, Any]]) -> dict[str, Seen]:
    """What is seen of a coverage report."""
    return {item["code"]: Seen(item["covered"], item["gap"]) for item in items}


def changes(
    before: Mapping[str, Seen], after: Mapping[str, Seen], tell_uncovered: bool, threshold: Decimal | None
) -> Iterator[Change]:
    """What happened to nodes that were seen before."""
    for node in after:
        was, now = before.get(node), after[node]
        if was is None:
            continue
        if tell_uncovered and was.covered and not now.covered:
            yield Change("task_uncovered", node, "covered", "not covered")
        if threshold is not None and _over(was, threshold) != _over(now, threshold):
            yield Change("gap_over" if _over(now, threshold) else "gap_under", node, was.gap, now.gap)


def _over(seen: Seen, threshold: Decimal) -> bool:
    return seen.gap is not None and Decimal(seen.gap) > threshold
