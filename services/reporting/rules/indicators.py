"""The plan's indicators: what was promised, where it started, what was observed up to a day."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from services.catalog.contract import Indicator, Observation, PlanDocument, is_decimal, series_of
from services.reporting.rules.coverage import rate
from services.reporting.rules.notes import note

NOT_CUT = note("not_cut", "indicators are of the whole plan: filters of projects and money do not apply to them")


def indicator_lines(plan: PlanDocument, observations: Iterable[Observation], as_of: date) -> dict[str, Any]:
    """The lines of the report and how many are attained; an observation of a year counts from its last day."""
    observed: dict[str, list[Observation]] = {}
    for observation in observations:
        if (observation.on or date(observation.year, 12, 31)) <= as_of:
            observed.setdefault(observation.indicator, []).append(observation)
    items = [_line(plan, one, observed.get(one.code, [])) for one in plan.indicators]
    counts = Counter(item["attained"] or "unknown" for item in items)
    return {"items": items, "attained": {name: counts[name] for name in ("yes", "near", "no", "unknown")}}


def _line(plan: PlanDocument, indicator: Indicator, observations: list[Observation]) -> dict[str, Any]:
    series = series_of(plan, indicator, observations).model_dump(mode="json")
    latest = series["items"][-1]["observation"]["value"] if series["items"] else None
    return {
        **indicator.model_dump(mode="json", exclude={"year", "path"}),
        "goal_year": series["goal_year"],
        "tolerance": series["tolerance"],
        "series": series["items"],
        "latest": latest,
        "progress": _progress(indicator, latest),
        "attained": series["attained"],
    }


def _progress(indicator: Indicator, latest: str | None) -> str | None:
    """Percent of the way from the baseline to the goal: it may be negative, or beyond 100."""
    if indicator.baseline is None or latest is None:
        return None
    texts = indicator.baseline.value, indicator.value, latest
    if not all(map(is_decimal, texts)):
        return None
    start, goal, now = map(Decimal, texts)
    scale = Decimal(10) ** 12
    return rate(int((now - start) * scale), int((goal - start) * scale))
