"""Rules of plans, without a database."""

import json
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, SKOS, Graph

from services import catalog
from services.catalog import rules
from services.catalog.contract import JOURNAL_KINDS, NodeDocument, PlanDocument, as_json, denominators, journal_schema
from services.catalog.pinyin import sounds_of
from services.catalog.skos import skos_of
from tests.builders import a_plan


def broken(**differing: Any) -> list[tuple[str, str]]:
    return [(p["pointer"], p["code"]) for p in rules.plan_problems(a_plan(**differing))]


def nodes(*more: dict[str, Any]) -> list[Any]:
    return [*as_json(a_plan())["nodes"], *more]


def test_the_small_plan_holds_together() -> None:
    assert broken() == []


@pytest.mark.parametrize(
    ("node", "pointer", "code"),
    [
        ({"code": "4.8", "level": "task", "title": "又一个"}, "/nodes/8/code", "duplicate_code"),
        ({"code": "9", "level": "volume", "title": "卷"}, "/nodes/8/level", "unknown_level"),
        ({"code": "9.1", "level": "task", "title": "题", "parent": "9"}, "/nodes/8/parent", "unknown_parent"),
        ({"code": "9", "level": "chapter", "title": "章", "parent": "4.8"}, "/nodes/8/parent", "level_order"),
        (
            {"code": "9", "level": "chapter", "title": "章", "aliases": ["材料基因"]},
            "/nodes/8/aliases/0",
            "alias_taken",
        ),
        (
            {"code": "9", "level": "chapter", "title": "章", "aliases": ["材料“基因组”"]},
            "/nodes/8/aliases/0",
            "alias_taken",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_a_pointer(node: dict[str, Any], pointer: str, code: str) -> None:
    assert broken(nodes=nodes(node)) == [(pointer, code)]


def test_relations_themes_time_zone_and_levels_are_checked() -> None:
    found = broken(
        time_zone="Mars/Olympus",
        relations=[{"from": "4.8", "to": "9.9", "kind": "related"}],
        themes=[{"term": "量子", "nodes": ["8.8"]}],
        levels=[{"code": code, "title": code} for code in ("chapter", "task", "measure")],
    )
    assert found == [
        ("/time_zone", "unknown_time_zone"),
        ("/levels", "no_carrying_level"),
        ("/relations/0/to", "unknown_node"),
        ("/themes/0/nodes/0", "unknown_node"),
    ]


def test_denominators_count_tasks_measures_without_a_task_above_and_fundable_ones() -> None:
    plan = a_plan()
    assert denominators(plan.levels, plan.nodes) == {"tasks": 4, "tasks_and_measures": 5, "fundable": 3}


def test_a_node_is_found_by_code_title_and_pinyin() -> None:
    node = next(node for node in a_plan().nodes if node.code == "4.8")
    assert {"4.8", "材料基因组", "cailiaojiyinzu", "cljyz"} <= set(
        rules.words_of(node, sounds_of([node.title, *node.aliases, *node.keywords]))
    )


# The warning is about a name that rdflib's own JSON-LD parser still uses.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("media_type", ["text/turtle", "application/ld+json"])
def test_skos_reads_back_with_every_concept(media_type: str) -> None:
    text = skos_of(a_plan().model_dump_json(), media_type)
    graph = Graph().parse(data=text, format={"text/turtle": "turtle"}.get(media_type, "json-ld"))
    assert len(list(graph.subjects(RDF.type, SKOS.Concept))) == len(a_plan().nodes)


def test_two_nodes_can_not_stand_above_each_other() -> None:
    ring = [
        {"code": one, "level": "task", "title": one, "parent": other} for one, other in (("8.1", "8.2"), ("8.2", "8.1"))
    ]
    assert ("/nodes/8/parent", "unknown_parent") in broken(nodes=nodes(*ring))


@pytest.mark.parametrize(
    ("place", "reading", "initials"),
    [("长宁区", "changningqu", "cnq"), ("长三角", "changsanjiao", "csj"), ("长江", "changjiang", "cj")],
)
def test_readings_that_the_dictionary_has_wrong_are_right(place: str, reading: str, initials: str) -> None:
    words = rules.words_of(NodeDocument(code="x", level="task", title=place), sounds_of([place]))
    assert {reading, initials} <= set(words)


@pytest.mark.parametrize("kind", JOURNAL_KINDS)
def test_the_committed_schema_of_each_journal_kind_is_the_codes(kind: str) -> None:
    committed = json.loads((Path(catalog.__file__).parent / "journal_schemas" / f"{kind}.json").read_text("utf-8"))
    assert committed == journal_schema(kind)


def test_a_plan_reads_back_from_its_json() -> None:
    assert PlanDocument.model_validate(as_json(a_plan())) == a_plan()
