"""Projects on the wire."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.portfolio.contract.values import AgencyId, CodeText, Warning_, Weight, Wire, Year
from services.shared.money import Money
from services.shared.text import Code, Title


class Share(Wire):
    """A part of a project that goes to a task, in percent; the shares of a project add up to exactly 100."""

    code: CodeText
    weight: Weight


class BudgetLine(Wire):
    """What is planned: year × source × amount."""

    year: Year
    source: CodeText
    amount: Money


class Person(Wire):
    """A person in charge. Phone and e-mail lie apart from the journal and are masked in answers."""

    name: Title
    title: str | None = None
    phone: str | None = None
    email: str | None = None


class NewProject(Wire):
    """A funded project to be registered; only plan, title, lead and tasks are needed."""

    plan: CodeText
    project_no: Code | None = None
    issuing_body: Title | None = None
    title: Title
    abstract: str = ""
    lead: AgencyId
    fund_class: CodeText | None = None
    funding_mode: CodeText | None = None
    stage: CodeText | None = None
    state: CodeText = "approved"
    state_on: date | None = None
    approved_on: date | None = None
    start_on: date | None = None
    end_on: date | None = None
    pi: Person | None = None
    tasks: list[Share] = Field(min_length=1, max_length=200)
    budget: list[BudgetLine] = Field(default=[], max_length=500)


class ProjectChange(Wire):
    """What may be changed of a project; what is not given stays. Shares hold from `tasks_valid_from` on."""

    project_no: Code | None = None
    issuing_body: Title | None = None
    title: Title | None = None
    abstract: str | None = None
    lead: AgencyId | None = None
    fund_class: CodeText | None = None
    funding_mode: CodeText | None = None
    stage: CodeText | None = None
    approved_on: date | None = None
    start_on: date | None = None
    end_on: date | None = None
    pi: Person | None = None
    tasks: list[Share] | None = Field(default=None, min_length=1, max_length=200)
    tasks_valid_from: date | None = None
    budget: list[BudgetLine] | None = Field(default=None, max_length=500)
    reason: str | None = None


class Shares(Wire):
    """The shares that hold from a day on; the first ones from the beginning of time (null)."""

    valid_from: date | None
    tasks: list[Share]


class StateEntered(Wire):
    """A state and the day on which it was entered."""

    state: CodeText
    on: date


class Project(Wire):
    """A registered project."""

    id: UUID
    plan: CodeText
    edition: int
    project_no: str | None
    issuing_body: str | None
    title: str
    abstract: str
    lead: AgencyId
    fund_class: CodeText | None
    funding_mode: CodeText | None
    stage: CodeText | None
    state: CodeText
    state_on: date
    states: list[StateEntered]
    record_status: Literal["published", "void"]
    approved_on: date | None
    start_on: date | None
    end_on: date | None
    pi: Person | None
    tasks: list[Share]
    """The shares of the latest valid-from date."""
    shares: list[Shares]
    budget: list[BudgetLine]
    registered_by: str
    version: int


class Registered(Project):
    """The answer to a registration: the project, with warnings and near-duplicates."""

    warnings: list[Warning_] = []
    candidates: list[dict[str, Any]] = []
