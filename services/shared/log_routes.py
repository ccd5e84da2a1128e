"""The transparency log over HTTP: one form for catalog and portfolio."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.shared.database import DatabaseUnavailable
from services.shared.errors import Malformed
from services.shared.log import (
    Consistency,
    Inclusion,
    Log,
    NotYetSequenced,
    SizesReversed,
    TreeBehind,
    UnknownPosition,
)
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, Who, json_response, problems

REFUSALS = (InvalidToken, RoleNotAllowed, Malformed, NotYetSequenced, TreeBehind, DatabaseUnavailable)
MOST = 2**53
Size = Annotated[int | None, Query(ge=0, le=MOST, description="Entries counted in; by default all there are")]


def log_routes(service: str, journal: str, readers: tuple[str, ...]) -> APIRouter:
    """The routes below a journal's path; the application keeps its Log in `state.log`."""
    router = APIRouter(prefix=PREFIX + journal, tags=["journal"])

    @router.get(
        "/checkpoint",
        name=f"{service}_checkpoint",
        response_class=PlainTextResponse,
        responses=problems(*REFUSALS)
        | {200: {"description": "A C2SP tlog-checkpoint: origin, size, root, signatures"}},
    )
    async def checkpoint(request: Request, who: Who, size: Size = None) -> Response:
        """The journal's size and root (RFC 6962), signed by its log key: a C2SP signed note."""
        who.needs(*readers)
        log: Log = request.app.state.log
        return PlainTextResponse(await log.checkpoint(size))

    @router.get(
        "/proofs/inclusion",
        name=f"{service}_inclusion_proof",
        response_model=Inclusion,
        responses=problems(*REFUSALS, UnknownPosition),
    )
    async def inclusion(
        request: Request, who: Who, position: Annotated[int, Query(ge=1, le=MOST)], size: Size = None
    ) -> Response:
        """The proof that an entry stands at its position under the root of a checkpoint."""
        who.needs(*readers)
        log: Log = request.app.state.log
        return json_response((await log.inclusion(position, size)).model_dump_json())

    @router.get(
        "/proofs/consistency",
        name=f"{service}_consistency_proof",
        response_model=Consistency,
        responses=problems(*REFUSALS, SizesReversed),
    )
    async def consistency(
        request: Request,
        who: Who,
        old: Annotated[int, Query(ge=0, le=MOST, alias="from", description="Size of the earlier checkpoint")],
        new: Annotated[
            int | None, Query(ge=0, le=MOST, alias="to", description="Of the later one; by default now")
        ] = None,
    ) -> Response:
        """The proof that the journal of a later checkpoint begins with the whole journal of an earlier one."""
        who.needs(*readers)
        log: Log = request.app.state.log
        return json_response((await log.consistency(old, new)).model_dump_json())

    return router
