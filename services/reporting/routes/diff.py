"""What changed between two snapshots, or two positions, over HTTP: page by page, or whole as a file."""

import tempfile
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from services.reporting import operations
from services.reporting.contract import Diff, DiffReversed, SnapshotsOfTwoPlans, TooManyRowsForFile, UnknownSnapshot
from services.reporting.operations import FORMATS, Asked, Ends, FileFormat, Known, Reported
from services.reporting.routes.common import REFUSALS, answer
from services.reporting.routes.files import CsvEncoding, file_type, written_as
from services.reporting.routes.snapshots import READERS
from services.reporting.store import SnapshotStore
from services.shared.pages import UnknownCursor
from services.shared.web import PREFIX, Who, problems

router = APIRouter(prefix=PREFIX, tags=["snapshots"])
NOBODY = UUID(int=0)
MOST = 100_000
"""Projects that a file holds; it says where there are more."""
REFUSED = (*REFUSALS, UnknownSnapshot, SnapshotsOfTwoPlans, DiffReversed)
Cursor = Annotated[str | None, Query(max_length=400)]
Limit = Annotated[int, Query(ge=1, le=500)]
Position = Annotated[
    str,
    Query(
        pattern=r"^\d{1,18}-\d{1,18}$",
        description="Positions of the two journals, CATALOG-PORTFOLIO, as every report states them: 120-4711",
    ),
]


def _known(position: str) -> Known:
    catalog, portfolio = position.split("-")
    return Known(int(catalog), int(portfolio), None)


async def _between_snapshots(request: Request, id: UUID, other: UUID) -> Ends:
    async with request.app.state.database.connection() as connection:
        store = SnapshotStore(connection)
        return operations.ends_of(await operations.snapshot_of(store, id), await operations.snapshot_of(store, other))


async def _diff(request: Request, who: Who, ends: Ends, cursor: str | None, limit: int) -> Reported:
    state = request.app.state
    _, key = operations.continued(ends.later, cursor, 3)
    try:
        last = UUID(key[2]) if key else NOBODY
    except ValueError:
        raise UnknownCursor() from None
    return await operations.diff(state.database, state.plans, who, ends, last, limit)


def _as_file(format: FileFormat) -> Callable[..., Awaitable[Response]]:
    async def written(
        request: Request, who: Who, id: UUID, other: UUID, encoding: CsvEncoding = "utf-8-sig"
    ) -> Response:
        who.needs(*READERS)
        state = request.app.state
        ends = await _between_snapshots(request, id, other)
        found = await operations.diff(state.database, state.plans, who, ends, NOBODY, MOST)
        title = await operations.title_of(state.database, state.plans, ends.later.plan)
        folder = tempfile.TemporaryDirectory(prefix="kepan-diff-")
        try:
            path = await operations.write_report(found, "diff", title, Path(folder.name), format, encoding)
        except BaseException:
            folder.cleanup()
            raise
        name, gone = f"{ends.later.plan}-diff.{format}", BackgroundTask(folder.cleanup)
        return FileResponse(path, media_type=file_type(format, encoding), filename=name, background=gone)

    written.__name__ = f"snapshot_diff_{format}"
    written.__doc__ = f"The same as .{format}, whole; equal snapshots, equal bytes."
    return written


# Before the diff itself, whose path would take the name of a file for an id.
for _format in FORMATS:
    router.add_api_route(
        f"/snapshots/{{id}}/diff/{{other}}.{_format}",
        _as_file(_format),
        response_class=Response,
        responses=problems(*REFUSED, TooManyRowsForFile) | written_as(_format),
    )


@router.get("/snapshots/{id}/diff/{other}", response_model=Diff, responses=problems(*REFUSED, UnknownCursor))
async def snapshot_diff(
    request: Request, who: Who, id: UUID, other: UUID, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """What changed from a snapshot to a later one: projects added, changed field by field, money moved, figures of
    coverage and gaps, targets, and the entries that did it. Stated in the edition and scope of the later one."""
    who.needs(*READERS)
    return answer(await _diff(request, who, await _between_snapshots(request, id, other), cursor, limit))


@router.get("/reports/diff", response_model=Diff, responses=problems(*REFUSED, UnknownCursor))
async def position_diff(
    request: Request,
    who: Who,
    plan: Annotated[str, Query(max_length=64)],
    earlier: Annotated[Position, Query(alias="from")],
    later: Annotated[Position, Query(alias="to")],
    as_of: Annotated[date | None, Query(description="The day of both sides; today in the plan's time zone")] = None,
    from_as_of: Annotated[date | None, Query(description="The day of the earlier side, where it is another")] = None,
    edition: Annotated[int | None, Query(ge=1)] = None,
    agency: Annotated[str | None, Query(max_length=200)] = None,
    district: Annotated[str | None, Query(max_length=64)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The same between any two positions of the journals."""
    who.needs(*READERS)
    asked = Asked(plan=plan, edition=edition, agency=agency, district=district, as_of=as_of, known=_known(later))
    return answer(await _diff(request, who, Ends(asked, _known(earlier), from_as_of), cursor, limit))
