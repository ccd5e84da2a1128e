"""Matrix, flows, trend, comparisons and explanations over HTTP.

Of each report a function answers what its query asks; JSON (here) and files (`routes/files.py`) depend on it, so that
both take the very same parameters.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.reporting import operations
from services.reporting.contract import (
    Comparison,
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
from services.reporting.operations import Reported
from services.reporting.routes.common import (
    ERRORS,
    READERS,
    REFUSALS,
    Question,
    answer,
    in_utc,
    known,
    opened_for,
    project_id,
)
from services.reporting.rules.formulas import with_formulas
from services.shared.errors import Malformed
from services.shared.pages import UnknownCursor
from services.shared.web import PREFIX, Who, problems

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["reports"])
AXES = "agency, district, fund_class, stage, source, year, or a level of the plan"
MOST_MOVED = 100_000
"""Projects of a comparison that is written whole, as a file."""
NodeCode = Annotated[str, Query(max_length=64, description="A node's code, or total")]
Cursor = Annotated[str | None, Query(max_length=400)]
Limit = Annotated[int, Query(ge=1, le=500)]


async def matrix_report(
    request: Request,
    who: Who,
    question: Question,
    rows: Annotated[str, Query(max_length=64, description=AXES)] = "agency",
    columns: Annotated[str | None, Query(max_length=64, description=f"{AXES}; the tasks' level by default")] = None,
    figure: CutFigure = "committed",
) -> Reported:
    """The matrix of the query."""
    state = await opened_for(request, who, question)
    return await operations.matrix(state.database, state.plans, who, question, rows, columns, figure)


@router.get("/matrix", response_model=Matrix, responses=ERRORS)
@with_formulas("matrix")
async def matrix(found: Annotated[Reported, Depends(matrix_report)]) -> Response:
    """One figure by two things at once: agency × task (the default), or `rows=district&columns=chapter`.

    A cell is the sum over movements of amount × share of the task (largest remainder in fen), of the projects of its
    row: money adds up over rows and columns exactly. Numbers of projects are distinct, in totals too.
    """
    return answer(found)


async def flows_report(request: Request, who: Who, question: Question, figure: MoneyFigure = "committed") -> Reported:
    """The flows of the query."""
    state = await opened_for(request, who, question)
    return await operations.flows(state.database, state.plans, who, question, figure)


@router.get("/flows", response_model=Flows, responses=ERRORS)
@with_formulas("flows")
async def flows(found: Annotated[Reported, Depends(flows_report)]) -> Response:
    """Money from sources over classes of funds to the top nodes of the plan, as nodes and links of a Sankey diagram.

    At every stage the links add up to the total exactly.
    """
    return answer(found)


async def trend_report(
    request: Request,
    who: Who,
    question: Question,
    by: TrendBy = "year",
    figure: CutFigure = "committed",
    node: NodeCode = "total",
) -> Reported:
    """The trend of the query."""
    state = await opened_for(request, who, question)
    return await operations.trend(state.database, state.plans, who, question, by, figure, node)


@router.get("/trend", response_model=Trend, responses=problems(*REFUSALS, UnknownLine))
@with_formulas("trend")
async def trend(found: Annotated[Reported, Depends(trend_report)]) -> Response:
    """A figure over time, up to `as_of`, with the shares and states in force on each day: by year or month of business,
    the cumulative figure at the end of each and how much it changed in it; by budget year, the part of the figure that
    belongs to each. Periods without any change stand in between; the values add up to the total exactly.
    """
    return answer(found)


def earlier_side(
    from_as_of: Annotated[
        date | None, Query(description="Business date of the earlier side; that of the later side by default")
    ] = None,
    from_recorded_at: Annotated[
        datetime | None, Query(description="What was known then, on the earlier side; as the later side by default")
    ] = None,
) -> tuple[date | None, datetime | None]:
    """The two clocks of the earlier side."""
    from_recorded_at = in_utc("from_recorded_at", from_recorded_at)
    if from_as_of is None and from_recorded_at is None:
        detail = "a comparison needs an earlier side: give from_as_of, from_recorded_at, or both"
        raise Malformed(errors=[{"pointer": "query/from_as_of", "code": "missing", "detail": detail}])
    return from_as_of, from_recorded_at


Earlier = Annotated[tuple[date | None, datetime | None], Depends(earlier_side)]
MovedNode = Annotated[str, Query(max_length=64, description="What `moved` is about: a node's code, or total")]


@router.get("/compare", response_model=Comparison, responses=problems(*REFUSALS, UnknownLine, UnknownCursor))
@with_formulas("compare")
async def compare(
    request: Request,
    who: Who,
    question: Question,
    earlier: Earlier,
    node: MovedNode = "total",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """What moved between two moments, and by which projects and journal entries. Each side has its two clocks: `as_of`
    and `recorded_at` those of the later one, `from_…` those of the earlier one.

    Both sides are stated in the same edition, by default the one in force on the later side's day. difference = later −
    earlier, for the totals, for every node of the level, and in `moved` for every project: those of all its pages
    add up to the difference of the totals (of the node that `node` names) exactly.

    `entries` are the entries by which the differing facts came to be known or ceased to be between the two positions;
    where only the days differ, the entries that say what happened on them.
    """
    who.needs(*READERS)
    question, key = operations.continued(question, cursor, 1)
    state = await opened_for(request, who, question, replace(question, recorded_at=earlier[1]))
    ids = _ids(key)
    last = ids[0] if ids else None
    return answer(await operations.compare(state.database, state.plans, who, question, earlier, node, last, limit))


async def whole_comparison(
    request: Request, who: Who, question: Question, earlier: Earlier, node: MovedNode = "total"
) -> Reported:
    """The comparison of the query with what moved on all its pages, as files have it."""
    state = await opened_for(request, who, question, replace(question, recorded_at=earlier[1]))
    return await operations.compare(state.database, state.plans, who, question, earlier, node, None, MOST_MOVED)


@router.get(
    "/coverage/{code}/explain", response_model=Explanation, responses=problems(*REFUSALS, UnknownLine, UnknownCursor)
)
@with_formulas("explain")
async def explain(
    request: Request,
    who: Who,
    question: Question,
    code: Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$", description="A node's code, or total")],
    figure: ExplainedFigure = "committed",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """What a figure of any report is the sum of, under the same filters and clocks: project, share, amount, movement,
    and the position of the journal's entry. The amounts of all pages add up to `total` exactly: `next`
    keeps the day, the positions and the edition of the first page.

    Of target, gap and surplus: the targets that hold, and by task target − committed, never netted.
    """
    who.needs(*READERS)
    state = request.app.state
    question, key = operations.continued(question, cursor, 3)
    await known(request, question)
    ids = _ids(key[:2] if key else None)
    after = (ids[0], ids[1], key[2]) if ids and key else None
    return answer(await operations.explain(state.database, state.plans, who, question, code, figure, after, limit))


def _ids(key: list[str] | None) -> list[UUID] | None:
    return None if key is None else [project_id(part) for part in key]
