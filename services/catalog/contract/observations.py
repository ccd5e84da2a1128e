"""What a plan's indicators were observed to be, on the wire."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from services.catalog.contract.plans import Indicator, PlanDocument
from services.catalog.contract.targets import LongText, WebAddress
from services.catalog.contract.values import CodeText, Day, DecimalText, Slug, Wire, Year
from services.shared.text import Title

Attained = Literal["yes", "near", "no"]


class NewObservation(Wire):
    """What an indicator was in a year, or on a day of it: a further one for the same time corrects.

    `final` 核定 is the last word of its source, `preliminary` 初步 is not.
    """

    year: Year | None = None
    on: Day | None = None
    value: DecimalText
    status: Literal["preliminary", "final"]
    source: Title
    source_url: WebAddress | None = None
    note: LongText = ""


class Observation(Wire):
    """An observation as it was entered; `serial` counts those of its indicator."""

    plan: Slug
    indicator: CodeText
    serial: int
    year: int
    on: Day | None
    value: DecimalText
    unit: str
    status: Literal["preliminary", "final"]
    source: Title
    source_url: WebAddress | None = None
    note: str = ""


class YearOfSeries(Wire):
    """What an indicator was in a year by the latest word on it, beside what it was meant to be.

    `meant` is the value of the indicator's path, or of its goal, for this year; `attained` says whether it was
    reached, null where nothing was meant, or where "about" was meant and the plan states no tolerance.
    """

    year: int
    observation: Observation
    entries: int
    """How many observations were entered for this year."""
    meant: str | None
    attained: Attained | None


class Series(Wire):
    """An indicator through the years.

    `attained` compares the latest year with the goal. at_least: yes from the value up; at_most: yes up to the value;
    equal: yes at the value; each near where it misses by no more than the tolerance (percent of the value). approx:
    yes within the tolerance to either side, no outside. Without a tolerance nothing is near, and approx is null.
    """

    indicator: Indicator
    tolerance: str | None
    goal_year: int | None
    items: list[YearOfSeries]
    attained: Attained | None


def attained(indicator: Indicator, meant: str, value: str, tolerance: Decimal | None) -> Attained | None:
    """Whether a value is what was meant: see Series. Null where that can not be said."""
    if not (is_decimal(meant) and is_decimal(value)):
        return None  # a plan may promise what is not a number
    goal, found = Decimal(meant), Decimal(value)
    missed = {
        "approx": abs(found - goal),
        "equal": abs(found - goal),
        "at_least": max(goal - found, Decimal(0)),
        "at_most": max(found - goal, Decimal(0)),
    }[indicator.comparator]
    allowed = None if tolerance is None else abs(goal) * tolerance / 100
    if indicator.comparator == "approx":
        return None if allowed is None else "yes" if missed <= allowed else "no"
    if missed == 0:
        return "yes"
    return "near" if allowed is not None and missed <= allowed else "no"


def series_of(plan: PlanDocument, indicator: Indicator, observations: Sequence[Observation]) -> Series:
    """An indicator's years: of each the latest day observed, a whole year being later than its days; of that the
    latest entry."""
    goal_year = indicator.year or (plan.ends_on.year if plan.ends_on else None)
    meant = {point.year: point.value for point in indicator.path}
    if goal_year is not None and is_decimal(indicator.value):
        meant[goal_year] = indicator.value
    tolerance = plan.settings.indicator_tolerance
    years: dict[int, list[Observation]] = {}
    for observation in observations:
        years.setdefault(observation.year, []).append(observation)
    items = []
    for year, found in sorted(years.items()):
        latest = max(found, key=lambda o: (o.on is None, o.on or date.min, o.serial))
        goal = meant.get(year)
        reached = None if goal is None else attained(indicator, goal, latest.value, tolerance)
        items.append(YearOfSeries(year=year, observation=latest, entries=len(found), meant=goal, attained=reached))
    last = items[-1].observation.value if items else None
    return Series(
        indicator=indicator,
        tolerance=None if tolerance is None else f"{tolerance.normalize():f}",
        goal_year=goal_year,
        items=items,
        attained=None if last is None else attained(indicator, indicator.value, last, tolerance),
    )


def is_decimal(text: str) -> bool:
    """Whether a text is a number that values can be compared with."""
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
