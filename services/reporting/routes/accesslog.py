"""Parts of the access log for snapshots, between the gateway and us: it carries nobody here, and the published document
of the interface does not list these routes."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.reporting import operations
from services.reporting.contract import AccessLogPart, WantedAccessLog
from services.shared.web import PREFIX, Who

router = APIRouter(prefix=f"{PREFIX}/access-log-extracts", include_in_schema=False)


@router.get("")
async def wanted_access_logs(request: Request, who: Who) -> list[WantedAccessLog]:
    """Which parts of the access log snapshots wait for."""
    who.needs("service")
    async with request.app.state.database.connection() as connection:
        return await operations.wanted_access_logs(connection)


@router.post("/{snapshot}", status_code=204)
async def give_access_log(request: Request, who: Who, snapshot: UUID, part: AccessLogPart) -> Response:
    """Entries of the part that a snapshot waits for; with the last one the work on its package begins."""
    who.needs("service")
    async with request.app.state.database.transaction() as connection:
        whole = await operations.receive_access_log(connection, snapshot, part)
    if whole:
        request.app.state.taker.asked()
    return Response(status_code=204)
