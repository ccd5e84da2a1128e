"""What changed between two snapshots, or two positions, on the wire."""

from datetime import date, datetime
from typing import Any, Literal

from services.reporting.contract.common import Filters, Note, Positions, Wire

Change = Literal["added", "changed", "removed"]
"""Of a project: it was not known before; its record changed or money moved; its record is not published any more."""


class DiffSide(Wire):
    """One of the two: what was known, and the day that its figures are about."""

    as_of: date
    recorded_at: datetime | None
    positions: Positions


class DiffFigures(Wire):
    """The figures of a node on one side; gap and target null where they do not apply."""

    projects: int
    committed: str
    received: str
    disbursed: str
    spent: str
    target: str | None
    gap: str | None
    covered: bool


class FiguresDifference(Wire):
    """The later figures less the earlier ones, in the plan's currency; null where a side has none."""

    projects: int
    committed: str
    received: str
    disbursed: str
    spent: str
    target: str | None
    gap: str | None
    """More than nothing: the gap grew."""


class DiffItem(Wire):
    """A node whose figures differ."""

    code: str
    level: str
    number: str
    title: str
    before: DiffFigures
    after: DiffFigures
    difference: FiguresDifference


class DiffTotals(Wire):
    """The whole plan on both sides."""

    before: DiffFigures
    after: DiffFigures
    difference: FiguresDifference


class FieldDifference(Wire):
    """A field of a project's record that differs, by JSON pointer (RFC 6901). Those of a project, done in their order
    as `add`, `replace` and `remove` of a JSON Patch, make the later record of the earlier one."""

    pointer: str
    change: Change
    before: Any
    """null where it was added, or withheld."""
    after: Any
    """null where it was removed, or withheld."""
    withheld: bool
    """The hash of a personal value: that it differs is said, what it is is not."""


class DiffMovement(Wire):
    """Money that was entered between the two positions."""

    id: str
    kind: str
    on: date
    year: int
    source: str
    amount: str
    position: int


class DiffEntry(Wire):
    """An entry of the portfolio's journal that did it."""

    position: int
    recorded_at: datetime | None
    kind: Literal["project", "movement", "relation"]


class MovedMoney(Wire):
    """What the movements of a project between the two positions add up to, by kind."""

    committed: str
    received: str
    disbursed: str
    spent: str
    refunded: str


class DiffProject(Wire):
    """A project that something was entered of between the two positions."""

    project: str
    project_no: str | None
    title: str | None
    lead: str | None
    change: Change
    fields: list[FieldDifference]
    moved: MovedMoney
    movements: list[DiffMovement]
    entries: list[DiffEntry]


class TargetDifference(Wire):
    """A target that was set between the two positions of the catalog's journal; before null: there was none."""

    node: str
    year: int | None
    sources: list[str]
    before: str | None
    after: str
    source_document: str
    position: int


class EditionPublished(Wire):
    """An edition that was published between the two."""

    edition: int
    position: int


class CatalogDifference(Wire):
    """What the catalog's journal brought."""

    editions: list[EditionPublished]
    targets: list[TargetDifference]


class DiffCounts(Wire):
    """How many projects something was entered of, on all pages, and how many entries the two journals brought."""

    projects: int
    """added + changed + removed."""
    added: int
    changed: int
    removed: int
    with_money_moved: int
    """Of all of them those that money was entered of."""
    catalog_entries: int
    portfolio_entries: int


class Diff(Wire):
    """What changed between two snapshots or positions, both stated in one edition; `projects` page by page."""

    plan: str
    edition: int
    unit: str
    filters: Filters
    before: DiffSide
    after: DiffSide
    counts: DiffCounts
    totals: DiffTotals
    items: list[DiffItem]
    """Of all levels those that differ, in plan order."""
    catalog: CatalogDifference
    projects: list[DiffProject]
    next: str | None
    notes: list[Note]
