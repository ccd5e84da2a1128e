"""Reports as files: asked as any report is, written in a child process, the same bytes for equal positions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from services.reporting.contract import TooManyRowsForFile
from services.reporting.files.paper import TooManyRowsForPdf, TooManyRowsForXlsx
from services.reporting.operations.asking import Reported
from services.reporting.operations.following import KnownPlans
from services.reporting.operations.papers.about import About
from services.reporting.store.cutting import CutStore
from services.reporting.store.invented import InventedStore
from services.shared.children import in_child
from services.shared.database import Database

WRITER = "services.reporting.operations.papers.writing"
FileFormat = Literal["csv", "xlsx", "pdf"]
FORMATS: tuple[FileFormat, ...] = ("csv", "xlsx", "pdf")
VOCABULARIES = ("project_state", "source", "fund_class", "stage", "district")
"""Whose codes a file says by their titles."""
TABLES: Mapping[str, tuple[str, ...]] = {
    "coverage": ("coverage",),
    "gaps": ("gaps",),
    "matrix": ("matrix",),
    "trend": ("trend",),
    "flows": ("links", "nodes"),
    "compare": ("moved", "nodes"),
    "diff": ("projects", "figures", "fields", "movements", "catalog"),
    "summary": ("rates", "sources", "agency", "district", "leader", "quality"),
    "exceptions": ("items", "checks"),
    "indicators": ("indicators", "observations"),
}
"""By report the names of its tables; a .csv holds one of them, by default the first."""


async def about_report(database: Database, plans: KnownPlans, answer: Mapping[str, Any]) -> About:
    """What a paper says beside a report's answer, or the head of one: plan, edition, positions, filters."""
    catalog, portfolio = (int(answer["positions"][journal]) for journal in ("catalog", "portfolio"))
    named = {answer["filters"].get("agency"), answer["filters"].get("scope")}
    named |= {item.get("agency") for item in answer.get("items", ())}
    async with database.snapshot() as connection:
        shapes = (await plans.at(connection)).known[answer["plan"]].shapes
        store = CutStore(connection)
        agencies = await store.agencies([id for id in named if id], portfolio)
        plan = shapes[answer["edition"] or max(shapes)].plan
        return About(
            title=shapes[max(shapes)].plan.title,
            levels={level.code: level.title for level in plan.levels},
            nodes={node.code: node.title for node in plan.nodes},
            terms={name: await store.titles(name, catalog) for name in VOCABULARIES},
            agencies={id: name for id, (name, _) in agencies.items()},
            invented=await InventedStore(connection).has_invented(answer["plan"], shapes, catalog, portfolio),
        )


async def write_report(
    reported: Reported,
    report: str,
    about: About,
    folder: Path,
    format: FileFormat,
    encoding: str,
    table: str | None = None,
) -> Path:
    """Write a report's answer into a folder, of .csv the table of that name; TooManyRowsForFile where the form has no
    room for it."""
    target = folder / f"report.{format}"
    try:
        await in_child(WRITER, "write", report, reported.body, about, str(target), encoding, table)
    except (TooManyRowsForXlsx, TooManyRowsForPdf) as error:
        raise TooManyRowsForFile(reason=error) from None
    return target
