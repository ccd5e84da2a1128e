"""The catalog's data files: TOML in the form of the wire, read and checked."""

import json
import tomllib
from pathlib import Path
from typing import Any

from services.catalog.contract import PlanDocument, Vocabulary

DATA = Path(__file__).parent / "data"


def read_plan(file: Path) -> PlanDocument:
    """The plan of one data file."""
    return PlanDocument.model_validate_json(json.dumps(_values(file)))


def read_vocabularies(file: Path = DATA / "vocabularies.toml") -> list[Vocabulary]:
    """All vocabularies, in the order of the file."""
    return [Vocabulary.model_validate_json(json.dumps(found)) for found in _values(file)["vocabularies"]]


def plan_files() -> list[Path]:
    """The data files of plans."""
    return sorted((DATA / "plans").glob("*.toml"))


def _values(file: Path) -> Any:
    """TOML's values as JSON's: TOML has dates of its own, JSON writes them as text."""
    return json.loads(json.dumps(tomllib.loads(file.read_text(encoding="utf-8")), default=str))
