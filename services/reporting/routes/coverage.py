"""Coverage and gaps over HTTP."""

from fastapi import APIRouter, Request, Response

from services.reporting import operations
from services.reporting.contract import Applied, Coverage, Gaps
from services.reporting.routes.common import ERRORS, READERS, Question, answer, known
from services.reporting.rules.formulas import with_formulas
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, Who, json_response, problems

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["reports"])


@router.get("/coverage", response_model=Coverage, responses=ERRORS)
@with_formulas("coverage")
async def coverage(request: Request, who: Who, question: Question) -> Response:
    """What of the plan is covered on a day, by how many projects and how much money."""
    who.needs(*READERS)
    state = request.app.state
    await known(request, question)
    return answer(await operations.coverage(state.database, state.plans, who, question))


@router.get("/gaps", response_model=Gaps, responses=ERRORS)
@with_formulas("gaps")
async def gaps(request: Request, who: Who, question: Question) -> Response:
    """Where money is missing: targets against the commitments of the same years and sources."""
    who.needs(*READERS)
    state = request.app.state
    await known(request, question)
    return answer(await operations.gaps(state.database, state.plans, who, question))


@router.get("/positions", response_model=Applied, responses=problems(InvalidToken, RoleNotAllowed))
async def positions(request: Request, who: Who) -> Response:
    """How far the journals are applied."""
    who.needs(*READERS)
    return json_response((await operations.positions(request.app.state.database)).model_dump_json())
