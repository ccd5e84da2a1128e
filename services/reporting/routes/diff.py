"""What changed between two snapshots, or two positions, over HTTP: page by page, or whole as a file."""

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BeforeValidator

from services.reporting import operations
from services.reporting.contract import Diff, DiffReversed, SnapshotsOfTwoPlans, TooManyRowsForFile, UnknownSnapshot
from services.reporting.operations import FORMATS, NOBODY, Asked, Ends, FileFormat, Known
from services.reporting.routes.common import REFUSALS, answer
from services.reporting.routes.files import Written, described, file_of, how_written, written_as
from services.reporting.routes.snapshots import READERS
from services.reporting.store import SnapshotStore
from services.shared.errors import Refusal
from services.shared.pages import UnknownCursor
from services.shared.web import PREFIX, Who, problems

router = APIRouter(prefix=PREFIX, tags=["snapshots"])
OF_POSITIONS = (*REFUSALS, DiffReversed)
OF_SNAPSHOTS = (*OF_POSITIONS, SnapshotsOfTwoPlans, UnknownSnapshot)
Cursor = Annotated[str | None, Query(max_length=400)]
Limit = Annotated[int, Query(ge=1, le=500)]
POSITIONS = r"^\d{1,18}-\d{1,18}$"


def _positions(given: Any) -> Any:
    if re.fullmatch(POSITIONS, str(given), re.ASCII) is None:
        raise Refusal("not_two_positions", f"{given} is not CATALOG-PORTFOLIO: take both from a report's `positions`")
    return given


Position = Annotated[
    str,
    BeforeValidator(_positions),
    Query(
        pattern=POSITIONS,
        description="Positions of the two journals, CATALOG-PORTFOLIO, as every report states them: 120-4711",
    ),
]


def _known(positions: str) -> Known:
    catalog, portfolio = positions.split("-")
    return Known(int(catalog), int(portfolio), None)


async def between_snapshots(request: Request, who: Who, id: UUID, other: UUID) -> Ends:
    """The two snapshots of the path, the earlier one first."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = SnapshotStore(connection)
        return operations.ends_of(await operations.snapshot_of(store, id), await operations.snapshot_of(store, other))


def between_positions(
    who: Who,
    plan: Annotated[str, Query(max_length=64)],
    earlier: Annotated[Position, Query(alias="from")],
    later: Annotated[Position, Query(alias="to")],
    as_of: Annotated[date | None, Query(description="The day of both sides; today in the plan's time zone")] = None,
    from_as_of: Annotated[date | None, Query(description="The day of the earlier side, where it is another")] = None,
    to_as_of: Annotated[date | None, Query(description="The day of the later side, where it is another")] = None,
    edition: Annotated[int | None, Query(ge=1)] = None,
    agency: Annotated[str | None, Query(max_length=200)] = None,
    district: Annotated[str | None, Query(max_length=64)] = None,
) -> Ends:
    """The two positions of the query, with their days."""
    who.needs(*READERS)
    day = to_as_of or as_of
    asked = Asked(plan=plan, edition=edition, agency=agency, district=district, as_of=day, known=_known(later))
    return Ends(asked, _known(earlier), from_as_of or as_of)


BetweenSnapshots = Annotated[Ends, Depends(between_snapshots)]
BetweenPositions = Annotated[Ends, Depends(between_positions)]


async def _page(request: Request, who: Who, ends: Ends, cursor: str | None, limit: int) -> Response:
    state = request.app.state
    later, key = operations.continued(ends.later, cursor, 3)
    try:
        last = UUID(key[2]) if key else NOBODY
    except ValueError:
        raise UnknownCursor() from None
    ends = Ends(later, ends.earlier, ends.earlier_as_of)
    return answer(await operations.diff(state.database, state.plans, who, ends, last, limit))


async def _file(request: Request, who: Who, ends: Ends, format: FileFormat, how: Written) -> Response:
    state = request.app.state
    found = await operations.whole_diff(state.database, state.plans, who, ends)
    later = ends.later
    assert later.known is not None, "both ends of a diff are positions"
    positions = {"catalog": later.known.catalog, "portfolio": later.known.portfolio}
    filters = {"agency": later.agency}
    head = {"plan": later.plan, "edition": later.edition, "positions": positions, "filters": filters}
    about = await operations.about_report(state.database, state.plans, head)
    return await file_of(found, "diff", about, format, how, later.plan)


def _of_snapshots(format: FileFormat) -> Callable[..., Awaitable[Response]]:
    async def written(
        request: Request,
        who: Who,
        ends: BetweenSnapshots,
        how: Annotated[Written, Depends(how_written("diff", format))],
    ) -> Response:
        return await _file(request, who, ends, format, how)

    written.__name__ = f"snapshot_diff_{format}"
    written.__doc__ = f"The same as .{format}, whole; equal snapshots, equal bytes.\n\n{described(format)}"
    return written


def _of_positions(format: FileFormat) -> Callable[..., Awaitable[Response]]:
    async def written(
        request: Request,
        who: Who,
        ends: BetweenPositions,
        how: Annotated[Written, Depends(how_written("diff", format))],
    ) -> Response:
        return await _file(request, who, ends, format, how)

    written.__name__ = f"position_diff_{format}"
    written.__doc__ = f"The same as .{format}, whole; equal positions and days, equal bytes.\n\n{described(format)}"
    return written


# Before the diff itself, whose path would take the name of a file for an id.
for _format in FORMATS:
    for _path, _made, _refused in (
        ("/snapshots/{id}/diff/{other}", _of_snapshots, OF_SNAPSHOTS),
        ("/reports/diff", _of_positions, OF_POSITIONS),
    ):
        router.add_api_route(
            f"{_path}.{_format}",
            _made(_format),
            response_class=Response,
            responses=problems(*_refused, TooManyRowsForFile) | written_as(_format),
        )


@router.get("/snapshots/{id}/diff/{other}", response_model=Diff, responses=problems(*OF_SNAPSHOTS, UnknownCursor))
async def snapshot_diff(
    request: Request, who: Who, ends: BetweenSnapshots, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """What changed from a snapshot to a later one: projects added, changed field by field, money moved, figures of
    coverage and gaps, targets, and the entries that did it. Stated in the edition and scope of the later one."""
    return await _page(request, who, ends, cursor, limit)


@router.get("/reports/diff", response_model=Diff, responses=problems(*OF_POSITIONS, UnknownCursor))
async def position_diff(
    request: Request, who: Who, ends: BetweenPositions, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """The same between any two positions of the journals, each side with its day."""
    return await _page(request, who, ends, cursor, limit)
