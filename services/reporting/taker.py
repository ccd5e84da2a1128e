"""The background task that takes the snapshots that wait in the queue, and queues those that are due."""

import asyncio
import contextlib

import psycopg
import structlog

from services.reporting.operations.packing import Darkroom, pack_next
from services.reporting.operations.schedules import queue_scheduled
from services.shared.errors import Unavailable
from services.shared.tasks import ended

IDLE_SECONDS = 2.0
AGAIN_SECONDS = 30.0
"""How long a schedule rests between two looks at it."""
log = structlog.get_logger()


class Taker:
    """One worker of this process."""

    def __init__(self, room: Darkroom) -> None:
        self._room = room
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def asked(self) -> None:
        """Say that a snapshot waits, so that it is taken up at once."""
        self._asked.set()

    async def start(self) -> None:
        """Work in the background until `stop`."""
        self._task = asyncio.create_task(self._run(), name="taker")

    async def stop(self) -> None:
        """End the background work; a snapshot under way is taken up again by whoever starts next."""
        if self._task:
            await ended(self._task)

    async def _run(self) -> None:
        while True:
            try:
                while await queue_scheduled(self._room.database, self._room.plans, AGAIN_SECONDS):
                    pass
                if await pack_next(self._room):
                    continue
            except (psycopg.Error, Unavailable) as error:
                log.warning("taker_waits", error=str(error))
            except Exception as error:
                log.error("taker_failed", exc_info=error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._asked.wait()
            self._asked.clear()
