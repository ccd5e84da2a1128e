"""Rebuilding: forget what was followed and follow it again, summed up once at the end instead of step by step."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

from services.reporting.contract import Positions
from services.reporting.operations.following import (
    JOURNALS,
    Feeds,
    JournalName,
    KnownPlans,
    applied_of,
    apply,
    opened_feeds,
)
from services.reporting.rules.changes import Changes, Plans
from services.reporting.rules.leads import LeadKey, Spans, spans_of, totals_below
from services.reporting.settings import Settings
from services.reporting.store import FollowStore, ReportStore
from services.reporting.store.summing import SummingStore
from services.shared.database import Connection, Database
from services.shared.errors import ServiceUnreachable, UnexpectedAnswer
from services.shared.journal import Feed

PAUSES = (0.5, 1, 2, 4, 8)
"""Seconds between attempts to read a page."""
SPANS = 20_000
"""Spans of leads that are written at a time."""


class Step(NamedTuple):
    """How far a rebuild has come: entries of both journals applied of all, and the seconds that it took so far."""

    entries: int
    of: int
    seconds: float


Told = Callable[[Step], None]


def nobody(_: Step) -> None:
    """Nobody wants to be told."""


async def rebuild(settings: Settings, told: Told = nobody) -> Positions:
    """Forget what was followed and follow it again from the beginning, up to where it stood; where nothing was followed
    yet, as after a migration that made room, up to the end of the journals.

    All in one transaction: readers see what was, until what comes is whole. `told` hears of every page.
    """
    database = Database(settings.database_url, "reporting")
    await database.open()
    try:
        async with opened_feeds(settings) as feeds, database.transaction() as connection:
            return await rebuild_within(connection, feeds, told)
    finally:
        await database.close()


async def rebuild_within(connection: Connection, feeds: Feeds, told: Told = nobody) -> Positions:
    """Rebuild within a transaction."""
    store, summing, plans = FollowStore(connection), SummingStore(connection), KnownPlans()
    goal = {journal: await store.locked_position(journal) for journal in JOURNALS}
    await store.clear()
    await summing.open()

    async def put_aside(_: FollowStore, __: Plans, changes: Changes) -> None:
        await summing.add_counts(changes.counts())

    started, done = perf_counter(), 0
    for journal in JOURNALS:
        position = 0
        while position < goal[journal] or not goal[journal]:
            feed = await _page(feeds, journal, position)
            if goal[journal]:
                feed = _up_to(goal[journal], feed)
            if not feed.items:
                break
            await apply(connection, plans, journal, position, feed, put_aside)
            position, done = feed.next, done + len(feed.items)
            told(Step(done, max(done, sum(goal.values())), perf_counter() - started))
    await summing.sum_up()
    await _sum_up_leads(summing, await plans.at(connection))
    await summing.sum_up_all()
    return applied_of(await ReportStore(connection).progress()).positions


async def _page(feeds: Feeds, journal: JournalName, after: int) -> Feed:
    """A page, asked for again where the journal is out of reach for a while: giving up would cost all that was done.

    The pauses stay below the time after which PostgreSQL ends a transaction that does nothing.
    """
    for pause in PAUSES:
        try:
            return await feeds.page(journal, after)
        except (ServiceUnreachable, UnexpectedAnswer):
            await asyncio.sleep(pause)
    return await feeds.page(journal, after)


def _up_to(goal: int, feed: Feed) -> Feed:
    """The part of a page that was followed before: what comes after may be of a plan that only a later page brings."""
    beyond = feed.next - goal
    if beyond <= 0:
        return feed
    items = feed.items[:-beyond]
    return Feed(items=items, next=goal, known_through=items[-1].recorded_at)


async def _sum_up_leads(summing: SummingStore, plans: Plans) -> None:
    """The spans of all leads, and how they change the numbers of leads, so many at a time."""
    spans: dict[LeadKey, Spans] = {}
    async for lead, projects in summing.leads():
        totals = totals_below(projects, plans.shape(*lead[:2]))
        spans |= {LeadKey(*lead, node): days for node, steps in totals.items() if (days := spans_of(steps))}
        if len(spans) > SPANS:
            await summing.add_leads(spans)
            spans = {}
    await summing.add_leads(spans)
