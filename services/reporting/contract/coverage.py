"""Coverage and gaps on the wire."""

from typing import Literal

from services.reporting.contract.common import Note, Report, Wire

GapKind = Literal["amount", "partial", "no_target", "not_applicable"]


class Gap(Wire):
    """Target against commitments of the same years and sources; above the task, sums over tasks with a target."""

    target: str | None
    target_committed: str | None
    """The commitments of the years and sources that the targets name."""
    gap: str | None
    gap_rate: str | None
    gap_kind: GapKind
    surplus: str | None
    tasks_without_target: int


class Figures(Gap):
    """The figures of a node, or of the whole plan. Amounts in the plan's currency; rates in percent, null for —."""

    projects: int
    agencies: int
    committed: str
    received: str
    disbursed: str
    spent: str
    refunded: str
    tasks: int
    """The tasks below (or the node itself) that the denominator has."""
    covered_tasks: int
    covered: bool
    coverage_rate: str | None
    receipt_rate: str | None
    disbursement_rate: str | None
    """disbursed ÷ committed of all sources (拨付占比); the rate of fiscal money (拨付率) stands in the summary."""
    spending_rate: str | None


class Item(Figures):
    """The figures of one node."""

    code: str
    level: str
    number: str
    title: str
    parent: str | None


class GapItem(Gap):
    """The gap of one node. Of a task without a target (无目标值): its part of all commitments, in percent, beside the
    median of such parts of the tasks of its chapter."""

    code: str
    level: str
    number: str
    title: str
    parent: str | None
    relative_share: str | None
    chapter_median: str | None


class Coverage(Report):
    """What of the plan is covered, by how much."""

    totals: Figures
    items: list[Item]
    explain: str
    """Where a figure is explained: {code} is a node's, or total; {figure} one of committed, received, disbursed, spent,
    refunded, projects, target, gap, surplus."""
    notes: list[Note]


class Gaps(Report):
    """Where money is missing."""

    totals: Gap
    items: list[GapItem]
    explain: str
    """As of coverage."""
    notes: list[Note]
