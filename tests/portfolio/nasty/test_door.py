"""A nasty workbook through POST /imports: what the reader takes, the register takes too."""

from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from services.catalog.contract import Vocabulary
from services.portfolio.contract import AppliedRow
from services.portfolio.rules import Knowledge
from tests.bench.coverage import plan_document
from tests.portfolio.lists import send
from tests.portfolio.nasty.generator import Book
from tests.portfolio.nasty.test_nasty import differences
from tests.portfolio.workbook.test_reading import TERMS

TAKEN = ("accepted", "accepted_with_warnings")


async def all_rows(client: httpx.AsyncClient, id: str) -> list[dict[str, Any]]:
    """The rows of an import, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while cursor is not None:
        page = (await client.get(f"/imports/{id}/rows", params={"limit": 500, **cursor})).json()
        found += page["items"]
        if not page["next"]:
            return found
        cursor = {"cursor": page["next"]}
    return found


async def test_the_register_takes_what_the_reader_takes(
    app: FastAPI, manager: httpx.AsyncClient, tmp_path: Path
) -> None:
    words = {terms["code"]: Vocabulary.model_validate(terms) for terms in TERMS}
    app.state.catalog.known = Knowledge(plan_document(), 1, words)
    book = Book(77)
    book.save(tmp_path / "nasty.xlsx")
    made = await send(manager, tmp_path / "nasty.xlsx", "shanghai-sti-13", mode="apply", accept_valid="true")
    assert (made["status"], made["applied"]) == ("done", True), made
    rows = [AppliedRow.model_validate(row) for row in await all_rows(manager, made["id"])]
    found = {(row.sheet, row.row): row for row in rows}
    wrong = []
    for row in book.rows:
        if row.verdict in TAKEN:
            row.warnings.add(("lead_org_uscc", "agency_created"))
            row.judge()
        # Phones are masked for who did not send them.
        row.values.pop("pi_phone")
        got = found.get((row.sheet, row.number))
        wrong += [f"{row.sheet}!{row.number} {line}" for line in differences(row, got)]
    assert not wrong, "\n".join(wrong)
    taken = sum(row.verdict in TAKEN for row in book.rows)
    assert made["counts"]["created"] == taken
    again = await send(manager, tmp_path / "nasty.xlsx", "shanghai-sti-13", mode="apply", accept_valid="true")
    assert (again["counts"]["unchanged"], again["counts"]["created"], again["counts"]["updated"]) == (taken, 0, 0)
