"""A question to the reports: what it asks for, and what is known at the moment that it is about."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic_core import to_json

from services.reporting import contract
from services.reporting.contract import Denominator, NothingKnownThen, NotYetKnown, UnknownFilterValue, UnknownPlanHere
from services.reporting.operations.following import KnownPlans, applied_of
from services.reporting.rules.facts import FOREVER
from services.reporting.rules.heads import Head, filters
from services.reporting.rules.lines import ALL_LEVELS
from services.reporting.rules.places import UNCLASSIFIED
from services.reporting.rules.restating import Editions
from services.reporting.rules.shape import Shape
from services.reporting.store import Filters, ReportStore
from services.shared.database import Connection, Database
from services.shared.pages import UnknownCursor, cursor_of, key_of
from services.shared.tokens import OF_ONE_AGENCY, Caller

CELLS, FINE = "cells", "cells by lead, class, stage and day, of which there are more the more projects there are"
EARLIER = "; facts where it is about earlier knowledge"
ABOUT = 5
"""Parts of a cursor before the key: as_of, recorded_at, the two positions, edition."""


class Known(NamedTuple):
    """Up to which positions a page before this one has read, and the moment that it stated."""

    catalog: int
    portfolio: int
    recorded_at: datetime | None


@dataclass(frozen=True)
class Asked:
    """What a reader asks for."""

    plan: str
    edition: int | None = None
    level: str | None = None
    years: tuple[int, ...] = ()
    agency: str | None = None
    district: str | None = None
    fund_class: str | None = None
    sources: tuple[str, ...] = ()
    stage: str | None = None
    as_of: date | None = None
    recorded_at: datetime | None = None
    denominator: Denominator = "tasks"
    known: Known | None = None
    """Of a later page: what the first one knew, in the place of recorded_at."""


@dataclass(frozen=True)
class Moment:
    """What is known at the moment that a report is about."""

    applied: contract.Applied
    positions: contract.Positions
    recorded_at: datetime | None
    current: bool
    """Nothing later is applied: cells say what facts would."""


@dataclass(frozen=True)
class Reported:
    """An answer, and up to when everything recorded is in it if nothing else was asked for."""

    body: str
    known_through: datetime | None
    answer: Mapping[str, Any] = field(default_factory=dict)
    """The same before it became text; nothing where it was put together as text."""


@dataclass(frozen=True)
class Opened:
    """A question, opened on one snapshot of what is known."""

    connection: Connection
    asked: Asked
    editions: Editions
    plan: Shape
    """The edition that the report is stated in."""
    moment: Moment
    filters: Filters
    level: str
    scope: str | None
    """The agency that the caller is bound to, or None."""

    @property
    def store(self) -> ReportStore:
        """What is read from the snapshot."""
        return ReportStore(self.connection)

    @property
    def from_cells(self) -> bool:
        """Whether sums of all facts, kept as things stand for one year or any and one source or any, say the answer."""
        return self.moment.current and len(self.asked.years) <= 1 and len(self.asked.sources) <= 1

    @property
    def from_earlier_cells(self) -> bool:
        """Whether the same sums of another position, and what changed between the two, say the answer."""
        return not self.filters.fine() and len(self.asked.years) <= 1 and len(self.asked.sources) <= 1

    def found_in(self, cells: str) -> str:
        """What such an answer is found in, in words; `cells` where sums of one year or any and one source or any say
        it. It depends on the question alone: an answer about one knowledge has the same bytes whenever it is asked."""
        return cells if len(self.asked.years) <= 1 and len(self.asked.sources) <= 1 else "facts"

    def head(self) -> dict[str, Any]:
        """What the report states about itself, as the wire model Report has it."""
        asked, moment = self.asked, self.moment
        narrowed = filters(
            level=self.level,
            agency=asked.agency,
            district=asked.district,
            fund_class=asked.fund_class,
            stage=asked.stage,
            years=asked.years,
            sources=asked.sources,
            scope=self.scope,
        )
        positions = moment.positions.model_dump()
        return Head(self.filters.as_of, moment.recorded_at, positions, narrowed, asked.denominator).of(self.plan)


@asynccontextmanager
async def opened(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> AsyncIterator[Opened]:
    """Open a question: all that is read for it is read from one snapshot. Filters that name what does not exist are
    refused, as is a moment that is not known of yet."""
    async with database.snapshot() as connection:
        yield await opened_on(connection, plans, caller, asked)


async def opened_on(connection: Connection, plans: KnownPlans, caller: Caller, asked: Asked) -> Opened:
    """Open a question on a snapshot."""
    store = ReportStore(connection)
    moment = await _moment(store, asked.recorded_at, asked.known)
    editions = (await plans.at(connection, moment.positions.catalog)).known.get(asked.plan)
    if editions is None:
        raise await _unknown_plan(store, asked.plan, moment)
    plan = edition_asked(editions, asked)
    await _check(store, plan, asked, moment)
    scope = caller.agency if caller.role in OF_ONE_AGENCY else None
    filters = await _filters(store, plan, asked, scope, moment)
    level = asked.level or plan.first_carrying_level()
    return Opened(connection, asked, editions, plan, moment, filters, level, scope)


async def _unknown_plan(store: ReportStore, plan: str, moment: Moment) -> UnknownPlanHere | NothingKnownThen:
    """Whether a plan came to be known later than at a moment, or never."""
    position = await store.plan_since(plan)
    since = None if position is None else await store.recorded_at("catalog", position)
    if since is None or moment.recorded_at is None:
        return UnknownPlanHere(plan=plan)
    return NothingKnownThen(plan=plan, recorded_at=moment.recorded_at.isoformat(), since=since.isoformat())


async def at_another_moment(
    question: Opened, as_of: date, recorded_at: datetime | None, known: Known | None = None
) -> Opened:
    """The same question, in the same edition, with two other clocks, or at positions that are `known`. The edition may
    be one that was published later: what was known before is restated in it."""
    asked = replace(question.asked, as_of=as_of, recorded_at=recorded_at, known=known)
    moment = question.moment
    if recorded_at is not None or known is not None:
        moment = await _moment(question.store, recorded_at, known)
    filters = await _filters(question.store, question.plan, asked, question.scope, moment)
    return replace(question, asked=asked, moment=moment, filters=filters)


def next_page(question: Opened, *key: str) -> str:
    """The cursor of the page that follows: what this one is about, and the key of its last item.

    It holds positions and no moment: of two journals the slower one may still bring entries that were recorded before
    the last entry of the other, and they must move nothing between two pages.
    """
    known, moment = question.moment.positions, question.moment.recorded_at
    about = question.filters.as_of, moment.isoformat() if moment else "", known.catalog, known.portfolio
    return cursor_of(*map(str, about), str(question.plan.edition), *key)


def continued(asked: Asked, cursor: str | None, length: int) -> tuple[Asked, list[str] | None]:
    """The question of the page that a cursor stands for, and the key of so many parts that it follows."""
    if cursor is None:
        return asked, None
    as_of, recorded_at, catalog, portfolio, edition, *key = key_of(cursor, ABOUT + length)
    try:
        moment = datetime.fromisoformat(recorded_at) if recorded_at else None
        known = Known(int(catalog), int(portfolio), moment)
        day = date.fromisoformat(as_of)
        return replace(asked, as_of=day, recorded_at=None, edition=int(edition), known=known), key
    except ValueError:
        raise UnknownCursor() from None


def reported(answer: dict[str, Any], moment: Moment) -> Reported:
    """An answer in the form of its wire model; tests hold it against that."""
    return Reported(to_json(answer).decode(), moment.applied.known_through, answer)


def edition_asked(editions: Editions, asked: Asked) -> Shape:
    """The edition that a report is stated in: the one asked for, else the one that is the plan on its day."""
    if asked.edition is None:
        return editions.in_force(asked.as_of or today_of(next(iter(editions.shapes.values()))))
    found = editions.shapes.get(asked.edition)
    if found is None:
        known = ", ".join(str(number) for number in editions.shapes)
        raise UnknownFilterValue(
            errors=[wrong_value("edition", str(asked.edition), f"is none of the editions {known}")]
        )
    return found


def today_of(plan: Shape) -> date:
    """Today in the plan's time zone."""
    return datetime.now(ZoneInfo(plan.plan.time_zone)).date()


async def _moment(store: ReportStore, recorded_at: datetime | None, known: Known | None = None) -> Moment:
    applied = applied_of(await store.progress())
    if known is not None:
        positions = contract.Positions(catalog=known.catalog, portfolio=known.portfolio)
        if known.catalog > applied.positions.catalog or known.portfolio > applied.positions.portfolio:
            recorded = known.recorded_at or f"positions {known.catalog}-{known.portfolio}"
            raise NotYetKnown(recorded_at=str(recorded), retry_after=1)
        return Moment(applied, positions, known.recorded_at, positions == applied.positions)
    if recorded_at is None:
        return Moment(applied, applied.positions, applied.recorded_at, True)
    if applied.known_through is None or recorded_at > applied.known_through:
        raise NotYetKnown(recorded_at=recorded_at.isoformat(), retry_after=1)
    positions = contract.Positions(
        catalog=await store.position_at("catalog", recorded_at),
        portfolio=await store.position_at("portfolio", recorded_at),
    )
    return Moment(applied, positions, recorded_at.astimezone(UTC), positions == applied.positions)


async def _check(store: ReportStore, plan: Shape, asked: Asked, moment: Moment) -> None:
    """Refuse filters that name what does not exist."""
    wrong = []
    levels = [level.code for level in plan.plan.levels]
    if asked.level not in (None, ALL_LEVELS, *levels):
        wrong.append(wrong_value("level", asked.level, f"is none of {', '.join(levels)}, {ALL_LEVELS}"))
    terms = (
        *(("source", "source", source) for source in asked.sources),
        ("fund_class", "fund_class", asked.fund_class),
        ("stage", "stage", asked.stage),
        ("district", "district", asked.district),
    )
    for name, vocabulary, code in terms:
        if code is None or (code == UNCLASSIFIED and name != "source"):
            continue
        if not await store.has_term(vocabulary, code, moment.positions.catalog):
            wrong.append(wrong_value(name, code, f"is no term of /api/v1/vocabularies/{vocabulary}"))
    if asked.agency is not None and not await store.has_agency(asked.agency, moment.positions.portfolio):
        wrong.append(wrong_value("agency", asked.agency, "is not a registered agency: see /api/v1/agencies"))
    if wrong:
        raise UnknownFilterValue(errors=wrong)


def wrong_value(name: str, value: str | None, detail: str) -> dict[str, str]:
    """What an error says of a parameter of the query."""
    return {"pointer": f"query/{name}", "code": f"unknown_{name}", "detail": f"{value} {detail}" if value else detail}


async def _filters(store: ReportStore, plan: Shape, asked: Asked, scope: str | None, moment: Moment) -> Filters:
    position = moment.positions.portfolio
    narrowed: list[set[str]] = []
    if scope is not None:
        narrowed.append(await store.with_subordinates(scope, position))
    if asked.district is not None:
        narrowed.append(await store.agencies_of(_code(asked.district), position))
    if asked.agency is not None:
        narrowed.append({asked.agency})
    return Filters(
        as_of=min(asked.as_of or today_of(plan), FOREVER.replace(day=30)),
        position=position,
        years=asked.years,
        sources=asked.sources,
        agencies=tuple(sorted(set.intersection(*narrowed))) if narrowed else None,
        fund_class=None if asked.fund_class is None else _code(asked.fund_class),
        stage=None if asked.stage is None else _code(asked.stage),
    )


def _code(asked: str) -> str:
    return "" if asked == UNCLASSIFIED else asked
