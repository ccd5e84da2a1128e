"""What the catalog's routes share: who may read, what a path may hold, how a write is answered."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Header, Path, Query, Request, Response
from pydantic import BaseModel

from services.catalog.contract import UnknownEdition, UnknownPlan, as_json
from services.catalog.store import CatalogStore
from services.shared.errors import IdempotencyKeyInFlight, IdempotencyKeyReused, Malformed
from services.shared.journal import Journal
from services.shared.tokens import Caller, InvalidToken, RoleNotAllowed
from services.shared.web import answer_response
from services.shared.writes import Operation, Write, perform

READERS = ("staff", "approver", "manager", "auditor", "editor", "service")
READ = (InvalidToken, RoleNotAllowed)
WRITE = (*READ, Malformed, IdempotencyKeyReused, IdempotencyKeyInFlight)

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL's text has no NUL: what holds one names nothing."""
PlanPath = Annotated[str, Path(max_length=64, pattern=NO_NUL, examples=["shanghai-sti-13"])]
CodePath = Annotated[str, Path(max_length=64, pattern=NO_NUL)]
CodeQuery = Annotated[str | None, Query(max_length=64, pattern=NO_NUL)]
EditionQuery = Annotated[int | None, Query(ge=1, le=1_000_000)]
EditionPath = Annotated[int, Path(ge=1, le=1_000_000)]
IfNoneMatch = Annotated[str | None, Header()]


async def run(request: Request, write: Write, operation: Operation) -> Response:
    """Commit an operation, wake the sequencer, answer."""
    answer = await perform(request.app.state.database, write, operation)
    journal: Journal = request.app.state.journal
    journal.written()
    return answer_response(answer)


async def standing_edition(store: CatalogStore, who: Caller, plan: str, edition: int | None) -> dict[str, Any]:
    """An edition of a plan, or the error that says what there is not; editors see what is not published too."""
    found = await store.plan(plan, edition, drafts=who.role == "editor")
    if found is None and edition is not None and await store.plan(plan) is not None:
        raise UnknownEdition(plan=plan, edition=edition)
    if found is None:
        raise UnknownPlan(plan=plan)
    return found


async def edition_of(request: Request, who: Caller, plan: str, edition: int | None) -> dict[str, Any]:
    async with request.app.state.database.connection() as connection:
        return await standing_edition(CatalogStore(connection), who, plan, edition)


def items_page(items: Sequence[BaseModel]) -> str:
    return json.dumps({"items": [as_json(item) for item in items], "next": None}, ensure_ascii=False)
