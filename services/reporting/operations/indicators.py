"""The plan's indicators: what was promised, where it started, what was observed."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from services.catalog.contract import Indicator, Observation, is_decimal, series_of
from services.reporting.operations.asking import Asked, Opened, Reported, opened, reported
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.coverage import rate
from services.reporting.rules.formulas import formula_notes
from services.shared.database import Database
from services.shared.tokens import Caller

NOT_CUT = "indicators are of the whole plan: filters of projects and money do not apply to them"


async def indicators(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """The indicators of the edition: observations of days and years up to the day of the report, as known then."""
    async with opened(database, plans, caller, asked) as question:
        position = question.moment.positions.catalog
        texts = await question.store.observations(asked.plan, position)
    observed: dict[str, list[Observation]] = {}
    for text in texts:
        observation = Observation.model_validate_json(text)
        if (observation.on or date(observation.year, 12, 31)) <= question.filters.as_of:
            observed.setdefault(observation.indicator, []).append(observation)
    items = [_line(question, one, observed.get(one.code, [])) for one in question.plan.plan.indicators]
    counts = Counter(item["attained"] or "unknown" for item in items)
    answer = question.head() | {
        "items": items,
        "attained": {name: counts[name] for name in ("yes", "near", "no", "unknown")},
        "notes": [{"code": "not_cut", "detail": NOT_CUT, "amount": None}, *formula_notes("indicators")],
    }
    return reported(answer, question.moment)


def _line(question: Opened, indicator: Indicator, observations: list[Observation]) -> dict[str, Any]:
    series = series_of(question.plan.plan, indicator, observations).model_dump(mode="json")
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
