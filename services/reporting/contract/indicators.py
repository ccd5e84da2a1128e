"""Indicators on the wire: what the plan promises, where it started, what was observed."""

from services.catalog.contract import Attained, IndicatorValue, YearOfSeries
from services.reporting.contract.common import Note, Report, Wire


class IndicatorLine(Wire):
    """An indicator through the years, as observed up to `as_of` and known at the positions."""

    code: str
    name: str
    wording: str
    comparator: str
    value: str
    unit: str
    section: str | None
    goal_year: int | None
    tolerance: str | None
    """Percent by which it may be missed; ours, not the plan's."""
    baseline: IndicatorValue | None
    series: list[YearOfSeries]
    latest: str | None
    progress: str | None
    """Percent of the way from the baseline to the goal that is gone; null without a baseline or an observation."""
    attained: Attained | None


class Indicators(Report):
    """The plan's indicators."""

    items: list[IndicatorLine]
    attained: dict[str, int]
    """How many are attained: yes, near, no, unknown."""
    notes: list[Note]
