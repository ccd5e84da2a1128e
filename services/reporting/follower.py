"""The background task that follows both journals; of several replicas one at a time does."""

import asyncio

import psycopg
import structlog
from psycopg import AsyncConnection

from services.reporting.operations.following import JOURNALS, Feeds, JournalName, KnownPlans, follow_once
from services.shared.database import Database, DatabaseUnavailable
from services.shared.errors import ServiceError, Unavailable
from services.shared.tasks import ended

LEADERSHIP = 0x6B6570616E
"""The number of the session lock that the following replica holds."""
WAIT = 10.0
log = structlog.get_logger()


class NotCaughtUp(Unavailable):
    """The reports have not caught up with the journals since the start."""


class Follower:
    """Follows while it leads; another replica takes over when its session ends.

    Leading saves work, it is not what keeps pages from being applied twice: that is the position, under its row lock.
    """

    def __init__(self, database: Database, plans: KnownPlans, feeds: Feeds) -> None:
        self._database = database
        self._plans = plans
        self._feeds = feeds
        self._task: asyncio.Task[None] | None = None
        self._reached: set[JournalName] = set()
        self.caught_up = asyncio.Event()
        """The end of both journals was reached once since the start: before, reports say what was true long ago."""

    async def start(self) -> None:
        """Follow in the background until `stop`."""
        self._task = asyncio.create_task(self._run(), name="follower")

    async def stop(self) -> None:
        """End the background work."""
        if self._task:
            await ended(self._task)

    def check_caught_up(self) -> None:
        """Refuse until the end of both journals was reached once."""
        if not self.caught_up.is_set():
            raise NotCaughtUp()

    async def _run(self) -> None:
        while True:
            try:
                await self._lead_or_wait()
            except (psycopg.Error, DatabaseUnavailable, ServiceError) as error:
                log.warning("follower_waits", error=str(error))
            except Exception as error:
                log.error("follower_failed", exc_info=error)
            await asyncio.sleep(0.5)

    async def _lead_or_wait(self) -> None:
        session = await AsyncConnection.connect(
            self._database.url, autocommit=True, application_name="reporting follower"
        )
        async with session:
            found = await (await session.execute("SELECT pg_try_advisory_lock(%s)", (LEADERSHIP,))).fetchone()
            if found is not None and found[0]:
                await self._follow(session)
            elif not self.caught_up.is_set():
                await self._catch_up()

    async def _catch_up(self) -> None:
        """Another replica leads: see once that the end was reached."""
        for journal in JOURNALS:
            if await follow_once(self._database, self._plans, self._feeds, journal):
                self._reach(journal)

    def _reach(self, journal: JournalName) -> None:
        self._reached.add(journal)
        if len(self._reached) == len(JOURNALS):
            self.caught_up.set()

    async def _follow(self, session: AsyncConnection[tuple[object, ...]]) -> None:
        """Follow both journals at once until anything fails, or the session that leads is lost."""
        tasks = [asyncio.create_task(self._follow_one(journal)) for journal in JOURNALS]
        tasks.append(asyncio.create_task(self._hold(session)))
        try:
            await asyncio.gather(*tasks)
        finally:
            await ended(*tasks)

    async def _follow_one(self, journal: JournalName) -> None:
        while True:
            wait = WAIT if journal in self._reached else 0
            if await follow_once(self._database, self._plans, self._feeds, journal, wait):
                self._reach(journal)
            else:
                await asyncio.sleep(0.02)

    async def _hold(self, session: AsyncConnection[tuple[object, ...]]) -> None:
        while True:
            await asyncio.sleep(2)
            await session.execute("SELECT 1")
