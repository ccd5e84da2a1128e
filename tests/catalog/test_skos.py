"""The real plan as SKOS, judged by skosify."""

import json
import logging
import tomllib
from pathlib import Path

import pytest
import skosify
from rdflib import RDF, SKOS, Graph

from services.catalog import rules
from services.catalog.contract import PlanDocument
from services.catalog.skos import skos_of

FILE = Path(__file__).parents[2] / "services" / "catalog" / "data" / "plans" / "shanghai-sti-13.toml"


@pytest.fixture(scope="module")
def plan() -> PlanDocument:
    document = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return PlanDocument.model_validate(json.loads(json.dumps(document, default=str)))


def test_the_real_plan_holds_together(plan: PlanDocument) -> None:
    assert rules.plan_problems(plan) == []


# skosify leaves its own file open.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_skosify_finds_nothing_wrong_with_the_real_plan(
    plan: PlanDocument, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "plan.ttl"
    file.write_text(skos_of(plan.model_dump_json(), "text/turtle"), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        judged: Graph = skosify.skosify(str(file))
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert len(set(judged.subjects(RDF.type, SKOS.Concept))) == 134
