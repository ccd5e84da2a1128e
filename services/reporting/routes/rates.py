"""Summary, exceptions and indicators over HTTP."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.reporting import operations
from services.reporting.contract import (
    CheckId,
    Exceptions,
    Indicators,
    Limits,
    RateExplanation,
    RateOfProjects,
    Summary,
    Thresholds,
)
from services.reporting.operations import Reported
from services.reporting.routes.common import ERRORS, REFUSALS, Question, answer, opened_for, project_id
from services.reporting.rules.formulas import with_formulas
from services.shared.pages import UnknownCursor
from services.shared.web import PREFIX, Who, problems

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["reports"])
Amount = Annotated[str, Query(pattern=r"^\d{1,16}(\.\d{1,2})?$", description="In the plan's currency")]


def thresholds(
    min_projects: Annotated[int, Query(ge=1, le=1_000, description="Effective coverage: projects of a task")] = 2,
    min_amount: Amount = "1000000.00",
    stale_months: Annotated[int, Query(ge=1, le=120, description="Data quality: months without an entry")] = 12,
) -> Thresholds:
    """From when a task is covered effectively, and when a record is stale."""
    return Thresholds(min_projects=min_projects, min_amount=Decimal(min_amount), stale_months=stale_months)


def limits(
    late_days: Annotated[int, Query(ge=0, le=3_660, description="A4")] = 30,
    idle_years: Annotated[int, Query(ge=0, le=50, description="A6")] = 2,
    similarity: Annotated[int, Query(ge=0, le=100, description="A2, percent")] = 80,
    indirect_caps: Annotated[
        str, Query(pattern=r"^(100|\d{1,2})(,(100|\d{1,2})){2}$", description="A9, percent by band")
    ] = "20,15,13",
    leader_limit: Annotated[int, Query(ge=0, le=1_000, description="A12; 0: no limit")] = 2,
    agency_limit: Annotated[int, Query(ge=0, le=1_000_000, description="A12; 0: no limit")] = 0,
) -> Limits:
    """From when the checks find something."""
    return Limits(
        late_days=late_days,
        idle_years=idle_years,
        similarity=similarity,
        indirect_caps=[int(cap) for cap in indirect_caps.split(",")],
        leader_limit=leader_limit,
        agency_limit=agency_limit,
    )


Given = Annotated[Limits, Depends(limits)]
OneCheck = Annotated[CheckId | None, Query(description="One check, page by page; all of them by default")]
MOST_IN_FILES = 2_000
"""Rows of each check that a file holds."""


async def summary_report(
    request: Request, who: Who, question: Question, given: Annotated[Thresholds, Depends(thresholds)]
) -> Reported:
    """The summary of the query."""
    state = await opened_for(request, who, question)
    return await operations.summary(state.database, state.plans, who, question, given)


@router.get("/summary", response_model=Summary, responses=ERRORS)
@with_formulas("summary")
async def summary(found: Annotated[Reported, Depends(summary_report)]) -> Response:
    """The rates of the plan, each with its numerator, denominator and formula: coverage and effective coverage, gap,
    到位率 (all, fiscal, own money, in time), 拨付率 (fiscal; to plan), 执行率, 结余率, leverage, average grant,
    acceptance in time, overdue, changes, terminations, 绩效指标完成率; money by source; concentration by lead agency,
    its registered district and leader (HHI = 10000 × Σ share², CR5); data quality in all and by agency.

    Sums of money are those of /reports/coverage for the same question, of counted projects. Rates of whole projects are
    of published ones that were not revoked: due = the end, as extended, and the programme's grace lie before `as_of`.
    """
    return answer(found)


@router.get("/summary/{rate}/explain", response_model=RateExplanation, responses=problems(*REFUSALS, UnknownCursor))
@with_formulas("summary")
async def explain_rate(
    request: Request,
    who: Who,
    question: Question,
    rate: RateOfProjects,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Which projects a rate of whole projects looks at, and what each adds to its numerator and denominator: who is
    overdue, who was terminated, whose instalment came late. `next` keeps the day, the positions and the edition of the
    first page.
    """
    question, key = operations.continued(question, cursor, 2)
    if key is not None and key[0] != rate:
        raise UnknownCursor()
    state = await opened_for(request, who, question)
    after = project_id(key[1]) if key else None
    return answer(await operations.explain_rate(state.database, state.plans, who, question, rate, after, limit))


@router.get("/exceptions", response_model=Exceptions, responses=problems(*REFUSALS, UnknownCursor))
@with_formulas("exceptions")
async def exceptions(
    request: Request,
    who: Who,
    question: Question,
    given: Given,
    check: OneCheck = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows of each check")] = 20,
) -> Response:
    """The auditors' checks A1–A14 with the rows behind each, one for each project: doubles, over budget, late and early
    payment, idle surplus, overdue, own money missing, sums, order of events, credit, too many projects, trail, refunds.

    Without `check`: all of them with their number of rows and the first ones of each. With it: all rows, page by page;
    `next` keeps the day, the positions and the edition of the first page. `not_seen` says what a check can not see.
    """
    question, key = operations.continued(question, cursor, 2)
    if key is not None and key[0] != check:
        raise UnknownCursor()
    state = await opened_for(request, who, question)
    after = key[1] if key else None
    found = await operations.exceptions(state.database, state.plans, who, question, given, check, after, limit)
    return answer(found)


async def whole_exceptions(
    request: Request, who: Who, question: Question, given: Given, check: OneCheck = None
) -> Reported:
    """The exceptions of the query with many rows of each check, as files have them."""
    state = await opened_for(request, who, question)
    asked = state.database, state.plans, who, question, given, check, None, MOST_IN_FILES
    return await operations.exceptions(*asked)


async def indicators_report(request: Request, who: Who, question: Question) -> Reported:
    """The indicators of the query."""
    state = await opened_for(request, who, question)
    return await operations.indicators(state.database, state.plans, who, question)


@router.get("/indicators", response_model=Indicators, responses=ERRORS)
@with_formulas("indicators")
async def indicators(found: Annotated[Reported, Depends(indicators_report)]) -> Response:
    """The plan's indicators with baseline, goal and observations of days and years up to `as_of`, as known then.

    attained: at_least, at_most, equal are met at the value, near within the tolerance; approx within it, null where the
    plan states none. progress = (latest − baseline) ÷ (goal − baseline).
    """
    return answer(found)
