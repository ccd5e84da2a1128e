"""The access log handed over: what lies between two moments, in pages that continue where they broke off."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from structlog.testing import capture_logs

from gateway import extracts
from services.reporting.client import ReportingClient
from services.reporting.contract import AccessLogPart, WantedAccessLog
from services.shared.database import Database
from services.shared.errors import UnexpectedAnswer
from tests.gateway.conftest import Front
from tests.gateway.test_access_log import entries, write

SNAPSHOT = UUID(int=1)


class Receiver(ReportingClient):
    """Keeps what it is given; snapshots wait as it is told, and it refuses the parts of some."""

    def __init__(self, *waiting: WantedAccessLog, refused: UUID | None = None) -> None:
        self.waiting = list(waiting)
        self.refused = refused
        self.parts: list[tuple[list[int], bool]] = []

    async def wanted_access_logs(self) -> list[WantedAccessLog]:
        """Who waits."""
        return self.waiting

    async def give_access_log(self, snapshot: UUID, part: AccessLogPart) -> None:
        """A part."""
        if snapshot == self.refused:
            raise UnexpectedAnswer(service="reporting")
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


async def test_of_a_log_with_gaps_nothing_after_the_last_moment_is_handed_over(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(7):
        await write(front)
    moments = [datetime.fromisoformat(str(entry["at"])) for entry in await entries(front)]
    with psycopg.connect(front.admin_url, autocommit=True) as owner:
        owner.execute("DELETE FROM gateway.access_entry WHERE position IN (2, 3)")
    database: Database = front.app.state.database
    assert await handed(database, moments[0], moments[4]) == [([1, 4, 5], True)]
    monkeypatch.setattr(extracts, "PAGE", 2)
    assert await handed(database, moments[0], moments[4]) == [([1, 4], False), ([5], True)]


async def test_a_snapshot_that_takes_nothing_keeps_no_other_one_waiting(front: Front) -> None:
    await write(front)
    moment = datetime.fromisoformat(str((await entries(front))[0]["at"]))
    stuck, other = (WantedAccessLog(snapshot=id, since=moment, until=moment, after=0) for id in (UUID(int=2), SNAPSHOT))
    receiver = Receiver(stuck, other, refused=UUID(int=2))
    database: Database = front.app.state.database
    with capture_logs() as logs:
        failed = await extracts.look(database, receiver, set())
        assert failed == {UUID(int=2)}
        assert receiver.parts == [([1], True)]
        assert await extracts.look(database, receiver, failed) == failed
    told = [line["snapshot"] for line in logs if line["event"] == "access_log_not_handed_over"]
    assert told == [str(UUID(int=2))], "told of once, by its name"
