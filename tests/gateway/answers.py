"""What services answer for a page, made of the very models that they answer with."""

from typing import Any

from services.catalog.contract import PlanDocument
from services.portfolio.contract import Agency, Happening, Movement, Project
from services.reporting.contract import Coverage
from tests.builders import a_plan, some_vocabularies
from tests.gateway.conftest import Front

PROJECT = "0190b6c0-0000-7000-8000-000000000001"
NO_GAP = {
    "target": None,
    "target_committed": None,
    "gap": None,
    "gap_rate": None,
    "gap_kind": "no_target",
    "surplus": None,
    "tasks_without_target": 1,
}
FIGURES: dict[str, Any] = NO_GAP | {
    "projects": 0,
    "agencies": 0,
    "committed": "0.00",
    "received": "0.00",
    "disbursed": "0.00",
    "spent": "0.00",
    "refunded": "0.00",
    "tasks": 1,
    "covered_tasks": 0,
    "covered": False,
    "coverage_rate": "0.0",
    "receipt_rate": None,
    "disbursement_rate": None,
    "spending_rate": None,
}


def a_coverage(plan: PlanDocument, by_code: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A report of every node; what differs from nothing at all, by code (`total` for the plan)."""
    head = {
        "plan": plan.slug,
        "as_of": "2018-12-31",
        "recorded_at": None,
        "positions": {"catalog": 1, "portfolio": 2},
        "edition": 1,
        "unit": plan.currency,
        "denominator": {"name": "tasks", "value": 4},
        "denominators": {"tasks": 4, "tasks_and_measures": 5, "fundable": 3},
        "counted_states": ["contracted", "in_progress"],
        "covering_weight": "20",
        "filters": dict.fromkeys(("agency", "district", "fund_class", "stage", "scope"))
        | {"level": "all", "year": [], "source": []},
        "totals": FIGURES | by_code.get("total", {}),
        "items": [
            {name: getattr(node, name) for name in ("code", "level", "number", "title", "parent")}
            | FIGURES
            | by_code.get(node.code, {})
            for node in plan.nodes
        ],
        "notes": [{"code": "not_counted", "detail": "in no figure", "amount": "123.45"}],
    }
    return Coverage.model_validate(head).model_dump(mode="json")


def a_project(**differing: Any) -> dict[str, Any]:
    """A registered project."""
    project = {
        "id": PROJECT,
        "plan": "small",
        "edition": 1,
        "title": "材料数据库",
        "lead": "local:A-01",
        "state": "contracted",
        "state_on": "2017-03-15",
        "states": [{"state": "contracted", "on": "2017-03-15"}],
        "record_status": "published",
        "tasks": [{"code": "4.8", "weight": "100"}],
        "shares": [{"valid_from": None, "tasks": [{"code": "4.8", "weight": "100"}]}],
        "registered_by": "manager@test",
        "version": 1,
        "budget": [],
    }
    return Project.model_validate(project | differing).model_dump(mode="json")


def a_movement(**differing: Any) -> dict[str, Any]:
    """Money that was committed."""
    movement = {
        "id": PROJECT,
        "project": PROJECT,
        "kind": "commitment",
        "on": "2017-03-15",
        "on_precision": "day",
        "year": 2017,
        "source": "municipal",
        "amount": "1234567.89",
        "reference": "",
        "corrects": None,
        "origin": "budget",
    }
    return Movement.model_validate(movement | differing).model_dump(mode="json")


def a_step(**differing: Any) -> dict[str, Any]:
    """A step of a project's story."""
    step = {
        "position": 7,
        "serial": 1,
        "recorded_at": "2017-03-15T18:30:00Z",
        "on": "2017-03-15",
        "kind": "project_registered",
        "by": "manager@test",
        "role": "manager",
        "told": "registered",
    }
    return Happening.model_validate(step | differing).model_dump(mode="json")


def answer(front: Front, by_code: dict[str, dict[str, Any]] | None = None, plan: PlanDocument | None = None) -> None:
    """Let the services answer for a plan, with one project at 4.8."""
    plan = plan or a_plan()
    text = plan.model_dump(mode="json", by_alias=True)
    head = {name: text[name] for name in text if name not in ("nodes", "relations", "themes", "indicators")}
    agency = {"id": "local:A-01", "identifier": {"scheme": "local", "value": "A-01"}, "name": "演算大学"}
    front.catalog.answers |= {
        "/api/v1/plans": (
            200,
            {"items": [head | {"edition": 1, "denominators": {"tasks": 4}}]},
        ),
        f"/api/v1/plans/{plan.slug}/document": (200, text),
        f"/api/v1/plans/{plan.slug}/targets": (200, {"items": []}),
        "/api/v1/vocabularies": (200, {"items": [found.model_dump(mode="json") for found in some_vocabularies()]}),
    }
    front.reporting.answers["/api/v1/reports/coverage"] = (200, a_coverage(plan, by_code or {}))
    front.portfolio.answers |= {
        "/api/v1/projects": (200, {"items": [a_project()], "next": None}),
        f"/api/v1/projects/{PROJECT}": (200, a_project()),
        f"/api/v1/projects/{PROJECT}/movements": (200, {"items": [a_movement()], "next": None}),
        f"/api/v1/projects/{PROJECT}/history": (200, {"items": [a_step()], "next": None}),
        "/api/v1/agencies/local:A-01": (
            200,
            Agency.model_validate(
                agency | {"type": "university", "district": None, "parent": None, "version": 1}
            ).model_dump(mode="json"),
        ),
    }
