"""Project lists that go out as files: the same columns that an import reads."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from services.catalog.contract import UnknownPlan
from services.portfolio import operations
from services.portfolio.routes.common import READ, READERS, Filter, catalog_of
from services.portfolio.routes.imports import XLSX
from services.shared.tokens import Caller
from services.shared.web import PREFIX, Who, problems

router = APIRouter(prefix=PREFIX)
CSV = "text/csv; charset=utf-8"
PlanQuery = Annotated[str, Query(max_length=64, examples=["shanghai-sti-13"])]


def _file(media_type: str) -> dict[int | str, dict[str, object]]:
    content = {media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content}}


async def _given(media_type: str, name: str, write: Callable[[Path], Awaitable[Path]]) -> Response:
    """A file that is written into a folder of its own, which goes away once it was sent."""
    folder = tempfile.TemporaryDirectory(prefix="kepan-list-")
    try:
        path = await write(Path(folder.name))
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(path, media_type=media_type, filename=name, background=BackgroundTask(folder.cleanup))


async def _list(
    request: Request, who: Caller, format: operations.ListFormat, filters: dict[str, str | None]
) -> Response:
    who.needs(*READERS)
    plan = str(filters["plan"])
    knowledge = await catalog_of(request).plan(plan)
    database = request.app.state.database
    return await _given(
        XLSX if format == "xlsx" else CSV,
        f"{plan}-projects.{format}",
        lambda folder: operations.write_list(database, who, filters, knowledge, folder, format),
    )


@router.get(
    "/projects.xlsx",
    tags=["projects"],
    response_class=Response,
    responses=problems(*READ, UnknownPlan) | _file(XLSX),
)
async def projects_xlsx(
    request: Request, who: Who, plan: PlanQuery, agency: Filter = None, state: Filter = None, task: Filter = None
) -> Response:
    """A plan's projects as a workbook: edited and imported again, it changes exactly what was edited, and refuses a row
    that somebody else changed meanwhile."""
    return await _list(request, who, "xlsx", {"plan": plan, "lead": agency, "state": state, "task": task})


@router.get(
    "/projects.csv", tags=["projects"], response_class=Response, responses=problems(*READ, UnknownPlan) | _file(CSV)
)
async def projects_csv(
    request: Request, who: Who, plan: PlanQuery, agency: Filter = None, state: Filter = None, task: Filter = None
) -> Response:
    """A plan's projects as .csv, UTF-8 with a byte order mark."""
    return await _list(request, who, "csv", {"plan": plan, "lead": agency, "state": state, "task": task})


@router.get(
    "/imports/template.xlsx",
    tags=["imports"],
    response_class=Response,
    responses=problems(*READ, UnknownPlan) | _file(XLSX),
)
async def template(request: Request, who: Who, plan: PlanQuery) -> Response:
    """The empty workbook for agencies: headers, units, drop-down lists of the plan's words, examples."""
    who.needs(*READERS)
    knowledge = await catalog_of(request).plan(plan)
    name = f"{plan}-template.xlsx"
    return await _given(XLSX, name, lambda folder: operations.write_template_list(knowledge, folder))
