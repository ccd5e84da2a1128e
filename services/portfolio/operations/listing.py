"""Writing project lists, in a process of its own: what it needs is loaded there alone."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.catalog.contract import PlanDocument, Vocabulary
from services.portfolio.contract import Project
from services.portfolio.workbook.listing import Listed, write_csv, write_xlsx
from services.portfolio.workbook.template import write_template
from services.portfolio.workbook.words import Words


def _words(plan: str, vocabularies: Mapping[str, str]) -> Words:
    known = {code: Vocabulary.model_validate_json(text) for code, text in vocabularies.items()}
    return Words(PlanDocument.model_validate_json(plan), known)


def write_to(rows: str, target: str, plan: str, vocabularies: Mapping[str, str]) -> None:
    """Write JSON lines as a list; the name of the target says in which form."""
    write = write_csv if target.endswith(".csv") else write_xlsx
    write(Path(target), _listed(Path(rows)), _words(plan, vocabularies))


def write_template_to(target: str, plan: str, vocabularies: Mapping[str, str]) -> None:
    """Write the template of a plan."""
    write_template(Path(target), _words(plan, vocabularies))


def _listed(path: Path) -> Iterator[Listed]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            row: dict[str, Any] = json.loads(line)
            paid = Decimal(row["disbursed"]) if row["disbursed"] else None
            yield Listed(Project.model_validate_json(row["project"]), row["lead"], paid)
