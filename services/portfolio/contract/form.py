"""The registration form, group by group, beside plan, title, lead and shares. Little of it is needed for a draft."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.portfolio.contract.values import AgencyId, CodeText, Weight, Wire, Year
from services.shared.money import Money
from services.shared.text import Code, Title


def _empty(value: Any) -> bool:
    return value is None or value == [] or value == ""


def left_out(default: Any = None, **limits: Any) -> Any:
    """A field that stands in an answer only where it holds something."""
    return Field(default=default, exclude_if=_empty, **limits)


Text = Annotated[str, StringConstraints(max_length=20_000)]
Remark = Annotated[str, StringConstraints(max_length=2_000)]
Figure = Annotated[str, StringConstraints(pattern=r"^-?\d{1,15}(\.\d{1,6})?$")]
"""A number of a performance target, exact."""
Precision = Literal["day", "month"]


class BudgetLine(Wire):
    """What is planned: year × source × amount, by heading where the form is filled to that depth."""

    year: Year
    source: CodeText
    amount: Money
    heading: CodeText | None = left_out()
    """设备费, 业务费, 劳务费, 间接费用 …: a term of `budget_heading`."""


class Person(Wire):
    """A person in charge. Phone and e-mail lie apart from the journal and are masked in answers."""

    name: Title
    title: str | None = None
    phone: str | None = None
    email: str | None = None


class Partner(Wire):
    """Who takes part beside the lead. `agency` where it is registered here; `share` of the money in percent."""

    name: Title
    agency: AgencyId | None = left_out()
    type: CodeText | None = left_out()
    role: Title | None = left_out()
    share: Weight | None = left_out()


class Instalment(Wire):
    """Money that is to be paid by a day, and on what condition."""

    due_on: date
    amount: Money
    source: CodeText = "municipal"
    condition: Remark = ""


class Kpi(Wire):
    """A performance target: 产出, 效益 or 满意度."""

    name: Title
    kind: Literal["output", "benefit", "satisfaction"]
    comparator: Literal["at_least", "at_most", "equal"] = "at_least"
    target: Figure
    unit: Remark = ""
    actual: Figure | None = left_out()


class Outputs(Wire):
    """What came of it, counted."""

    patents: int = Field(default=0, ge=0)
    papers: int = Field(default=0, ge=0)
    standards: int = Field(default=0, ge=0)
    products: int = Field(default=0, ge=0)
    jobs: int = Field(default=0, ge=0)


class Event(Wire):
    """Something of a project's course that is no state: 中期检查, 验收申请, 变更备案, 后评估 …"""

    kind: Literal["midterm", "acceptance_applied", "acceptance", "annual_report", "audit", "post_evaluation", "other"]
    on: date
    result: Literal["passed", "rectify", "failed"] | None = left_out()
    opinion: Remark = left_out("")


class Attachment(Wire):
    """A file kept elsewhere, named by its SM3 digest."""

    kind: CodeText
    name: Title
    size: int = Field(ge=0, le=2**53)
    sm3: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Form(Wire):
    """What a registration form holds."""

    project_no: Code | None = None
    issuing_body: Title | None = None
    title_en: Title | None = left_out()
    abstract: Text = ""
    programme_name: Title | None = left_out()
    call_no: Code | None = left_out()
    fund_class: CodeText | None = None
    funding_mode: CodeText | None = None
    stage: CodeText | None = None
    secrecy_level: CodeText | None = left_out()
    industry_code: Annotated[str, StringConstraints(pattern=r"^[A-T](\d{2,4})?$")] | None = left_out()
    """GB/T 4754-2017."""
    discipline_code: Annotated[str, StringConstraints(pattern=r"^\d{3}(\d{2}){0,2}$")] | None = left_out()
    """GB/T 13745-2009."""
    tags: list[Title] = left_out([], max_length=50)

    managing_body: Title | None = left_out()
    professional_manager: Title | None = left_out()
    partners: list[Partner] = left_out([], max_length=100)
    pi: Person | None = None
    contact: Person | None = left_out()
    team_size: int | None = left_out(ge=1, le=100_000)

    approved_on: date | None = None
    start_on: date | None = None
    start_precision: Precision | None = left_out()
    end_on: date | None = None
    end_precision: Precision | None = left_out()
    extended_to: date | None = left_out()

    amount_total: Money | None = left_out()
    """As the form states it: what is planned has to add up to it."""
    budget: list[BudgetLine] = Field(default=[], max_length=500)
    instalments: list[Instalment] = left_out([], max_length=100)

    kpis: list[Kpi] = left_out([], max_length=100)
    outputs: Outputs | None = left_out()
    events: list[Event] = left_out([], max_length=200)
    progress_pct: Annotated[str, StringConstraints(pattern=r"^\d{1,3}\.\d{2}$")] | None = left_out()
    report_nos: list[Code] = left_out([], max_length=50)
    credit_flags: list[Title] = left_out([], max_length=50)
    attachments: list[Attachment] = left_out([], max_length=200)
    references: list[Title] = left_out([], max_length=200)


NEEDED_TO_SUBMIT = (
    *("project_no", "issuing_body", "programme_name", "fund_class", "funding_mode", "stage", "secrecy_level"),
    *("approved_on", "start_on", "end_on", "amount_total", "budget", "tasks", "kpis", "pi"),
)
"""What a record lacks nothing of at publication (DOMAIN 2.3)."""

RelationKind = Literal["matching", "sub_project", "continuation", "suspected_duplicate"]


class NewRelation(Wire):
    """How a project stands to another: 配套, 子课题, 延续, 重复待核. All but the last are lawful doubles."""

    kind: RelationKind
    project: UUID
    note: Remark = ""


class Relation(Wire):
    """A relation as it stands, from `project` to `other`."""

    project: UUID
    other: UUID
    kind: RelationKind
    note: str


class Candidate(Wire):
    """A project that may be the same as the one registered, and why."""

    project: UUID
    project_no: str | None
    title: str
    lead: AgencyId
    reasons: list[Literal["same_number", "same_title_and_agency", "same_leader_similar_title", "similar_title"]]
    similarity: float
    """Of the titles, from 0 to 1."""
