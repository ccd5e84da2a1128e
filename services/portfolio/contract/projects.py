"""Projects on the wire."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.portfolio.contract.form import Candidate, Form, Remark, left_out
from services.portfolio.contract.values import AgencyId, CodeText, Warning_, Weight, Wire
from services.shared.money import Money
from services.shared.text import Title

RecordStatus = Literal["draft", "submitted", "returned", "withdrawn", "published", "correction_pending", "void"]
REPORTED = frozenset({"published", "correction_pending"})
"""What reports count: published records at their published version."""
Flag = Literal["overdue", "late_payment", "expiring"]


class Share(Wire):
    """A part of a project that goes to a task, in percent; the shares of a project add up to exactly 100."""

    code: CodeText
    weight: Weight


class NewProject(Form):
    """A funded project to be registered; only plan, title, lead and tasks are needed."""

    plan: CodeText
    title: Title
    lead: AgencyId
    tasks: list[Share] = Field(default=[], max_length=200)
    """May be left out of a draft."""
    state: CodeText = "approved"
    state_on: date | None = None
    record: Literal["draft", "submitted", "published"] | None = None
    """What the registration is to be at once: published in a plan without review (there the default), a draft (the
    default with review) or a submission."""


class ProjectChange(Form):
    """What may be changed of a project; what is not given stays. Shares hold from `tasks_valid_from` on."""

    title: Title | None = None
    lead: AgencyId | None = None
    tasks: list[Share] = Field(default=[], max_length=200)
    tasks_valid_from: date | None = None
    reason: Remark | None = None


class Shares(Wire):
    """The shares that hold from a day on; the first ones from the beginning of time (null)."""

    valid_from: date | None
    valid_to: date | None = left_out()
    """The last day on which they hold, where others follow."""
    tasks: list[Share]


class StateEntered(Wire):
    """A state, the day on which it was entered, and what its entering was founded on."""

    state: CodeText
    on: date
    reason: Remark | None = left_out()
    document: Title | None = left_out()
    """No. of the approval, the signed task book, the application, the audit: whatever the state needs."""
    deadline: date | None = left_out()
    opinion: Remark | None = left_out()
    refund: Money | None = left_out()
    """What is to be paid back."""


class Comment(Wire):
    """A remark of the checker on a field, by JSON pointer."""

    pointer: str = Field(pattern=r"^(/[^/]+)*$", max_length=200)
    text: Remark


class Project(Form):
    """A registered project."""

    id: UUID
    plan: CodeText
    edition: int
    title: str
    lead: AgencyId
    state: CodeText
    state_on: date
    states: list[StateEntered]
    record_status: RecordStatus
    comments: list[Comment] = left_out([])
    """What the checker wants mended, while the record is returned."""
    tasks: list[Share]
    """The shares of the latest valid-from date."""
    shares: list[Shares]
    registered_by: str
    makers: list[str] = left_out([])
    """Who made the record as it was submitted: none of them may publish it."""
    version: int
    flags: list[Flag] = left_out([])
    """Derived on reading, today in the plan's time zone: past its end and not in acceptance; an instalment due and not
    paid; ending within 90 days (settings of the plan)."""


class Registered(Project):
    """The answer to a registration or a change: the project, with warnings and near-duplicates."""

    warnings: list[Warning_] = []
    candidates: list[Candidate] = []
