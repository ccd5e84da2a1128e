"""Movements of money over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.portfolio import operations
from services.portfolio.contract import InvalidMovement, Movement, NewMovement, ProjectVoid, UnknownProject
from services.portfolio.routes.common import (
    READ,
    READERS,
    WRITE,
    WRITERS,
    Cursor,
    Limit,
    knowledge_of,
    page_of,
    run,
    uuid_of,
)
from services.portfolio.store import PortfolioStore
from services.shared.pages import Page, UnknownCursor, key_of
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.post(
    "/projects/{id}/movements",
    status_code=201,
    response_model=Movement,
    tags=["movements"],
    responses=problems(*WRITE, InvalidMovement, UnknownProject, ProjectVoid),
)
async def record_movement(request: Request, write: Writing, id: UUID, movement: NewMovement) -> Response:
    """Enter a movement of money; nothing is edited, a negative amount corrects."""
    write.caller.needs(*WRITERS)
    knowledge = await knowledge_of(request, write, id)
    return await run(request, write, lambda c: operations.record_movement(c, write, id, movement, knowledge))


@router.get(
    "/projects/{id}/movements",
    response_model=Page[Movement],
    tags=["movements"],
    responses=problems(*READ, UnknownProject, UnknownCursor),
)
async def movements(request: Request, who: Who, id: UUID, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """The ledger of a project, in the order of its entries."""
    who.needs(*READERS)
    after = uuid_of(key_of(cursor, 1)[0]) if cursor else None
    async with request.app.state.database.connection() as connection:
        store = PortfolioStore(connection)
        await operations.visible(store, who, id)
        found = await store.movements(id, after, limit + 1)
    return json_response(page_of(found, limit))
