"""An invented second edition of the small plan, and entries that publish it."""

from fractions import Fraction
from typing import Any

from services.catalog.contract import PlanDocument
from services.shared.journal import Entry
from tests.builders import a_plan
from tests.reporting.invented import entry

CROSSWALK: list[dict[str, Any]] = [
    {"from_code": "4.1", "to_code": "4.1", "weight": "100", "kind": "same"},
    {"from_code": "4.8", "to_code": "4.8a", "weight": "33.333333", "kind": "split"},
    {"from_code": "4.8", "to_code": "4.8b", "weight": "66.666667", "kind": "split"},
    {"from_code": "5.1", "to_code": "5.0", "weight": "100", "kind": "merged"},
    {"from_code": "5.10", "to_code": "5.0", "weight": "100", "kind": "merged"},
    {"from_code": "7-m1", "to_code": None, "weight": "100", "kind": "retired"},
]
"""4.8 is split, 5.1 and 5.10 are merged, the measure is retired; 4.9 of the second edition comes from nothing."""


def a_second_edition() -> PlanDocument:
    """The small plan after its revision."""
    document = a_plan().model_dump(mode="json")
    replaced = {"4.8": ("4.8a", "4.8b", "4.9"), "5.1": ("5.0",), "5.10": (), "7-m1": ()}
    nodes: list[dict[str, Any]] = []
    for node in document["nodes"]:
        if node["parent"] in replaced:
            continue
        for code in replaced.get(node["code"], (node["code"],)):
            nodes.append(
                node | {"code": code, "number": code, "title": f"演示 {code}"} if code != node["code"] else node
            )
    return PlanDocument.model_validate(document | {"nodes": nodes, "relations": [], "themes": []})


HOMES: dict[tuple[int, int], dict[str, dict[str, Fraction]]] = {
    (1, 2): {
        "4.1": {"4.1": Fraction(1)},
        "4.8": {"4.8a": Fraction(33_333_333, 100_000_000), "4.8b": Fraction(66_666_667, 100_000_000)},
        "5.1": {"5.0": Fraction(1)},
        "5.10": {"5.0": Fraction(1)},
        "7-m1": {"earlier_edition": Fraction(1)},
    },
    (2, 1): {
        "4.1": {"4.1": Fraction(1)},
        "4.8a": {"4.8": Fraction(1)},
        "4.8b": {"4.8": Fraction(1)},
        "4.9": {"later_edition": Fraction(1)},
        "5.0": {"5.1": Fraction(1, 2), "5.10": Fraction(1, 2)},
    },
}
"""Written by hand: where a task of one edition stands in the other."""


def published(position: int) -> Entry:
    """The second edition with its crosswalk, in force from 2019 on."""
    after = {
        "edition": 2,
        "plan": a_second_edition().model_dump(mode="json"),
        "previous": 1,
        "effective_from": "2019-01-01",
        "crosswalk": {"rows": CROSSWALK},
    }
    return entry(position, "edition_published", after)
