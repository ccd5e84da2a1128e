"""What catalog says on the wire: plans, nodes, targets, vocabularies, and the errors it raises."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from services.shared.entries import entry_schema
from services.shared.errors import Conflict, Invalid, NotFound
from services.shared.money import Money
from services.shared.text import Title

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Weight = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=9, decimal_places=6),
    PlainSerializer(lambda weight: f"{weight.normalize():f}", return_type=str),
]
CodeText = Annotated[str, StringConstraints(pattern=r"^[^\s,|\x00-\x1f\x7f]{1,64}$")]


class Wire(BaseModel):
    """Strict about unknown fields: a misspelt name is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Level(Wire):
    """A level of a plan, from the top down. Shares may name a node of a carrying level that has none above it."""

    code: CodeText
    title: Title
    carries_shares: bool = False


class Programme(Wire):
    """What a programme decides for the projects under it; DOMAIN 2.1 says where the defaults were met."""

    extension_months: int = Field(default=12, ge=0, le=120)
    """How far past its end a project may be extended, once."""
    extension_notice_days: int = Field(default=90, ge=0, le=3660)
    """How long before its end an extension has to be asked for."""
    acceptance_grace_days: int = Field(default=180, ge=0, le=3660)
    """How long after its end a project may wait for its acceptance before it is overdue."""
    midterm_from: Money = Decimal("1000000.00")
    """Fiscal money from which a mid-term check is due."""
    expiring_days: int = Field(default=90, ge=0, le=3660)
    payment_grace_days: int = Field(default=0, ge=0, le=3660)
    """How long after its day an instalment may wait before it is late."""


class Settings(Wire):
    """What a plan decides for itself."""

    registration_review: Literal["off", "on"] = "off"
    covering_weight: Weight = Decimal(20)
    """θ: a project covers a task when it gives it at least this share, in percent."""
    max_tasks: int = Field(default=0, ge=0)
    """How many tasks a project may have; 0 is no limit."""
    least_weight: Weight = Decimal(0)
    agency_schemes: list[str] = ["cn-uscc", "local"]
    default_target_sources: list[str] = ["central", "municipal", "district"]
    programme: Programme = Field(default=Programme(), exclude_if=lambda programme: programme == Programme())
    programmes: dict[str, Programme] = Field(default={}, exclude_if=lambda programmes: not programmes)
    """By the name of the programme, where it differs from `programme`."""


class Citation(Wire):
    """The official document that the plan is."""

    title: Title
    doc_no: str | None = None
    issuer: str | None = None
    issued_on: date | None = None
    published_on: date | None = None
    source_sha256: str | None = None


class NodeDocument(Wire):
    """A node of the plan as its data file has it; the order of the file is the order of the plan."""

    code: CodeText
    level: CodeText
    number: str = ""
    title: Title
    parent: CodeText | None = None
    kind: str = "research"
    fundable: bool = True
    aliases: list[Title] = []
    keywords: list[Title] = []
    summary: str = ""


class Node(NodeDocument):
    """A node as the catalog answers it."""

    plan: Slug
    edition: int
    order: int
    carries_shares: bool
    path: list[str]
    """Codes from the top to this node."""


class Relation(Wire):
    """Two nodes that belong together: also consider the other one."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: CodeText = Field(alias="from")
    to: CodeText
    kind: Literal["related", "platform_of", "mention"]
    note: str = ""


class Theme(Wire):
    """A word with more than one home in the plan: never mapped to one of them without asking."""

    term: Title
    nodes: list[CodeText]
    note: str = ""


class Indicator(Wire):
    """A number that the plan promises, with its own words. `value` is text: 4.0 keeps its scale."""

    code: CodeText
    name: Title
    wording: str
    comparator: Literal["approx", "at_least", "at_most", "equal"]
    value: str
    unit: str
    section: CodeText | None = None


class PlanDocument(Wire):
    """A whole plan, as its data file has it and as POST /plans takes it."""

    slug: Slug
    title: Title
    currency: Currency
    time_zone: str
    starts_on: date | None = None
    ends_on: date | None = None
    settings: Settings = Settings()
    citation: Citation | None = None
    levels: list[Level] = Field(min_length=1)
    nodes: list[NodeDocument] = Field(min_length=1)
    relations: list[Relation] = []
    themes: list[Theme] = []
    indicators: list[Indicator] = []


class Plan(Wire):
    """A plan without its nodes."""

    slug: Slug
    title: Title
    currency: Currency
    time_zone: str
    starts_on: date | None = None
    ends_on: date | None = None
    settings: Settings
    citation: Citation | None = None
    levels: list[Level]
    edition: int
    denominators: dict[str, int]
    """How many nodes a rate of coverage may be a part of: tasks, tasks_and_measures, fundable."""


class TreeNode(Node):
    """A node with what is below it."""

    children: list["TreeNode"] = []


class Tree(Wire):
    """The plan's nodes, nested."""

    plan: Slug
    edition: int
    nodes: list[TreeNode]


class Term(Wire):
    """A term of a vocabulary."""

    code: CodeText
    title: Title
    aliases: list[Title] = []
    active: bool = True
    broader: CodeText | None = None
    replaced_by: CodeText | None = None


class Vocabulary(Wire):
    """A controlled vocabulary, such as fund_class."""

    code: CodeText
    title: Title
    terms: list[Term]


class NewTarget(Wire):
    """What a task is meant to be given, by whom it was decided. Without a year: for the whole plan."""

    node: CodeText
    year: int | None = Field(default=None, ge=1900, le=2200)
    sources: list[CodeText] | None = None
    amount: Money
    source_document: Title
    approved_by: str | None = None


class Target(Wire):
    """A target that stands; setting it again for the same node, year and sources makes the next version."""

    node: CodeText
    year: int | None
    sources: list[CodeText]
    amount: Money
    source_document: Title
    approved_by: str | None
    version: int
    plan: Slug
    edition: int


class Edition(Wire):
    """An edition of a plan."""

    plan: Slug
    number: int
    status: Literal["draft", "published"]
    published_at: datetime | None


class UnknownPlan(NotFound):
    """There is no plan {plan}: GET /api/v1/plans lists those that there are."""


class UnknownNode(NotFound):
    """There is no node {code} in plan {plan}: search with GET /api/v1/plans/{plan}/nodes?q=…"""


class UnknownEdition(NotFound):
    """There is no edition {edition} of plan {plan}."""


class UnknownVocabulary(NotFound):
    """There is no vocabulary {code}: GET /api/v1/vocabularies lists those that there are."""


class PlanSlugTaken(Conflict):
    """Plan {plan} stands already with other content."""


class InvalidPlan(Invalid):
    """The plan does not hold together: see errors."""


class InvalidVocabulary(Invalid):
    """The vocabulary does not hold together: see errors."""


class InvalidTarget(Invalid):
    """The target can not stand: see errors."""


def carrying_nodes(levels: list[Level], nodes: list[NodeDocument]) -> list[str]:
    """The codes of the nodes that shares may name, in plan order: of a carrying level, with no such node above."""
    carries = {level.code: level.carries_shares for level in levels}
    above: dict[str, bool] = {}
    found = []
    for node in nodes:
        shadowed = above.get(node.parent, False) if node.parent else False
        if carries[node.level] and not shadowed:
            found.append(node.code)
        above[node.code] = shadowed or carries[node.level]
    return found


def denominators(levels: list[Level], nodes: list[NodeDocument]) -> dict[str, int]:
    """tasks: carrying nodes of the first carrying level; tasks_and_measures: all of them; fundable: those that money
    may go to."""
    by_code = {node.code: node for node in nodes}
    carrying = carrying_nodes(levels, nodes)
    first = next((level.code for level in levels if level.carries_shares), None)
    return {
        "tasks": sum(by_code[code].level == first for code in carrying),
        "tasks_and_measures": len(carrying),
        "fundable": sum(by_code[code].fundable for code in carrying),
    }


class ProjectText(Wire):
    """What of a project is asked about: which tasks does it fit?"""

    title: Title
    abstract: Annotated[str, Field(max_length=20_000)] = ""


class Suggestion(Wire):
    """A task that a project fits, and the words that led there, the weightiest first."""

    code: CodeText
    title: Title
    score: float
    """Comparable within one answer alone."""
    because: list[str]


class Suggestions(Wire):
    """The tasks that fit, best first; `none` where too little speaks for any."""

    items: list[Suggestion]
    none: bool


JOURNAL_KINDS: dict[str, type[BaseModel]] = {}
"""The shape of `after` for each kind of entry in the catalog's journal."""


class PlanPublished(Wire):
    """after of `plan_published`: an edition of a plan, whole."""

    edition: int
    plan: PlanDocument


class VocabularySet(Wire):
    """after of `vocabulary_set`."""

    vocabulary: Vocabulary


class TargetSet(Wire):
    """after of `target_set`."""

    target: Target


JOURNAL_KINDS |= {"plan_published": PlanPublished, "vocabulary_set": VocabularySet, "target_set": TargetSet}


def journal_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole entry of this kind, as the feed's `body` holds it."""
    return entry_schema("catalog", kind, JOURNAL_KINDS[kind])


def as_json(model: BaseModel) -> Any:
    """A model as the plain JSON value that entries and answers hold."""
    return model.model_dump(mode="json", by_alias=True)


SKOS_FORMATS = {"text/turtle": "turtle", "application/ld+json": "json-ld"}
"""Media types in which a plan is given as SKOS, and what the writer calls them."""
