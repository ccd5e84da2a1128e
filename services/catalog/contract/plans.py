"""A plan on the wire: its levels, settings, nodes, relations, themes, indicators, editions."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict, Field

from services.catalog.contract.values import CodeText, Currency, DecimalText, Slug, Weight, Wire, Year
from services.shared.money import Money
from services.shared.text import Title


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
    target_approval: Literal["off", "on"] = "off"
    """on: a target that an editor enters is proposed, and stands once another editor approves it."""
    indicator_tolerance: Weight | None = None
    """By how much, in percent of the value, an indicator may miss it: within, "about" is attained, others are near.
    It is ours, not the plan's: without one no word is said on "about"."""
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


class IndicatorValue(Wire):
    """What an indicator was, or is meant to be, in a year."""

    year: Year
    value: DecimalText


class Indicator(Wire):
    """A number that the plan promises, with its own words. `value` is text: 4.0 keeps its scale.

    `year` is the one that the value is meant for, by default the plan's last; `baseline` is where it started, `path`
    what is meant to be reached in the years between.
    """

    code: CodeText
    name: Title
    wording: str
    comparator: Literal["approx", "at_least", "at_most", "equal"]
    value: str
    unit: str
    section: CodeText | None = None
    year: Year | None = None
    baseline: IndicatorValue | None = None
    path: list[IndicatorValue] = []


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


SKOS_FORMATS = {"text/turtle": "turtle", "application/ld+json": "json-ld"}
"""Media types in which a plan is given as SKOS, and what the writer calls them."""
