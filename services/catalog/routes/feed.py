"""The catalog's journal over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.catalog import operations
from services.catalog.routes.common import READ, READERS
from services.shared.comparing import JournalCheck
from services.shared.journal import Feed, Journal
from services.shared.web import PREFIX, Who, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get("/catalog/journal", response_model=Feed, tags=["journal"], responses=problems(*READ))
async def catalog_journal(
    request: Request,
    who: Who,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the first entry")] = 0,
) -> Response:
    """The feed: accepted commands in their order. Pages go up to 10,000 entries for services, 500 for others."""
    who.needs(*READERS)
    journal: Journal = request.app.state.journal
    page = await journal.page(after, limit if who.role == "service" else min(limit, 500), wait)
    return json_response(page.model_dump_json())


@router.get("/catalog/journal/check", response_model=JournalCheck, tags=["journal"], responses=problems(*READ))
async def check_catalog_journal(request: Request, who: Who) -> Response:
    """Whether every edition, node, target, vocabulary, observation and responsibility is what the journal says of it.
    All are read, in one snapshot."""
    who.needs("auditor", "manager", "editor")
    async with request.app.state.database.snapshot() as connection:
        found = await operations.check_journal(connection)
    return json_response(found.model_dump_json())
