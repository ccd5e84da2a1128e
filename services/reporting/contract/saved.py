"""Reports that somebody keeps under a name, on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.reporting.contract.common import Denominator, Since, Wire
from services.shared.money import Money
from services.shared.text import Code, Title

NoticeCode = Literal["task_uncovered", "gap_over", "gap_under"]


class Cut(Wire):
    """The filters of a report, as its route takes them; the day is the month's end."""

    level: Code | None = None
    year: Annotated[list[int], Field(max_length=50)] = []
    agency: Code | None = None
    district: Code | None = None
    fund_class: Code | None = None
    source: Annotated[list[Code], Field(max_length=50)] = []
    stage: Code | None = None
    edition: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    denominator: Denominator = "tasks"


class NewSavedReport(Wire):
    """A cut to be kept. `month_end`: it is asked at each month's end from `since` on (by default from the day on which
    it is saved), once the month is over in the plan's time zone, as it is known then. Months that were over when the
    report was saved are made up for, as they are known at that moment.

    `tell_uncovered`: its owner is told when a task that was covered is not any more. `gap_threshold`: when the gap of a
    node of the cut crosses this amount, up (`gap_over`) or down (`gap_under`).
    """

    plan: Code
    name: Title
    report: Literal["coverage", "gaps"] = "coverage"
    cut: Cut = Cut()
    schedule: Literal["none", "month_end"] = "none"
    since: Since | None = None
    tell_uncovered: bool = False
    gap_threshold: Money | None = None


class SavedReport(NewSavedReport):
    """A cut that is kept."""

    id: UUID
    version: int
    owner: str
    since: date


class SavedRun(Wire):
    """A month's end of a saved report; its bytes are read from `…/runs/{as_of}`."""

    as_of: date
    bytes: int


class Notice(Wire):
    """What the owner of a saved report is told: of which node, as of which day, known up to which positions."""

    id: UUID
    saved: UUID
    name: str
    at: datetime
    code: NoticeCode
    node: str
    title: str
    as_of: date
    before: str | None
    after: str | None
