"""The background task that looks at saved reports: month ends that are over, changes that their owners want to know."""

import asyncio

import psycopg
import structlog

from services.reporting.operations import KnownPlans, look_at_next
from services.shared.database import Database
from services.shared.errors import Unavailable
from services.shared.tasks import ended

AGAIN_SECONDS = 30.0
"""How long a saved report rests between two looks at it."""
IDLE_SECONDS = 5.0
log = structlog.get_logger()


class Watcher:
    """Looks at one report after the other; replicas share them by locking the row.

    It begins once reports have caught up with the journals: what is half followed would be told as if it were so.
    """

    def __init__(self, database: Database, plans: KnownPlans, caught_up: asyncio.Event) -> None:
        self._database = database
        self._plans = plans
        self._caught_up = caught_up
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Work in the background until `stop`."""
        self._task = asyncio.create_task(self._run(), name="watcher")

    async def stop(self) -> None:
        """End the background work."""
        if self._task:
            await ended(self._task)

    async def _run(self) -> None:
        await self._caught_up.wait()
        while True:
            try:
                while await look_at_next(self._database, self._plans, AGAIN_SECONDS):
                    pass
            except (psycopg.Error, Unavailable) as error:
                log.warning("watcher_waits", error=str(error))
            except Exception as error:
                log.error("watcher_failed", exc_info=error)
            await asyncio.sleep(IDLE_SECONDS)
