"""Project lists that go out: collected page by page, written in a process of its own."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from services.catalog.contract import as_json
from services.portfolio.contract import Agency
from services.portfolio.operations.common import scope_of
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.children import in_child
from services.shared.database import Database
from services.shared.tokens import Caller

PAGE = 1_000
WRITER = "services.portfolio.operations.listing"
ListFormat = Literal["xlsx", "csv"]


async def write_list(
    database: Database,
    caller: Caller,
    filters: Mapping[str, str | None],
    knowledge: Knowledge,
    folder: Path,
    format: ListFormat,
) -> Path:
    """Write the projects that the caller may see and the filters pass into a folder, as import reads them back."""
    rows, target = folder / "rows.jsonl", folder / f"projects.{format}"
    async with database.snapshot() as connection:
        store = PortfolioStore(connection)
        with rows.open("w", encoding="utf-8") as file:
            after = None
            while found := await store.projects(dict(filters), scope_of(caller), after, PAGE):
                after = found[-1]["id"]
                names = await store.agency_bodies({row["lead"] for row in found})
                paid = await store.disbursed([row["id"] for row in found], date.max)
                for row in found:
                    name = Agency.model_validate_json(names[row["lead"]]).name
                    amount = paid.get(row["id"])
                    line = {"project": row["body"], "lead": name, "disbursed": amount and str(amount)}
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
    await in_child(WRITER, "write_to", str(rows), str(target), *_texts(knowledge))
    return target


async def write_template_list(knowledge: Knowledge, folder: Path) -> Path:
    """Write the empty workbook for agencies into a folder."""
    target = folder / "template.xlsx"
    await in_child(WRITER, "write_template_to", str(target), *_texts(knowledge))
    return target


def _texts(knowledge: Knowledge) -> tuple[str, dict[str, str]]:
    """What a child process needs of the catalog, as text."""
    words = {code: json.dumps(as_json(one), ensure_ascii=False) for code, one in knowledge.vocabularies.items()}
    return json.dumps(as_json(knowledge.plan), ensure_ascii=False), words
