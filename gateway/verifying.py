"""Verifying the access log: every hash of the chain is made anew, from the first entry to the last.

That takes as long as the log is long. So it has a connection of its own, that nothing else waits for; there is one
verification at a time; and one whose asker has gone ends with the page of entries that it is at.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import rfc8785

from gateway import store
from gateway.access_log import chain_hash
from gateway.store import Linked
from services.shared import accesschain
from services.shared.database import Connection, Database
from services.shared.errors import Unavailable

PAGE = 1_000


class VerificationRunning(Unavailable):
    """The access log is being verified for somebody, and it is verified once at a time: ask again in a while."""


class NobodyWaits(Exception):
    """Whoever asked for the verification has gone."""


class Verifying:
    """The verifications of one process."""

    def __init__(self, database: Database) -> None:
        """`database`: nobody else's, of one connection."""
        self._database = database
        self._lock = asyncio.Lock()

    async def verify(self, gone: Callable[[], Awaitable[bool]]) -> dict[str, Any]:
        """How many entries there are and the first position that does not hold; NobodyWaits as soon as `gone` says so,
        VerificationRunning where another one is under way."""
        if self._lock.locked():
            raise VerificationRunning(retry_after=10)
        async with self._lock, self._database.snapshot() as connection:
            return await _walked(connection, gone)


async def _walked(connection: Connection, gone: Callable[[], Awaitable[bool]]) -> dict[str, Any]:
    position, previous, entries = 0, accesschain.BEGINNING, 0
    end = await store.head(connection)
    while page := await store.entries_after(connection, position, PAGE):
        if await gone():
            raise NobodyWaits()
        broken = await asyncio.to_thread(first_broken, page, position, previous)
        if broken is not None:
            return {"entries": await store.count(connection), "intact": False, "first_broken": broken}
        entries += len(page)
        position, previous = page[-1].position, page[-1].hash
    if (position, previous) != end:
        return {"entries": entries, "intact": False, "first_broken": position + 1}
    return {"entries": entries, "intact": True, "first_broken": None}


def first_broken(page: Sequence[Linked], position: int, previous: bytes) -> int | None:
    """The first position of a page that does not continue the chain, or None."""
    for entry in page:
        position += 1
        if entry.position != position or entry.previous_hash != previous or not _holds(entry):
            return position
        previous = entry.hash
    return None


def _holds(entry: Linked) -> bool:
    try:
        return chain_hash(entry) == entry.hash
    except (ValueError, rfc8785.CanonicalizationError):  # a detail that was never ours
        return False
