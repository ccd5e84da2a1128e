"""What goes back to the sender: rows, and the workbook with the verdicts written into it."""

import json
from pathlib import Path
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import FileForgotten, Import, ImportNotFinished, NoWorkbookResult
from services.portfolio.operations.imports.receiving import visible_import
from services.portfolio.store import ImportStore
from services.shared.children import in_child
from services.shared.database import Database
from services.shared.tokens import Caller

PAGE = 2_000
MARKER = "services.portfolio.operations.imports.marking"


def shown_row(body: str) -> str:
    """A row as others than its sender see it: phones masked."""
    row = json.loads(body)
    phone = row["values"].get("pi_phone")
    if phone:
        row["values"]["pi_phone"] = rules.masked_phone(phone)
    return json.dumps(row, ensure_ascii=False)


async def result_of(database: Database, caller: Caller, id: UUID, folder: Path) -> str:
    """Write `result.xlsx` into a folder, in a process of its own; what the file is to be called."""
    source, rows = folder / "source", folder / "rows.jsonl"
    async with database.connection() as connection:
        store = ImportStore(connection)
        row = await visible_import(store, caller, id)
        made = Import.model_validate_json(row["body"])
        if made.status not in ("done", "failed"):
            raise ImportNotFinished(status=made.status)
        if made.format == "iati" or made.status == "failed":
            raise NoWorkbookResult(format=made.format or "a file that could not be read", id=id)
        with source.open("wb") as file:
            async for part in store.parts(row["digest"]):
                file.write(part)
        await _write_rows(store, id, rows)
    if not source.stat().st_size:
        raise FileForgotten()
    await in_child(MARKER, "mark_to", str(source), str(folder / "result.xlsx"), str(rows), row["sheets"])
    return f"{Path(made.file).stem}-导入结果.xlsx"


async def _write_rows(store: ImportStore, id: UUID, path: Path) -> None:
    after = 0
    with path.open("w", encoding="utf-8") as file:
        while found := await store.rows(id, None, after, PAGE):
            file.writelines(row["body"] + "\n" for row in found)
            after = found[-1]["place"]
