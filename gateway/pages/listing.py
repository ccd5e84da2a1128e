"""What the figures of a node are the sum of: its projects with their amounts, and its targets, both as reporting
explains them, so that filters and other editions are in the list as they are in the figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.reporting.client import ReportingClient
from services.reporting.contract.explain import Part, Step, TargetPart
from services.shared.pages import UnknownCursor

ROWS = 50
"""Projects of a page."""
PARTS = 500
"""Parts of amounts that are asked for at once."""
BETWEEN, END = "~", "-"
"""In a cursor: between that of the projects and that of the amounts; in the place of the latter, when all are read."""


@dataclass(frozen=True, slots=True)
class Line:
    """A project at a task, with what it has committed there."""

    project: str
    number: str | None
    title: str
    task: str
    share: str | None
    amount: Decimal
    through: str
    """How its share in a task of another edition comes to stand here, in words."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the projects of a node; the amounts of all pages add up to what is committed at the node."""

    lines: tuple[Line, ...]
    sum: Decimal
    next: str
    """The cursor of the following page, "" at the end."""


async def projects_at(
    reporting: ReportingClient, plan: str, code: str, cut: Mapping[str, str], cursor: str = ""
) -> Listing:
    """A page of the projects that count at a node. UnknownCursor where the cursor is none of ours.

    Reporting lists projects and amounts each by the project's id: the pages of both are walked side by side.
    """
    projects, between, amounts = cursor.partition(BETWEEN)
    if cursor and not (projects and between):
        raise UnknownCursor(errors=[{"detail": "翻页参数（cursor）无效：请从第一页重新进入"}])
    page = await reporting.explain(plan, code, "projects", **cut, limit=ROWS, cursor=projects or None)
    parts = [item for item in page.items if isinstance(item, Part)]
    sums = {(part.project, part.task): Decimal(0) for part in parts}
    following = await _add_up(reporting, plan, code, cut, sums, amounts) if parts else END
    lines = tuple(_line(part, sums[part.project, part.task]) for part in parts)
    return Listing(lines, sum(sums.values(), Decimal(0)), f"{page.next}{BETWEEN}{following}" if page.next else "")


async def _add_up(
    reporting: ReportingClient,
    plan: str,
    code: str,
    cut: Mapping[str, str],
    sums: dict[tuple[str, str], Decimal],
    cursor: str,
) -> str:
    """Add what is committed to the sums, by project and task; where to read on for the projects that follow.

    The last project may stand at further tasks on the following page: it reads on where that project begins.
    """
    last = max(project for project, _ in sums)
    following = cursor
    while cursor != END:
        page = await reporting.explain(plan, code, "committed", **cut, limit=PARTS, cursor=cursor or None)
        parts = [item for item in page.items if isinstance(item, Part)]
        for part in parts:
            if (part.project, part.task) in sums:
                sums[part.project, part.task] += Decimal(part.amount or 0)
        cursor = page.next or END
        if not parts or parts[-1].project < last:
            following = cursor
        elif parts[-1].project > last:
            break
    return following


def _line(part: Part, amount: Decimal) -> Line:
    title, through = part.title or "", "；".join(map(_through, part.crosswalk or ()))
    return Line(part.project, part.project_no, title, part.task, part.share, amount, through)


def _through(step: Step) -> str:
    """A share in a task of another edition, and how much of that task stands here."""
    part = Fraction(step.part)
    if part == 1:
        return f"由另一版 {step.task} 的 {step.share}% 转入"
    percent = f"{Decimal(part.numerator) * 100 / part.denominator:.6f}".rstrip("0").rstrip(".")
    return f"由另一版 {step.task} 的 {step.share}% × {percent}% 折算"


async def targets_at(reporting: ReportingClient, plan: str, code: str, cut: Mapping[str, str]) -> list[TargetPart]:
    """The targets that hold at a node and below it, as the report's edition has them; they add up to its target."""
    page = await reporting.explain(plan, code, "target", **cut)
    return [item for item in page.items if isinstance(item, TargetPart)]
