"""What portfolio's routes share: who may read and write, filters, how a write and a page are answered."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.portfolio import operations
from services.portfolio.contract import Project
from services.portfolio.remembered import RememberedCatalog
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.database import Database
from services.shared.errors import (
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    Malformed,
    PreconditionFailed,
    PreconditionRequired,
)
from services.shared.journal import Journal
from services.shared.pages import UnknownCursor, cursor_of, key_of
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import answer_response
from services.shared.writes import Operation, Write, perform

READERS = ("staff", "approver", "manager", "auditor", "editor", "service")
WRITERS = ("staff", "approver", "manager")
READ = (InvalidToken, RoleNotAllowed)
WRITE = (*READ, Malformed, IdempotencyKeyReused, IdempotencyKeyInFlight)
CHANGE = (PreconditionRequired, PreconditionFailed)
Cursor = Annotated[str | None, Query(max_length=500)]
Limit = Annotated[int, Query(ge=1, le=500)]
Filter = Annotated[str | None, Query(max_length=150)]


async def run(request: Request, write: Write, operation: Operation) -> Response:
    """Commit an operation, wake the sequencer, answer."""
    database: Database = request.app.state.database
    answer = await perform(database, write, operation)
    journal: Journal = request.app.state.journal
    journal.written()
    return answer_response(answer)


def catalog_of(request: Request) -> RememberedCatalog:
    """What the catalog says, remembered."""
    catalog: RememberedCatalog = request.app.state.catalog
    return catalog


async def knowledge_of(request: Request, write: Write, id: UUID) -> Knowledge:
    """What the catalog says of the plan of a project that the caller may see."""
    async with request.app.state.database.connection() as connection:
        found = await operations.visible(PortfolioStore(connection), write.caller, id)
    return await catalog_of(request).plan(Project.model_validate_json(found["body"]).plan)


def uuid_of(text: str) -> UUID:
    """The id that a cursor stands for."""
    try:
        return UUID(text)
    except ValueError:
        raise UnknownCursor() from None


def number_of(cursor: str | None) -> int:
    """The serial that a cursor stands for; 0 for the beginning."""
    if cursor is None:
        return 0
    text = key_of(cursor, 1)[0]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UnknownCursor()
    return int(text)


def page_of(found: list[dict[str, object]], limit: int) -> str:
    """Rows of (id, body), one more than asked for where there are more, as a page."""
    more = cursor_of(str(found[limit - 1]["id"])) if len(found) > limit else None
    bodies = ",".join(str(row["body"]) for row in found[:limit])
    following = f'"{more}"' if more else "null"
    return f'{{"items":[{bodies}],"next":{following}}}'
