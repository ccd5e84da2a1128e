"""The importer: works on what waits in the queue, for ever, in the background of the service."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from services.portfolio.operations.imports import Workshop, work
from services.portfolio.store import ImportStore
from services.shared.errors import Unavailable
from services.shared.tasks import ended

IDLE_SECONDS = 1.0
KEEP_DAYS = 30
"""How long files and rows are kept after their import ended: they hold phone numbers."""
TIDY_SECONDS = 3600.0
log = structlog.get_logger()


class Importer:
    """One worker of this process."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self._asked = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def asked(self) -> None:
        """Say that an import waits, so that it is taken up at once."""
        self._asked.set()

    async def start(self) -> None:
        """Work in the background until `stop`."""
        self._tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._tidy())]

    async def stop(self) -> None:
        """End the background work; an import under way is taken up again by whoever starts next."""
        await ended(*self._tasks)

    async def _work(self) -> None:
        while True:
            if await self._try("importer_waits", lambda: work(self.shop)):
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await self._asked.wait()
            self._asked.clear()

    async def _tidy(self) -> None:
        while True:
            await self._try("importer_does_not_tidy", self._forget_files)
            await asyncio.sleep(TIDY_SECONDS)

    async def _forget_files(self) -> bool:
        async with self.shop.database.transaction() as connection:
            await ImportStore(connection).forget_files(KEEP_DAYS)
        return True

    async def _try(self, complaint: str, task: Callable[[], Awaitable[bool]]) -> bool:
        """Whether there was something to do; what fails is logged, and tried again in its turn."""
        try:
            return await task()
        except Unavailable as error:
            log.warning(complaint, error=str(error))
        except Exception as error:
            log.error(complaint, exc_info=error)
        return False
