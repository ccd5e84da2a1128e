"""Reports as files over HTTP: `.csv`, `.xlsx`, `.pdf` after the report's own path, with its own parameters."""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from services.reporting import operations
from services.reporting.contract import TooManyRowsForFile, UnknownFilterValue, UnknownLine
from services.reporting.operations import FORMATS, About, FileFormat, Reported
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
    Literal["utf-8-sig", "gb18030", "utf-8"],
    Query(
        description="UTF-8 with a byte order mark, or GB18030, for spreadsheets: text that they would write as another"
        " number, such as the code 3.10, has ' before it. utf-8, without the mark and with the codes as they are, is"
        " for programs."
    ),
]


@dataclass(frozen=True)
class Written:
    """How a file is written: the encoding and the table of a .csv."""

    encoding: str = "utf-8-sig"
    table: str | None = None


def how_written(report: str, format: FileFormat) -> Callable[..., Written]:
    """What a file takes in its query beside the parameters of its report: .csv alone takes any."""
    tables = operations.TABLES[report]

    def of_csv(
        encoding: CsvEncoding = "utf-8-sig",
        table: Annotated[
            str | None,
            Query(
                json_schema_extra={"enum": list(tables)},
                description=f"Which of its tables: {', '.join(tables)}; by default {tables[0]}",
            ),
        ] = None,
    ) -> Written:
        if table is not None and table not in tables:
            detail = f"{table} is none of {', '.join(tables)}"
            raise UnknownFilterValue(errors=[{"pointer": "query/table", "code": "unknown_table", "detail": detail}])
        return Written(encoding, table)

    def of_another() -> Written:
        return Written()

    return of_csv if format == "csv" else of_another


def described(format: FileFormat) -> str:
    """What the description of the interface says of a form."""
    if format == "csv":
        return (
            "One table of it: money exact in 万元, the totals in the last row, and at the end of each row, where there"
            " are, `explain`, the relative link to what its figures are made from, 标记, and `as_of`, `recorded_at`,"
            " `edition` and `filters` of the report. Its notes are in .xlsx and .pdf."
        )
    if format == "xlsx":
        return (
            "A sheet for each table, and a last one with the parameters and notes; 依据 at the end of a row is the"
            " relative link to what its figures are made from."
        )
    return "All tables with the parameters and notes."


def _route(report: str, format: FileFormat) -> Callable[..., Awaitable[Response]]:
    async def written(
        request: Request,
        question: Question,
        how: Annotated[Written, Depends(how_written(report, format))],
        found: Annotated[Reported, Depends(REPORTS[report])],
    ) -> Response:
        about = await operations.about_report(request.app.state.database, request.app.state.plans, found.answer)
        return await file_of(found, report, about, format, how, question.plan)

    written.__name__ = f"{report}_{format}"
    written.__doc__ = f"The report `{report}` as .{format}; equal positions, equal bytes.\n\n{described(format)}"
    return written


async def file_of(
    found: Reported, report: str, about: About, format: FileFormat, how: Written, plan: str
) -> FileResponse:
    """The answer that holds the file of a report, which is gone once it was sent."""
    folder = tempfile.TemporaryDirectory(prefix=f"kepan-{report}-")
    try:
        path = await operations.write_report(found, report, about, Path(folder.name), format, how.encoding, how.table)
    except BaseException:
        folder.cleanup()
        raise
    name, gone = f"{plan}-{report}.{format}", BackgroundTask(folder.cleanup)
    return FileResponse(path, media_type=file_type(format, how.encoding), filename=name, background=gone)


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
