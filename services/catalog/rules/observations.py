"""What is always true of observations, and whether an indicator is attained."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from services.catalog.contract import (
    Attained,
    Indicator,
    NewObservation,
    Observation,
    PlanDocument,
    Series,
    YearOfSeries,
)
from services.catalog.rules.problems import Problem, problem


def observation_problems(new: NewObservation, before: Sequence[Observation], today: date) -> list[Problem]:
    """A year or a day of it, not to come; after the last word on it no preliminary one."""
    found = []
    year = year_of(new)
    if year is None:
        found.append(problem("/year", "no_year", "name the year, or the day, of the observation"))
    if new.on is not None and new.year is not None and new.on.year != new.year:
        found.append(problem("/on", "other_year", f"{new.on} is no day of {new.year}"))
    if new.on is not None and new.on > today:
        found.append(problem("/on", "on_in_future", f"{new.on} is still to come"))
    elif year is not None and year > today.year:
        found.append(problem("/year", "on_in_future", f"{year} is still to come"))
    final = any(o.status == "final" and (o.year, o.on) == (year, new.on) for o in before)
    if new.status == "preliminary" and final:
        detail = "a final value was entered for the same time: correct it by another final one"
        found.append(problem("/status", "preliminary_after_final", detail))
    return found


def year_of(new: NewObservation) -> int | None:
    """The year that an observation is of."""
    return new.on.year if new.year is None and new.on is not None else new.year


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
