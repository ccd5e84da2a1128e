"""Refusals as the access log has them.

A caller who is verified has a name, and each of his refusals has its entry. Anybody at all can be refused without one,
as often as he likes, and the log is insert-only: an entry for each would let strangers fill it and keep those waiting
whose writes need an entry. So entries for them are drawn from a bucket, in each process its own. What comes while it is
empty is counted; a minute later, and when the gateway stops, one entry shows the first of these refusals with
`left_out`, how many there were of them up to the entry's moment, and `since`, when the first one was. Only a process
that is killed takes the count of its last minute with it.
"""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

from starlette.types import Scope

from gateway.access_log import AccessLog, Entry, entry_of
from services.shared.errors import ServiceError
from services.shared.tasks import ended
from services.shared.text import moment_text
from services.shared.tokens import Caller

AT_ONCE = 60
"""Refusals of callers who are not verified that get their entries however fast they come: what the bucket holds."""
TELL_SECONDS = 60.0
"""How long refusals without an entry are counted before an entry tells of them."""


class Refusals:
    """Writes refusals down."""

    def __init__(self, access_log: AccessLog, per_second: float) -> None:
        """`per_second`: entries that the bucket gains."""
        self._log = access_log
        self._per_second = per_second
        self._tokens = float(AT_ONCE)
        self._filled_at = time.monotonic()
        self._first: Entry | None = None
        self._left_out = 0
        self._some = asyncio.Event()
        self._teller: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell of what is left out."""
        self._teller = asyncio.create_task(self._tell_for_ever())

    async def stop(self) -> None:
        """Tell of what was left out last; the log has to be stopped after this."""
        assert self._teller is not None
        await ended(self._teller)
        self._tell()

    async def record(self, scope: Scope, error: ServiceError, caller: Caller | None, **more: str) -> None:
        """Write down that a request was refused, if that is what the error says; `caller` if it is verified."""
        if error.status not in (401, 403):
            return
        if caller is None and not self._drawn():
            self._leave_out(scope, error, **more)
            return
        await self._log.record(entry_of(scope, "refusal", error.status, caller, code=error.code, **more))

    def _drawn(self) -> bool:
        now = time.monotonic()
        self._tokens = min(AT_ONCE, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _leave_out(self, scope: Scope, error: ServiceError, **more: str) -> None:
        self._left_out += 1
        if self._first is None:
            self._first = entry_of(scope, "refusal", error.status, None, code=error.code, **more)
            self._some.set()

    async def _tell_for_ever(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(TELL_SECONDS)
            self._tell()

    def _tell(self) -> None:
        first, left_out = self._first, self._left_out
        self._first, self._left_out = None, 0
        self._some.clear()
        if first is not None:
            detail = {**first.detail, "left_out": left_out, "since": moment_text(first.at)}
            self._log.keep(replace(first, at=datetime.now(UTC), detail=detail))
