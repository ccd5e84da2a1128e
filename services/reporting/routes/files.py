"""Reports as files over HTTP: `.csv`, `.xlsx`, `.pdf` after the report's own path, with its own parameters."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from services.reporting import operations
from services.reporting.contract import TooManyRowsForFile, UnknownLine
from services.reporting.operations import FORMATS, FileFormat, Reported
from services.reporting.routes.common import REFUSALS, Question
from services.reporting.routes.coverage import coverage_report, gaps_report
from services.reporting.routes.cuts import flows_report, matrix_report, trend_report, whole_comparison
from services.reporting.routes.rates import indicators_report, summary_report, whole_exceptions
from services.shared.web import PREFIX, problems

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["reports"])
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
REPORTS: dict[str, Callable[..., Awaitable[Reported]]] = {
    "coverage": coverage_report,
    "gaps": gaps_report,
    "matrix": matrix_report,
    "trend": trend_report,
    "flows": flows_report,
    "compare": whole_comparison,
    "summary": summary_report,
    "exceptions": whole_exceptions,
    "indicators": indicators_report,
}
"""The reports that are written as files, and what answers the query of each; `papers/writing.py` says their papers."""
CsvEncoding = Annotated[
    Literal["utf-8-sig", "gb18030"], Query(description="Of .csv: UTF-8 with a byte order mark, or GB18030")
]


def _route(report: str, format: FileFormat) -> Callable[..., Awaitable[Response]]:
    async def written(
        request: Request,
        question: Question,
        found: Annotated[Reported, Depends(REPORTS[report])],
        encoding: CsvEncoding = "utf-8-sig",
    ) -> Response:
        title = await operations.title_of(request.app.state.database, request.app.state.plans, question.plan)
        folder = tempfile.TemporaryDirectory(prefix="kepan-report-")
        try:
            path = await operations.write_report(found, report, title, Path(folder.name), format, encoding)
        except BaseException:
            folder.cleanup()
            raise
        name, gone = f"{question.plan}-{report}.{format}", BackgroundTask(folder.cleanup)
        return FileResponse(path, media_type=file_type(format, encoding), filename=name, background=gone)

    written.__name__ = f"{report}_{format}"
    written.__doc__ = (
        f"The report `{report}` as .{format}, with its parameters and notes; equal positions, equal bytes."
    )
    return written


def file_type(format: FileFormat, encoding: str) -> str:
    """The media type of a file."""
    return TYPES[format] + (f"; charset={encoding.removesuffix('-sig')}" if format == "csv" else "")


def written_as(format: FileFormat) -> dict[int | str, dict[str, Any]]:
    """What the description of the interface says of a file."""
    return {200: {"content": {TYPES[format]: {"schema": {"type": "string", "format": "binary"}}}}}


for _report in REPORTS:
    for _format in FORMATS:
        router.add_api_route(
            f"/{_report}.{_format}",
            _route(_report, _format),
            response_class=Response,
            responses=problems(*REFUSALS, UnknownLine, TooManyRowsForFile) | written_as(_format),
        )
