"""Links from a figure to what it is the sum of; relative, so that they hold behind the gateway and beside it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

EXPLAIN = "/api/v1/reports/coverage/{code}/explain"
FILTERS = ("agency", "district", "fund_class", "stage")


def explain_link(head: Mapping[str, Any], code: str, figure: str, **instead: str | None) -> str:
    """Where a figure of the report with this head is explained.

    Its clocks and its edition are written out, so that the link opens into the same figure for ever. `instead` are
    filters in the place of those of the report, and placeholders in braces.
    """
    path = EXPLAIN.replace("{code}", quote(code, safe="{}"))
    return link(path, head, figure=figure, **instead)


def link(path: str, head: Mapping[str, Any], **instead: str | None) -> str:
    """Where a report about the same question as the one with this head is asked for."""
    filters = head["filters"]
    query: dict[str, Any] = {
        "plan": head["plan"],
        "edition": head["edition"],
        "as_of": head["as_of"],
        "recorded_at": head["recorded_at"],
        "year": ",".join(map(str, filters["year"])),
        "source": ",".join(filters["source"]),
        **{name: filters[name] for name in FILTERS},
    }
    pairs = "&".join(f"{name}={quote(str(value), safe='{}:,')}" for name, value in (query | instead).items() if value)
    return f"{path}?{pairs}"
