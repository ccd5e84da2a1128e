"""Parts of the access log that snapshots wait for: the gateway asks for them, and brings them page by page."""

from itertools import pairwise
from uuid import UUID

import rfc8785

from services.reporting.contract import AccessLogNotContinued, AccessLogPart, Snapshot, WantedAccessLog
from services.reporting.store import SnapshotStore
from services.shared.database import Connection


async def wanted_access_logs(connection: Connection) -> list[WantedAccessLog]:
    """Which parts are waited for, and how far each has come."""
    found = []
    for row in await SnapshotStore(connection).awaiting():
        snapshot = Snapshot.model_validate_json(row["body"])
        span = snapshot.access_log
        assert span is not None and span.until is not None, "who waits has said for what"
        found.append(WantedAccessLog(snapshot=snapshot.id, since=span.since, until=span.until, after=row["after"]))
    return found


async def receive_access_log(connection: Connection, id: UUID, part: AccessLogPart) -> bool:
    """Keep entries for a snapshot; whether it waits for no more. What it does not wait for is passed over: another
    gateway was faster. AccessLogNotContinued where these do not come after those that arrived, in their order.

    Whether one is missing and whether the chain holds is not asked here: of a log that was tampered with a snapshot has
    to hold what is left, and says so when it is verified.
    """
    store = SnapshotStore(connection)
    after = await store.locked_awaiting(id)
    if after is None:
        return True
    positions = [int(item["position"]) for item in part.items]
    if positions:
        if any(later <= earlier for earlier, later in pairwise((after, *positions))):
            raise AccessLogNotContinued(after=after)
        lines = "".join(f"{rfc8785.dumps(item).decode()}\n" for item in part.items)
        await store.add_access_log(id, positions[0], positions[-1], lines)
    if part.done:
        await store.has_access_log(id)
    return part.done
