"""Reports: one question, one snapshot of what is known, one answer."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import to_json

from services.reporting import contract
from services.reporting.contract import Denominator, NotYetKnown, UnknownFilterValue, UnknownPlanHere
from services.reporting.operations.following import KnownPlans, applied_of
from services.reporting.rules import coverage as rules
from services.reporting.rules.facts import COUNTED_STATES, FOREVER
from services.reporting.rules.restating import Editions, restated_targets
from services.reporting.rules.shape import EARLIER_EDITION, HOMELESS, LATER_EDITION, ROOT, Shape
from services.reporting.store import Filters, ReportStore
from services.shared.database import Database
from services.shared.tokens import OF_ONE_AGENCY, Caller

ALL_LEVELS = "all"
HOMELESS_TITLES = {LATER_EDITION: "后续版次的任务（本版次无对应）", EARLIER_EDITION: "此前版次的任务（已撤销，无承接）"}
"""Of the lines of what has no home in the edition of a report."""


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


async def coverage(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """What of the plan is covered, by how much."""
    head, found, items, notes, moment = await _report(database, plans, caller, asked)
    return _reported(head | {"totals": found, "items": items, "notes": notes}, moment)


async def gaps(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """Where money is missing."""
    head, found, items, notes, moment = await _report(database, plans, caller, asked)
    totals = {name: found[name] for name in contract.Gap.model_fields}
    narrow = [
        {name: item[name] for name in contract.GapItem.model_fields} for item in items if item["code"] not in HOMELESS
    ]
    return _reported(head | {"totals": totals, "items": narrow, "notes": notes}, moment)


def _reported(answer: dict[str, Any], moment: Moment) -> Reported:
    """The answer as the wire models Coverage and Gaps have it; tests hold it against them."""
    return Reported(to_json(answer).decode(), moment.applied.known_through)


Parts = tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], Moment]


async def _report(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Parts:
    async with database.snapshot() as connection:
        store = ReportStore(connection)
        moment = await _moment(store, asked.recorded_at)
        editions = (await plans.at(connection, moment.positions.catalog)).known.get(asked.plan)
        if editions is None:
            raise UnknownPlanHere(plan=asked.plan)
        plan = edition_asked(editions, asked)
        await _check(store, plan, asked, moment)
        scope = caller.agency if caller.role in OF_ONE_AGENCY else None
        filters = await _filters(store, plan, asked, scope, moment)
        question = rules.Question(frozenset(asked.years), frozenset(asked.sources), filters.fine, asked.denominator)
        from_cells = moment.current and len(asked.years) <= 1 and len(asked.sources) <= 1
        stated = await store.targets(asked.plan, moment.positions.catalog, filters.as_of)
        targets = rules.task_targets(plan, restated_targets(stated, editions, plan.edition), question)
        if from_cells:
            wanted = () if filters.fine else rules.spoken_of(t for standing in targets.values() for t in standing)
            sums = await store.from_cells(plan, filters, wanted)
        else:
            sums = await store.from_facts(plan, filters)
    found = rules.figures(sums, plan, targets, question)
    level = asked.level or plan.first_carrying_level()
    items = [
        {"code": n.code, "level": n.level, "number": n.number, "title": n.title, "parent": n.parent} | found[n.code]
        for n in plan.plan.nodes
        if level in (n.level, ALL_LEVELS)
    ]
    items += [
        {"code": line, "level": line, "number": "", "title": HOMELESS_TITLES[line], "parent": None} | found[line]
        for line in rules.homeless(sums)
    ]
    head = _head(plan, asked, moment, filters.as_of, level, scope)
    return head, found[ROOT], items, rules.notes(sums, from_cells, scope), moment


def edition_asked(editions: Editions, asked: Asked) -> Shape:
    """The edition that a report is stated in: the one asked for, else the one that is the plan on its day."""
    if asked.edition is None:
        return editions.in_force(asked.as_of or today_of(next(iter(editions.shapes.values()))))
    found = editions.shapes.get(asked.edition)
    if found is None:
        known = ", ".join(str(number) for number in editions.shapes)
        raise UnknownFilterValue(errors=[_wrong("edition", str(asked.edition), f"is none of the editions {known}")])
    return found


def today_of(plan: Shape) -> date:
    """Today in the plan's time zone."""
    return datetime.now(ZoneInfo(plan.plan.time_zone)).date()


async def _moment(store: ReportStore, recorded_at: datetime | None) -> Moment:
    applied = applied_of(await store.progress())
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
        wrong.append(_wrong("level", asked.level, f"is none of {', '.join(levels)}, {ALL_LEVELS}"))
    terms = (
        *(("source", "source", source) for source in asked.sources),
        ("fund_class", "fund_class", asked.fund_class),
        ("stage", "stage", asked.stage),
        ("district", "district", asked.district),
    )
    for name, vocabulary, code in terms:
        if code is not None and not await store.has_term(vocabulary, code):
            wrong.append(_wrong(name, code, f"is no term of /api/v1/vocabularies/{vocabulary}"))
    if asked.agency is not None and not await store.has_agency(asked.agency, moment.positions.portfolio):
        wrong.append(_wrong("agency", asked.agency, "is not a registered agency: see /api/v1/agencies"))
    if wrong:
        raise UnknownFilterValue(errors=wrong)


def _wrong(name: str, value: str | None, detail: str) -> dict[str, str]:
    return {"pointer": f"query/{name}", "code": f"unknown_{name}", "detail": f"{value} {detail}"}


async def _filters(store: ReportStore, plan: Shape, asked: Asked, scope: str | None, moment: Moment) -> Filters:
    position = moment.positions.portfolio
    narrowed: list[set[str]] = []
    if scope is not None:
        narrowed.append(await store.with_subordinates(scope, position))
    if asked.district is not None:
        narrowed.append(await store.agencies_of(asked.district, position))
    if asked.agency is not None:
        narrowed.append({asked.agency})
    return Filters(
        as_of=min(asked.as_of or today_of(plan), FOREVER.replace(day=30)),
        position=position,
        years=asked.years,
        sources=asked.sources,
        agencies=tuple(sorted(set.intersection(*narrowed))) if narrowed else None,
        fund_class=asked.fund_class,
        stage=asked.stage,
    )


def _head(plan: Shape, asked: Asked, moment: Moment, as_of: date, level: str, scope: str | None) -> dict[str, Any]:
    sizes = {name: len(plan.denominator(name)) for name in contract.Denominators.model_fields}
    filters = {
        "level": level,
        "year": list(asked.years),
        "agency": asked.agency,
        "district": asked.district,
        "fund_class": asked.fund_class,
        "source": list(asked.sources),
        "stage": asked.stage,
        "scope": scope,
    }
    return {
        "plan": asked.plan,
        "as_of": as_of.isoformat(),
        "recorded_at": moment.recorded_at and moment.recorded_at.isoformat().replace("+00:00", "Z"),
        "positions": moment.positions.model_dump(),
        "edition": plan.edition,
        "unit": plan.plan.currency,
        "denominator": {"name": asked.denominator, "value": sizes[asked.denominator]},
        "denominators": sizes,
        "counted_states": list(COUNTED_STATES),
        "covering_weight": f"{plan.plan.settings.covering_weight.normalize():f}",
        "filters": filters,
    }
