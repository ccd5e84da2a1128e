"""What the routes of reports share: the question, who may ask, how an answer goes out."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.reporting import operations
from services.reporting.contract import Denominator, NothingKnownThen, NotYetKnown, UnknownFilterValue, UnknownPlanHere
from services.reporting.operations import Asked
from services.shared.database import DatabaseUnavailable
from services.shared.errors import Malformed
from services.shared.pages import UnknownCursor
from services.shared.tokens import Caller, InvalidToken, RoleNotAllowed
from services.shared.web import json_response, problems

READERS = ("staff", "approver", "manager", "auditor", "editor", "service")
REFUSALS = (
    *(InvalidToken, RoleNotAllowed, UnknownPlanHere, NothingKnownThen, UnknownFilterValue),
    *(NotYetKnown, DatabaseUnavailable, Malformed),
)
"""What any report may refuse."""
ERRORS = problems(*REFUSALS)


def asked(
    plan: Annotated[str, Query(description="The plan's slug")],
    edition: Annotated[
        int | None, Query(description="The edition to state it in; by default the one that is the plan on that day")
    ] = None,
    level: Annotated[str | None, Query(description="A level of the plan, or all; the tasks' level by default")] = None,
    year: Annotated[list[str], Query(description="Budget years, repeated or with commas")] = [],  # noqa: B006
    agency: Annotated[str | None, Query(description="The lead agency, scheme:value")] = None,
    district: Annotated[str | None, Query(description="The lead agency's district")] = None,
    fund_class: str | None = None,
    source: Annotated[list[str], Query(description="Sources, repeated or with commas")] = [],  # noqa: B006
    stage: str | None = None,
    as_of: Annotated[date | None, Query(description="Business date; today in the plan's time zone by default")] = None,
    recorded_at: Annotated[datetime | None, Query(description="What was known at that moment; now by default")] = None,
    denominator: Denominator = "tasks",
) -> Asked:
    """The question that a query asks."""
    recorded_at = in_utc("recorded_at", recorded_at)
    return Asked(
        plan=plan,
        edition=edition,
        level=level,
        years=tuple(sorted({_year(text) for text in _spread(year)})),
        agency=agency,
        district=district,
        fund_class=fund_class,
        sources=tuple(sorted(set(_spread(source)))),
        stage=stage,
        as_of=as_of,
        recorded_at=recorded_at,
        denominator=denominator,
    )


def in_utc(name: str, moment: datetime | None) -> datetime | None:
    """A moment of the query in UTC, which is also meant where it has no offset; Malformed beyond the calendar."""
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        detail = f"{moment.isoformat()} lies beyond the calendar in UTC"
        raise Malformed(errors=[{"pointer": f"query/{name}", "code": "out_of_range", "detail": detail}]) from None


def _spread(given: list[str]) -> list[str]:
    return [part.strip() for text in given for part in text.split(",") if part.strip()]


def _year(text: str) -> int:
    if not re.fullmatch(r"[0-9]{4}", text):
        detail = f"{text} is not a year of four digits"
        raise UnknownFilterValue(errors=[{"pointer": "query/year", "code": "unknown_year", "detail": detail}])
    return int(text)


Question = Annotated[Asked, Depends(asked)]


async def opened_for(request: Request, who: Caller, *questions: Asked) -> Any:
    """What the application holds, once the caller may read and the moments that are asked for are known of."""
    who.needs(*READERS)
    for question in questions:
        await known(request, question)
    return request.app.state


async def known(request: Request, question: Asked) -> None:
    """Where a moment is asked for that is not known of yet, follow the journals up to it."""
    state = request.app.state
    moment = question.recorded_at
    if moment is not None and not await operations.catch_up(state.database, state.plans, state.feeds, moment):
        raise NotYetKnown(recorded_at=moment.isoformat(), retry_after=1)


def project_id(text: str) -> UUID:
    """The id in a cursor."""
    try:
        return UUID(text)
    except ValueError:
        raise UnknownCursor() from None


def answer(reported: operations.Reported) -> Response:
    response = json_response(reported.body)
    if reported.known_through is not None:
        lag = (datetime.now(UTC) - reported.known_through).total_seconds()
        response.headers["Kepan-Lag-Ms"] = str(max(0, round(lag * 1000)))
    return response
