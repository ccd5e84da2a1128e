"""Reports as files over HTTP: `.csv`, `.xlsx`, `.pdf` after the report's own path, with its own parameters."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from services.reporting import operations
from services.reporting.operations import FORMATS, FileFormat
from services.reporting.routes.common import ERRORS, READERS, Question, known
from services.shared.tokens import Caller
from services.shared.web import PREFIX, Who

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["reports"])
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
REPORTS: dict[str, Callable[..., Awaitable[operations.Reported]]] = {
    "coverage": operations.coverage,
    "gaps": operations.gaps,
}
"""The reports that are written as files, and what answers them."""
CsvEncoding = Annotated[
    Literal["utf-8-sig", "gb18030"], Query(description="Of .csv: UTF-8 with a byte order mark, or GB18030")
]


def _route(report: str, format: FileFormat) -> Callable[..., Awaitable[Response]]:
    async def written(request: Request, who: Who, question: Question, encoding: CsvEncoding = "utf-8-sig") -> Response:
        who.needs(*READERS)
        await known(request, question)
        return await _given(request, who, question, report, format, encoding)

    written.__name__ = f"{report}_{format}"
    written.__doc__ = (
        f"The report `{report}` as .{format}, with its parameters and notes; equal positions, equal bytes."
    )
    return written


async def _given(
    request: Request, who: Caller, question: operations.Asked, report: str, format: FileFormat, encoding: str
) -> Response:
    """A file that is written into a folder of its own, which goes away once it was sent."""
    state = request.app.state
    answer = await REPORTS[report](state.database, state.plans, who, question)
    title = await operations.title_of(state.database, state.plans, question.plan)
    folder = tempfile.TemporaryDirectory(prefix="kepan-report-")
    try:
        path = await operations.write_report(answer, report, title, Path(folder.name), format, encoding)
    except BaseException:
        folder.cleanup()
        raise
    type = TYPES[format] + (f"; charset={'utf-8' if encoding == 'utf-8-sig' else encoding}" if format == "csv" else "")
    name = f"{question.plan}-{report}.{format}"
    return FileResponse(path, media_type=type, filename=name, background=BackgroundTask(folder.cleanup))


def _as_file(format: FileFormat) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {TYPES[format]: {"schema": {"type": "string", "format": "binary"}}}}}


for _report in REPORTS:
    for _format in FORMATS:
        router.add_api_route(
            f"/{_report}.{_format}",
            _route(_report, _format),
            response_class=Response,
            responses=ERRORS | _as_file(_format),
        )
