"""The background task that takes the snapshots that wait in the queue, and queues those that are due."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

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
    """One worker of this process.

    It begins once reports have caught up with the journals: before, a snapshot by a schedule would be fixed at
    whatever position was reached.
    """

    def __init__(self, room: Darkroom, caught_up: asyncio.Event) -> None:
        self._room = room
        self._caught_up = caught_up
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
        await self._caught_up.wait()
        while True:
            await self._try(self._queue_scheduled)
            if await self._try(lambda: pack_next(self._room)):
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._asked.wait()
            self._asked.clear()

    async def _queue_scheduled(self) -> bool:
        while await queue_scheduled(self._room.database, self._room.plans, AGAIN_SECONDS):
            pass
        return False

    async def _try(self, work: Callable[[], Awaitable[bool]]) -> bool:
        """Whether there was something to do; what fails is logged, and tried again in its turn."""
        try:
            return await work()
        except (psycopg.Error, Unavailable) as error:
            log.warning("taker_waits", error=str(error))
        except Exception as error:
            log.error("taker_failed", exc_info=error)
        return False
