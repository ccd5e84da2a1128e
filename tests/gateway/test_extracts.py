"""The access log handed over: what lies between two moments, in pages that continue where they broke off."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from gateway import extracts
from services.reporting.client import ReportingClient
from services.reporting.contract import AccessLogPart, WantedAccessLog
from services.shared.database import Database
from tests.gateway.conftest import Front
from tests.gateway.test_access_log import entries, write

SNAPSHOT = UUID(int=1)


class Receiver(ReportingClient):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.parts: list[tuple[list[int], bool]] = []

    async def give_access_log(self, snapshot: UUID, part: AccessLogPart) -> None:
        """A part."""
        assert snapshot == SNAPSHOT
        self.parts.append(([item["position"] for item in part.items], part.done))


async def handed(database: Database, since: datetime, until: datetime, after: int = 0) -> list[tuple[list[int], bool]]:
    """The parts that a snapshot is given."""
    receiver = Receiver()
    wanted = WantedAccessLog(snapshot=SNAPSHOT, since=since, until=until, after=after)
    await extracts.hand_over(database, receiver, wanted)
    return receiver.parts


async def test_what_lies_between_two_moments_is_handed_over_page_by_page(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracts, "PAGE", 2)
    for _ in range(5):
        await write(front)
    written: list[dict[str, Any]] = list(await entries(front))
    moments = [datetime.fromisoformat(str(entry["at"])) for entry in written]
    database: Database = front.app.state.database
    assert await handed(database, moments[0], moments[4]) == [([1, 2], False), ([3, 4], False), ([5], True)]
    assert await handed(database, moments[1], moments[3]) == [([2, 3], False), ([4], True)]
    assert await handed(database, moments[0], moments[4], after=4) == [([5], True)]
    assert await handed(database, moments[0], moments[4], after=5) == [([], True)], "only the last word was missing"
    nobody = datetime(2001, 1, 1, tzinfo=UTC)
    assert await handed(database, nobody, nobody + timedelta(days=1)) == [([], True)]
