"""The background task that forgets answers kept under idempotency keys, once nobody repeats their requests any more."""

import asyncio

import structlog

from services.shared.database import Database
from services.shared.errors import Unavailable
from services.shared.tasks import ended

KEEP_DAYS = 30
"""7 are promised."""
BATCH = 1_000
REST_SECONDS = 3600.0
_FORGET = (
    "DELETE FROM idempotency_key WHERE ctid IN (SELECT ctid FROM idempotency_key"
    " WHERE created_at < now() - make_interval(days => %s) ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED)"
)
log = structlog.get_logger()


class Forgetting:
    """One worker of this process; those of other replicas leave it what they have under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Forget in the background until `stop`."""
        self._task = asyncio.create_task(self._run(), name="forgetting")

    async def stop(self) -> None:
        """End the background work."""
        if self._task:
            await ended(self._task)

    async def _run(self) -> None:
        while True:
            try:
                while await self.forget() == BATCH:
                    pass
            except Unavailable as error:
                log.warning("forgetting_waits", error=str(error))
            except Exception as error:  # whatever it is: nothing would be forgotten any more
                log.error("forgetting_failed", exc_info=error)
            await asyncio.sleep(REST_SECONDS)

    async def forget(self) -> int:
        """Forget a batch of answers in a transaction of its own; how many they were."""
        async with self._database.transaction() as connection:
            return (await connection.execute(_FORGET, (KEEP_DAYS, BATCH))).rowcount
