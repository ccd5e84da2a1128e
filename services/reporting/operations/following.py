"""Following the journals: a page is applied in one transaction, once, in order, by whichever replica has it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, get_args

import httpx

from services.catalog.client import CatalogClient
from services.portfolio.client import PortfolioClient
from services.reporting.contract import Applied, Positions
from services.reporting.rules.alterations import alteration_of
from services.reporting.rules.cells import add_leads, cells
from services.reporting.rules.changes import FOR_EVER, Changes, Held, PlanNotKnownYet, Plans
from services.reporting.rules.coverage import Target
from services.reporting.rules.facts import Movement, movement_of
from services.reporting.rules.leads import (
    LeadKey,
    Spans,
    Steps,
    changes_of,
    only_more,
    spans_of,
    steps_by_lead,
    totals_below,
)
from services.reporting.rules.restating import Editions
from services.reporting.rules.shape import Shape, shape_of
from services.reporting.settings import Settings
from services.reporting.store import EarlierStore, FollowStore, ReportStore
from services.reporting.store import dump as dump
from services.reporting.store.following import LeadOf, SomebodyFollows
from services.shared.database import Connection, Database, Row
from services.shared.errors import ServiceUnreachable, UnexpectedAnswer
from services.shared.journal import Entry, Feed
from services.shared.log import Consistency
from services.shared.money import in_fen
from services.shared.tokens import Signer

PAGE = 2_000
BREATH = 100
"""After so many entries other work gets its turn."""
JournalName = Literal["catalog", "portfolio"]
JOURNALS: tuple[JournalName, ...] = get_args(JournalName)
"""In the order in which they are applied: plans before the projects under them."""


class Followed(Protocol):
    """A journal that can be followed."""

    async def journal(self, after: int, limit: int = 500, wait: float = 0) -> Feed:
        """A page of the feed."""
        ...

    async def checkpoint(self, size: int | None = None) -> str:
        """The signed note over the first so many entries."""
        ...

    async def consistency_proof(self, old: int, new: int | None = None) -> Consistency:
        """That the later journal begins with the whole earlier one."""
        ...


@dataclass(frozen=True)
class Feeds:
    """The two journals."""

    catalog: Followed
    portfolio: Followed

    async def page(self, journal: JournalName, after: int, wait: float = 0) -> Feed:
        """A page of one of them."""
        followed = self.catalog if journal == "catalog" else self.portfolio
        return await followed.journal(after, PAGE, wait)


@dataclass
class KnownPlans:
    """The editions in a database. A published edition never changes: each document is read once."""

    _shapes: dict[tuple[str, int], Shape] = field(default_factory=dict)
    _together: dict[tuple[str, tuple[int, ...]], Editions] = field(default_factory=dict)

    async def at(self, connection: Connection, position: int = FOR_EVER) -> Plans:
        """The editions known at a position of the catalog's journal."""
        store = FollowStore(connection)
        shapes: dict[str, dict[int, Shape]] = {}
        for slug, edition, known_from in await store.editions():
            if known_from > position:
                continue
            known = self._shapes.get((slug, edition))
            if known is None:
                known = self._shapes[slug, edition] = shape_of(**await store.edition(slug, edition))
            shapes.setdefault(slug, {})[edition] = known
        return Plans({slug: self._editions(slug, found) for slug, found in shapes.items()})

    def _editions(self, slug: str, shapes: dict[int, Shape]) -> Editions:
        """The mappings between editions are made once for all who ask."""
        key = slug, tuple(shapes)
        known = self._together.get(key)
        if known is None:
            known = self._together[key] = Editions(shapes)
        return known


SumUp = Callable[[FollowStore, Plans, Changes], Awaitable[None]]
"""What is done with what a page changes, once its facts are written."""


async def apply_page(
    database: Database, plans: KnownPlans, journal: JournalName, after: int, feed: Feed, patience: float = 0
) -> bool:
    """Apply the page that follows a position; False where another replica was faster. `patience` are the seconds to
    wait for who applies one at the moment, then SomebodyFollows; 0 is for ever."""
    async with database.transaction() as connection:
        await FollowStore(connection).be_patient(patience)
        applied = await apply(connection, plans, journal, after, feed, _sum_up)
        if applied and journal == "portfolio" and feed.items:
            await EarlierStore(connection).keep(feed.next)
        return applied


async def apply(
    connection: Connection, plans: KnownPlans, journal: JournalName, after: int, feed: Feed, sum_up: SumUp
) -> bool:
    """Apply a page within a transaction."""
    store = FollowStore(connection)
    if await store.locked_position(journal) != after:
        return False
    if feed.items:
        assert feed.items[0].position == after + 1 and feed.next == after + len(feed.items), "a journal has no gaps"
        if journal == "catalog":
            for entry in feed.items:
                await _apply_catalog(connection, plans, entry, sum_up)
        else:
            await _apply_portfolio(store, await plans.at(connection), feed.items, sum_up)
    await store.advance(journal, feed.next, feed.known_through, [(e.position, e.recorded_at) for e in feed.items])
    return True


async def _apply_catalog(connection: Connection, plans: KnownPlans, entry: Entry, sum_up: SumUp) -> None:
    store = FollowStore(connection)
    body = json.loads(entry.body)
    after = body["after"]
    if body["kind"] in ("plan_published", "edition_published"):
        slug = after["plan"]["slug"]
        await store.add_edition(slug, edition_of(after), entry.position)
        await _restate(store, await plans.at(connection), slug, after["edition"], sum_up)
    elif body["kind"] == "vocabulary_set":
        vocabulary = after["vocabulary"]
        titles = {term["code"]: term["title"] for term in vocabulary["terms"]}
        await store.set_terms(vocabulary["code"], titles, entry.position)
    elif body["kind"] == "target_set":
        target = after["target"]
        valid = target.get("valid_from"), target.get("valid_to")
        await store.set_target(target["plan"], target_of(target), valid, target["source_document"], entry.position)
    elif body["kind"] == "observation_recorded":
        seen = after["observation"]
        document = json.dumps(seen, ensure_ascii=False, sort_keys=True)
        await store.add_observation(seen["plan"], seen["indicator"], seen["serial"], document, entry.position)


def edition_of(after: Mapping[str, Any]) -> dict[str, Any]:
    """An edition as it is kept, from its entry. One without a crosswalk follows the edition with the number before."""
    number = after["edition"]
    return {
        "edition": number,
        "document": json.dumps(after["plan"], ensure_ascii=False),
        "previous": after.get("previous", number - 1 if number > 1 else None),
        "effective_from": after.get("effective_from"),
        "crosswalk": json.dumps(after.get("crosswalk", {}).get("rows", []), ensure_ascii=False),
    }


def target_of(target: Mapping[str, Any]) -> Target:
    """A target as reports need it, from its wire form."""
    fen = in_fen(Decimal(target["amount"]))
    return Target(target["node"], target["year"], frozenset(target["sources"]), fen, target["edition"])


async def _restate(store: FollowStore, plans: Plans, slug: str, edition: int, sum_up: SumUp) -> None:
    """State everything that is known of a plan's projects in an edition that comes to be known, as if it had been known
    from the first entry on: so facts depend on the positions alone, not on which journal was followed first."""
    only = Plans(plans.known, edition)
    async for ids in store.project_ids(slug):
        movements = await store.movements(ids)
        changes = Changes(only, ())
        for id, position, text in await store.versions(ids, current=False):
            posted = [movement for at, movement in movements.get(id, ()) if at == position]
            for at, movement in _waiting(movements.get(id, ()), changes, id, position):
                changes.movement(at, id, movement)
            changes.project(position, json.loads(text), posted)
        for id in ids:
            for at, movement in _waiting(movements.get(id, ()), changes, id, FOR_EVER):
                changes.movement(at, id, movement)
        await _write_facts(store, plans, changes, sum_up)


def _waiting(
    movements: Sequence[tuple[int, Movement]], changes: Changes, id: str, position: int
) -> list[tuple[int, Movement]]:
    """The movements of a project that come before a position and were not entered yet."""
    known = changes.held[id].movements if id in changes.held else {}
    return [(at, movement) for at, movement in movements if at < position and movement.id not in known]


async def _held(store: FollowStore, plans: Plans, ids: Sequence[str]) -> list[Held]:
    movements = await store.movements(ids)
    found = []
    for id, known_from, text in await store.versions(ids, current=True):
        document = json.loads(text)
        ledger = {movement.id: movement for _, movement in movements.get(id, ())}
        found.append(Held(id, document, known_from, plans.views(id, document), ledger))
    return found


async def _apply_portfolio(store: FollowStore, plans: Plans, entries: Sequence[Entry], sum_up: SumUp) -> None:
    bodies = [(entry.position, json.loads(entry.body)) for entry in entries]
    touched = {id for _, body in bodies if (id := _project_id(body)) is not None}
    changes = Changes(plans, await _held(store, plans, sorted(touched)) if touched else [])
    for place, (position, body) in enumerate(bodies):
        after = body["after"]
        if "project" in after:
            changes.project(position, after["project"], [movement_of(one) for one in after.get("posted", ())])
        elif "movement" in after:
            changes.movement(position, str(after["movement"]["project"]), movement_of(after["movement"]))
        elif "agency" in after:
            await store.set_agency(after["agency"], position)
        elif "relation" in after:
            said = after["relation"]
            await store.add_relation(said["project"], said["other"], said["kind"], position)
        if place % BREATH == BREATH - 1:
            await asyncio.sleep(0)
    await store.outdate(changes.outdated)
    await store.add_versions([*changes.versions, *changes.standing()])
    await store.add_movements(changes.new_movements)
    await store.add_alterations([found for at, body in bodies if (found := alteration_of(at, body)) is not None])
    await _write_facts(store, plans, changes, sum_up)


def _project_id(body: dict[str, Any]) -> str | None:
    after = body["after"]
    if "project" in after:
        return str(after["project"]["id"])
    return str(after["movement"]["project"]) if "movement" in after else None


async def _write_facts(store: FollowStore, plans: Plans, changes: Changes, sum_up: SumUp) -> None:
    await store.close_facts(changes.closed)
    await store.add_facts(changes.ended)
    await store.add_facts((standing, known_from, FOR_EVER) for standing, known_from in changes.opened.items())
    await asyncio.sleep(0)
    await sum_up(store, plans, changes)


async def _sum_up(store: FollowStore, plans: Plans, changes: Changes) -> None:
    """Add what a page changes to all cells, and the distinct leads that follow from it."""
    deltas = changes.deltas()
    await store.add_fine_cells(deltas)
    found = cells(deltas)
    shapes = {(cut.plan, cut.edition): plans.shape(cut.plan, cut.edition) for cut in {point.cut for point in deltas}}
    steps = steps_by_lead(deltas, shapes)
    if steps:
        known = await store.lead_spans(list(steps))
        after = await _lead_spans(store, plans, known, steps)
        for key, days in after.items():
            add_leads(found, changes_of(key, known.get(key, ()), days))
        await store.save_lead_spans(after)
    await store.add_cells(found)


async def _lead_spans(
    store: FollowStore, plans: Plans, known: Mapping[LeadKey, Spans], steps: Mapping[LeadKey, Steps]
) -> dict[LeadKey, Spans]:
    """The spans of the leads that change; those of leads that lose a project are found from all their projects."""
    found: dict[LeadKey, Spans] = {}
    losing: dict[LeadOf, list[LeadKey]] = {}
    for key, changed in steps.items():
        days = only_more(known.get(key, ()), changed)
        if days is None:
            losing.setdefault(key[:7], []).append(key)
        elif days != known.get(key):
            found[key] = days
    if losing:
        projects = await store.projects_of_leads(list(losing))
        for lead, keys in losing.items():
            totals = totals_below(projects.get(lead, ()), plans.shape(*lead[:2]))
            found |= {key: spans_of(totals.get(key.node, ())) for key in keys}
    return found


async def follow_once(
    database: Database, plans: KnownPlans, feeds: Feeds, journal: JournalName, wait: float = 0, patience: float = 0
) -> bool:
    """Ask a journal for the page after what is applied, and apply it; whether its end was reached. `patience` as of
    apply_page."""
    async with database.connection() as connection:
        after = int((await ReportStore(connection).progress())[journal])
    feed = await feeds.page(journal, after, wait)
    try:
        applied = await apply_page(database, plans, journal, after, feed, patience)
    except PlanNotKnownYet:
        await follow_once(database, plans, feeds, "catalog", 0, patience)
        return False
    return applied and len(feed.items) < PAGE


async def catch_up(database: Database, plans: KnownPlans, feeds: Feeds, moment: datetime, seconds: float = 2.0) -> bool:
    """Follow until everything recorded up to a moment is applied; False if that took too long."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        applied = await positions(database)
        if applied.known_through is not None and applied.known_through >= moment:
            return True
        if asyncio.get_running_loop().time() > deadline:
            return False
        for journal in JOURNALS:
            # Whoever asked is told that it is not known yet; that a journal is out of reach is the follower's to log. A
            # rebuild holds the lock for as long as it works: nobody waits for that with a connection in hand.
            with suppress(ServiceUnreachable, UnexpectedAnswer, SomebodyFollows):
                await follow_once(database, plans, feeds, journal, 0, seconds / 4)
        await asyncio.sleep(0.05)


async def positions(database: Database) -> Applied:
    """How far the journals were followed."""
    async with database.connection() as connection:
        return applied_of(await ReportStore(connection).progress())


def applied_of(progress: Row) -> Applied:
    """The row of progress as the wire has it."""
    recorded = [moment for name in JOURNALS if (moment := progress[f"{name}_recorded_at"]) is not None]
    known = [progress[f"{name}_known_through"] for name in JOURNALS]
    return Applied(
        positions=Positions(catalog=progress["catalog"], portfolio=progress["portfolio"]),
        recorded_at=max(recorded, default=None),
        known_through=None if None in known else min(known),
    )


@asynccontextmanager
async def opened_feeds(settings: Settings) -> AsyncIterator[Feeds]:
    """The two journals over HTTP."""
    signer = Signer("reporting", settings.signing_key)
    async with (
        httpx.AsyncClient(base_url=settings.catalog_url, trust_env=False) as catalog,
        httpx.AsyncClient(base_url=settings.portfolio_url, trust_env=False) as portfolio,
    ):
        yield Feeds(CatalogClient(catalog, signer=signer), PortfolioClient(portfolio, signer=signer))
