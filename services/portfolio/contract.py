"""What portfolio says on the wire: agencies, projects, movements, and the errors it raises."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

from services.shared.entries import entry_schema
from services.shared.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from services.shared.money import Money
from services.shared.text import Code, Title


def _weight_text(weight: Decimal) -> str:
    return f"{weight.normalize():f}"


def _exact_weight(value: Any) -> Any:
    if isinstance(value, float | int):
        raise Refusal("weight_not_text", 'write the weight as a decimal string such as "33.34", not as a number')
    return value


def _code_text(value: Any) -> Any:
    if isinstance(value, float | int):
        raise Refusal("code_not_text", 'write the code as text: as numbers "5.1" and "5.10" would be the same')
    return value


Weight = Annotated[
    Decimal,
    BeforeValidator(_exact_weight),
    Field(gt=0, le=100, max_digits=9, decimal_places=6),
    PlainSerializer(_weight_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d{1,6})?$", "examples": ["33.34"]}),
]
CodeText = Annotated[
    str,
    BeforeValidator(_code_text),
    StringConstraints(pattern=r"^[^\s,|]{1,64}$"),
    WithJsonSchema({"type": "string", "pattern": r"^[^\s,|]{1,64}$", "examples": ["4.8"]}),
]
AgencyId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,20}:[^\s]{1,120}$", strip_whitespace=True)]
"""An agency as it is named elsewhere: scheme:value, such as cn-uscc:91310000…"""
Year = Annotated[int, Field(ge=1900, le=2200)]


class Wire(BaseModel):
    """Strict about unknown fields: a misspelt name is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Identifier(Wire):
    """Who an agency is, in a scheme: cn-uscc (checked), iso3, local."""

    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,20}$")]
    value: Code


class NewAgency(Wire):
    """An agency to be registered."""

    identifier: Identifier
    name: Title
    type: CodeText = "other"
    district: CodeText | None = None
    parent: AgencyId | None = None


class AgencyChange(Wire):
    """What may be changed of an agency; what is not given stays."""

    name: Title | None = None
    type: CodeText | None = None
    district: CodeText | None = None
    parent: AgencyId | None = None


class Agency(Wire):
    """A registered agency."""

    id: AgencyId
    identifier: Identifier
    name: Title
    type: CodeText
    district: CodeText | None
    parent: AgencyId | None
    version: int


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


class Warning_(Wire):
    """Something accepted that deserves a look."""

    code: str
    detail: str


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


MovementKind = Literal["commitment", "receipt", "disbursement", "expenditure", "refund"]


class OriginalAmount(Wire):
    """The amount in another currency, with the rate that was used, its date and source."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    amount: Money
    rate: Annotated[str, StringConstraints(pattern=r"^\d{1,12}(\.\d{1,12})?$")]
    rate_on: date
    rate_source: Title


class NewMovement(Wire):
    """Money that moved. A month or a year counts from its last day; a negative amount corrects."""

    kind: MovementKind
    on: Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
    """A day (2017-03-15), a month (2017-03) or a year (2017)."""
    year: Year | None = None
    """The budget year it belongs to; that of `on` when not given."""
    source: CodeText
    amount: Money
    reference: str = ""
    corrects: UUID | None = None
    original: OriginalAmount | None = None


class Movement(Wire):
    """A movement in the ledger; nothing is edited."""

    id: UUID
    project: UUID
    kind: MovementKind
    on: date
    on_precision: Literal["day", "month", "year"]
    year: Year
    source: CodeText
    amount: Money
    reference: str
    corrects: UUID | None
    origin: Literal["budget", "entered"]
    original: OriginalAmount | None = None


class NewTransition(Wire):
    """A state to be entered."""

    to: CodeText
    on: date | None = None
    reason: str | None = None


class Voiding(Wire):
    """A registration made by mistake leaves every report; a second person says so."""

    reason: Title


class UnknownAgency(NotFound):
    """There is no agency {agency}: register it with POST /api/v1/agencies."""


class AgencyTaken(Conflict):
    """Agency {agency} is registered already."""


class InvalidAgency(Invalid):
    """The agency can not be registered: see errors."""


class UnknownProject(NotFound):
    """There is no project {project} that you may see."""


class ProjectNoTaken(Conflict):
    """Number {project_no} under the same issuing body is registered already as project {project}."""


class InvalidProject(Invalid):
    """The project can not stand as it is: see errors."""


class InvalidMovement(Invalid):
    """The movement can not be entered: see errors."""


class AgencyNotAllowed(Forbidden):
    """Agency {agency} is outside your scope: you act for {scope} and its subordinates."""


class TransitionNotAllowed(Conflict):
    """A project in state {state} can not enter {to}; it may enter: {allowed}."""


class SecondPersonNeeded(Forbidden):
    """This needs a second person: {subject} made the registration."""


class ProjectVoid(Conflict):
    """Project {project} is void: nothing is changed any more."""


# What the journal's entries carry in `after` (and, for changes, in `before`), by kind.


class AgencyEntry(Wire):
    """after of `agency_registered` and `agency_changed`."""

    agency: Agency


class EntryPerson(Wire):
    """A person in an entry: salted hashes in the place of phone and e-mail."""

    name: Title
    title: str | None = None
    phone_hash: str | None = None
    email_hash: str | None = None


class EntryProject(Project):
    """A project in an entry."""

    pi: EntryPerson | None  # type: ignore[assignment]


class ProjectEntry(Wire):
    """after of `project_registered`, `project_changed`, `project_state_entered` and `project_voided`: the project
    without personal values, and the commitments that the command posted."""

    project: EntryProject
    posted: list[Movement] = []
    reason: str | None = None


class MovementEntry(Wire):
    """after of `movement_recorded`."""

    movement: Movement
    plan: CodeText
    lead: AgencyId


JOURNAL_KINDS: dict[str, type[BaseModel]] = {
    "agency_registered": AgencyEntry,
    "agency_changed": AgencyEntry,
    "project_registered": ProjectEntry,
    "project_changed": ProjectEntry,
    "project_state_entered": ProjectEntry,
    "project_voided": ProjectEntry,
    "movement_recorded": MovementEntry,
}


def journal_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole entry of this kind, as the feed's `body` holds it."""
    return entry_schema("portfolio", kind, JOURNAL_KINDS[kind])


POSTED_FROM = frozenset(
    {"contracted", "in_progress", "suspended", "acceptance", "rectify", "accepted", "failed", "terminated"}
)
"""States that imply a contract: the budget's lines stand as commitments."""
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "approved": ("contracted", "revoked"),
    "contracted": ("in_progress", "revoked"),
    "in_progress": ("suspended", "terminated", "revoked", "acceptance"),
    "suspended": ("in_progress", "terminated", "revoked"),
    "acceptance": ("accepted", "rectify", "failed"),
    "rectify": ("acceptance", "failed"),
    "accepted": ("closed",),
    "failed": ("closed",),
    "terminated": ("closed",),
    "revoked": ("closed",),
    "closed": (),
}
"""DOMAIN's machine of project states: from → to."""
