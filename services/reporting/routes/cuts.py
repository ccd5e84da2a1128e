"""Matrix, flows and explanations over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from services.reporting import operations
from services.reporting.contract import (
    CutFigure,
    ExplainedFigure,
    Explanation,
    Flows,
    Matrix,
    MoneyFigure,
    Trend,
    TrendBy,
    UnknownLine,
)
from services.reporting.routes.common import ERRORS, READERS, Question, answer, known
from services.shared.pages import UnknownCursor, key_of
from services.shared.web import PREFIX, Who, problems

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["reports"])
AXES = "agency, district, fund_class, stage, source, year, or a level of the plan"


@router.get("/matrix", response_model=Matrix, responses=ERRORS)
async def matrix(
    request: Request,
    who: Who,
    question: Question,
    rows: Annotated[str, Query(max_length=64, description=AXES)] = "agency",
    columns: Annotated[str | None, Query(max_length=64, description=f"{AXES}; the tasks' level by default")] = None,
    figure: CutFigure = "committed",
) -> Response:
    """One figure by two things at once: agency × task (the default), or `rows=district&columns=chapter`.

    A cell is the sum over movements of amount × share of the task (largest remainder in fen), of the projects of its
    row: money adds up over rows and columns exactly. Numbers of projects are distinct, in totals too.
    """
    who.needs(*READERS)
    state = request.app.state
    await known(request, question)
    return answer(await operations.matrix(state.database, state.plans, who, question, rows, columns, figure))


@router.get("/flows", response_model=Flows, responses=ERRORS)
async def flows(request: Request, who: Who, question: Question, figure: MoneyFigure = "committed") -> Response:
    """Money from sources over classes of funds to the top nodes of the plan, as nodes and links of a Sankey diagram.

    At every stage the links add up to the total exactly.
    """
    who.needs(*READERS)
    state = request.app.state
    await known(request, question)
    return answer(await operations.flows(state.database, state.plans, who, question, figure))


@router.get("/trend", response_model=Trend, responses=ERRORS | problems(UnknownLine))
async def trend(
    request: Request,
    who: Who,
    question: Question,
    by: TrendBy = "year",
    figure: CutFigure = "committed",
    node: Annotated[str, Query(max_length=64, description="A node's code, or total")] = "total",
) -> Response:
    """A figure over time, up to `as_of`, with the shares and states in force on each day: by year or month of business,
    the cumulative figure at the end of each and how much it changed in it; by budget year, the part of the figure that
    belongs to each. Periods without any change stand in between; the values add up to the total exactly.
    """
    who.needs(*READERS)
    state = request.app.state
    await known(request, question)
    return answer(await operations.trend(state.database, state.plans, who, question, by, figure, node))


@router.get(
    "/coverage/{code}/explain", response_model=Explanation, responses=ERRORS | problems(UnknownLine, UnknownCursor)
)
async def explain(
    request: Request,
    who: Who,
    question: Question,
    code: Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$", description="A node's code, or total")],
    figure: ExplainedFigure = "committed",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """What a figure of any report is the sum of, under the same filters and clocks: project, share, amount, movement,
    and the position of the journal's entry. The amounts of all pages add up to `total` exactly.

    Of target, gap and surplus: the targets that hold, and by task target − committed, never netted.
    """
    who.needs(*READERS)
    state = request.app.state
    await known(request, question)
    after = _after(cursor)
    return answer(await operations.explain(state.database, state.plans, who, question, code, figure, after, limit))


def _after(cursor: str | None) -> tuple[UUID, UUID, str] | None:
    if cursor is None:
        return None
    project, movement, task = key_of(cursor, 3)
    try:
        return UUID(project), UUID(movement), task
    except ValueError:
        raise UnknownCursor() from None
