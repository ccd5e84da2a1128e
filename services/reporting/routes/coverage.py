"""Coverage and gaps over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.reporting import operations
from services.reporting.contract import Applied, Coverage, Gaps
from services.reporting.operations import Reported
from services.reporting.routes.common import ERRORS, READERS, Question, answer, opened_for
from services.reporting.rules.formulas import with_formulas
from services.shared.tokens import InvalidToken, RoleNotAllowed
from services.shared.web import PREFIX, Who, json_response, problems

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["reports"])


async def coverage_report(request: Request, who: Who, question: Question) -> Reported:
    """The report of the query, for JSON and files alike."""
    state = await opened_for(request, who, question)
    return await operations.coverage(state.database, state.plans, who, question)


@router.get("/coverage", response_model=Coverage, responses=ERRORS)
@with_formulas("coverage")
async def coverage(found: Annotated[Reported, Depends(coverage_report)]) -> Response:
    """What of the plan is covered on a day, by how many projects and how much money."""
    return answer(found)


async def gaps_report(request: Request, who: Who, question: Question) -> Reported:
    """The report of the query, for JSON and files alike."""
    state = await opened_for(request, who, question)
    return await operations.gaps(state.database, state.plans, who, question)


@router.get("/gaps", response_model=Gaps, responses=ERRORS)
@with_formulas("gaps")
async def gaps(found: Annotated[Reported, Depends(gaps_report)]) -> Response:
    """Where money is missing: targets against the commitments of the same years and sources."""
    return answer(found)


@router.get("/positions", response_model=Applied, responses=problems(InvalidToken, RoleNotAllowed))
async def positions(request: Request, who: Who) -> Response:
    """How far the journals are applied."""
    who.needs(*READERS)
    return json_response((await operations.positions(request.app.state.database)).model_dump_json())
