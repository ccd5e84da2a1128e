"""What is always true of observations."""

from collections.abc import Sequence
from datetime import date

from services.catalog.contract import NewObservation, Observation
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
