"""What services answer for a page, made of the very models that they answer with."""

from typing import Any

from services.catalog.contract import Edition, PlanDocument
from services.portfolio.contract import Agency, Happening, Movement, Project
from services.reporting.contract import Coverage, Explanation, Flows, Matrix, Notice, SavedReport, Trend
from tests.builders import a_plan, some_vocabularies
from tests.gateway.conftest import Front

PROJECT = "0190b6c0-0000-7000-8000-000000000001"
SAVED = "0190b6c0-0000-7000-8000-000000000002"
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
    given = a_head(plan) | {
        "totals": FIGURES | by_code.get("total", {}),
        "items": [
            {name: getattr(node, name) for name in ("code", "level", "number", "title", "parent")}
            | FIGURES
            | by_code.get(node.code, {})
            for node in plan.nodes
        ],
        "explain": "",
    }
    return Coverage.model_validate(given).model_dump(mode="json")


def a_head(plan: PlanDocument) -> dict[str, Any]:
    """What every report states about itself, and its notes."""
    return {
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
        "notes": [{"code": "not_counted", "detail": "in no figure", "amount": "123.45"}],
    }


def an_explanation(
    plan: PlanDocument, code: str, figure: str, items: list[dict[str, Any]], next: str | None = None
) -> dict[str, Any]:
    """A page of what a figure of a node is the sum of."""
    given = a_head(plan) | {"code": code, "figure": figure, "total": None, "items": items, "tasks": [], "next": next}
    return Explanation.model_validate(given).model_dump(mode="json")


def a_part(figure: str = "committed", **differing: Any) -> dict[str, Any]:
    """The part of the one project at 4.8, or its presence there."""
    part: dict[str, Any] = {
        **dict.fromkeys(("amount", "movement", "kind", "on", "year", "source", "entry_position")),
        "project": PROJECT,
        "project_no": None,
        "title": "材料数据库",
        "share": "100",
        "task": "4.8",
        "position": 7,
        "recorded_at": "2017-03-15T18:30:00Z",
    }
    if figure == "committed":
        part |= {"amount": "1234567.89", "movement": PROJECT, "kind": "commitment", "on": "2017-03-15"}
        part |= {"year": 2017, "source": "municipal", "entry_position": 7}
    return part | differing


def a_target(**differing: Any) -> dict[str, Any]:
    """A target as it stands at 4.8."""
    target = {
        "task": "4.8",
        "node": "4.8",
        "edition": 1,
        "year": None,
        "sources": ["municipal"],
        "amount": "600000.00",
        "stated_amount": "600000.00",
        "source_document": "市科委文件",
        "position": 9,
    }
    return target | differing


def explain(front: Front, plan: PlanDocument, code: str, **items: list[dict[str, Any]]) -> None:
    """Let reporting explain figures of a node: by figure the items, nothing for those that are not named."""

    def explained(asked: dict[str, list[str]]) -> dict[str, Any]:
        (figure,) = asked["figure"]
        return an_explanation(plan, code, figure, items.get(figure, []))

    front.reporting.answers[f"/api/v1/reports/coverage/{code}/explain"] = (200, explained)


def a_matrix(plan: PlanDocument, place: str = "浦东新区") -> dict[str, Any]:
    """Districts by chapters: one amount, and a district without a name."""
    chapters = [node for node in plan.nodes if node.parent is None]
    given = a_head(plan) | {
        "rows_by": "district",
        "columns_by": "chapter",
        "figure": "committed",
        "rows": [{"code": "310115", "title": place}, {"code": "unclassified", "title": "未分类"}],
        "columns": [{"code": node.code, "title": node.title, "number": node.number} for node in chapters],
        "cells": [{"row": "310115", "column": "4", "value": "12345650.00"}],
        "row_totals": [{"code": "310115", "value": "12345650.00"}, {"code": "unclassified", "value": "0.00"}],
        "column_totals": [{"code": "4", "value": "12345650.00"}, {"code": "5", "value": "0.00"}],
        "total": "12345650.00",
        "explain": "",
    }
    return Matrix.model_validate(given).model_dump(mode="json")


def some_flows(plan: PlanDocument, source: str = "市级财政") -> dict[str, Any]:
    """Money that goes one way."""
    value = {"value": "12345650.00"}
    given = a_head(plan) | {
        "figure": "committed",
        "nodes": [
            {"id": "source:municipal", "stage": "source", "code": "municipal", "title": source} | value,
            {"id": "fund_class:basic", "stage": "fund_class", "code": "basic", "title": "基础前沿"} | value,
            {"id": "node:4", "stage": "node", "code": "4", "title": plan.nodes[0].title} | value,
        ],
        "links": [
            {"source": "source:municipal", "target": "fund_class:basic", "explain": ""} | value,
            {"source": "fund_class:basic", "target": "node:4", "explain": ""} | value,
        ],
        "total": "12345650.00",
    }
    return Flows.model_validate(given).model_dump(mode="json")


def a_trend(plan: PlanDocument) -> dict[str, Any]:
    """Two years."""
    points = [
        {"period": "2017", "until": "2017-12-31", "value": "10000.00", "cumulative": "10000.00"},
        {"period": "2018", "until": "2018-12-31", "value": "12335650.00", "cumulative": "12345650.00"},
    ]
    given = a_head(plan) | {
        "by": "year",
        "figure": "committed",
        "node": "total",
        "points": points,
        "total": "12345650.00",
        "explain": None,
    }
    return Trend.model_validate(given).model_dump(mode="json")


def a_saved_report(**differing: Any) -> dict[str, Any]:
    """A cut that somebody keeps."""
    saved = {
        "id": SAVED,
        "plan": "small",
        "name": "月末缺口",
        "cut": {"level": "task", "year": [2017, 2018], "source": ["municipal"], "edition": 1},
        "version": 1,
        "owner": "manager@test",
        "since": "2018-01-01",
        "tell_uncovered": True,
    }
    return SavedReport.model_validate(saved | differing).model_dump(mode="json")


def a_notice(**differing: Any) -> dict[str, Any]:
    """A task that fell out of coverage."""
    notice = {
        "id": "0190b6c0-0000-7000-8000-000000000003",
        "saved": SAVED,
        "name": "月末缺口",
        "at": "2018-06-30T16:00:00Z",
        "code": "task_uncovered",
        "node": "4.8",
        "title": "材料基因组",
        "as_of": "2018-06-30",
        "before": "covered",
        "after": "not covered",
    }
    return Notice.model_validate(notice | differing).model_dump(mode="json")


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


def an_edition(plan: PlanDocument, **differing: Any) -> dict[str, Any]:
    """The first edition of a plan."""
    edition = {"plan": plan.slug, "number": 1, "status": "published", "published_at": "2017-01-01T00:00:00Z"}
    return Edition.model_validate(edition | differing).model_dump(mode="json")


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
        f"/api/v1/plans/{plan.slug}": (200, head | {"edition": 1, "denominators": {"tasks": 4}}),
        f"/api/v1/plans/{plan.slug}/editions": (200, {"items": [an_edition(plan)]}),
        f"/api/v1/plans/{plan.slug}/document": (200, text),
        f"/api/v1/plans/{plan.slug}/targets": (200, {"items": []}),
        "/api/v1/vocabularies": (200, {"items": [found.model_dump(mode="json") for found in some_vocabularies()]}),
    }
    front.reporting.answers |= {
        "/api/v1/reports/coverage": (200, a_coverage(plan, by_code or {})),
        "/api/v1/reports/matrix": (200, a_matrix(plan)),
        "/api/v1/reports/flows": (200, some_flows(plan)),
        "/api/v1/reports/trend": (200, a_trend(plan)),
        "/api/v1/reports/notices": (200, {"items": [], "next": None}),
        "/api/v1/reports/saved": (200, {"items": [a_saved_report()], "next": None}),
    }
    for node in plan.nodes:
        explain(front, plan, node.code)
    explain(front, plan, "4.8", projects=[a_part("projects")], committed=[a_part()])
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
