"""Reports as files: asked as any report is, written in a child process, the same bytes for equal positions."""

from pathlib import Path
from typing import Literal

from services.reporting.contract import TooManyRowsForFile
from services.reporting.files.paper import TooManyRowsForPdf, TooManyRowsForXlsx
from services.reporting.operations.asking import Reported
from services.reporting.operations.following import KnownPlans
from services.shared.children import in_child
from services.shared.database import Database

WRITER = "services.reporting.operations.papers.writing"
FileFormat = Literal["csv", "xlsx", "pdf"]
FORMATS: tuple[FileFormat, ...] = ("csv", "xlsx", "pdf")


async def title_of(database: Database, plans: KnownPlans, plan: str) -> str:
    """The title of a plan in its latest edition."""
    async with database.connection() as connection:
        known = (await plans.at(connection)).known[plan].shapes
    return known[max(known)].plan.title


async def write_report(
    reported: Reported, report: str, title: str, folder: Path, format: FileFormat, encoding: str
) -> Path:
    """Write a report's answer into a folder; TooManyRowsForFile where the form has no room for it."""
    target = folder / f"report.{format}"
    try:
        await in_child(WRITER, "write", report, reported.body, title, str(target), encoding)
    except (TooManyRowsForXlsx, TooManyRowsForPdf) as error:
        raise TooManyRowsForFile(reason=error) from None
    return target
