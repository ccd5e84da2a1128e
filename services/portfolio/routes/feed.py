"""The portfolio's journal over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.portfolio.routes.common import READ
from services.shared.journal import Feed, Journal
from services.shared.web import PREFIX, Who, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get("/journal", response_model=Feed, tags=["journal"], responses=problems(*READ))
async def portfolio_journal(
    request: Request,
    who: Who,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the first entry")] = 0,
) -> Response:
    """The feed: accepted commands in their order. Pages go up to 10,000 entries for services, 500 for others."""
    who.needs("service", "auditor", "manager")
    journal: Journal = request.app.state.journal
    page = await journal.page(after, limit if who.role == "service" else min(limit, 500), wait)
    return json_response(page.model_dump_json())
