"""What a plan's indicators were observed to be, on the wire."""

from typing import Literal

from services.catalog.contract.plans import Indicator
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
