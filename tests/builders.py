"""Valid by default; keywords to differ. All invented."""

from typing import Any

from services.catalog.contract import PlanDocument, Vocabulary
from services.portfolio.rules import Knowledge


def a_plan(**differing: Any) -> PlanDocument:
    """A small plan: two chapters; tasks 4.1, 4.8, 5.1, 5.10; a measure 7-s1-m1 with no task above it."""
    nodes = [
        {"code": "4", "level": "chapter", "number": "四", "title": "夯实基础", "kind": "structure", "fundable": False},
        {"code": "4.1", "level": "task", "number": "1", "title": "设施集群", "parent": "4"},
        {"code": "4.8", "level": "task", "number": "8", "title": "材料基因组", "parent": "4", "aliases": ["材料基因"]},
        {"code": "5", "level": "chapter", "number": "五", "title": "发展动能", "kind": "structure", "fundable": False},
        {"code": "5.1", "level": "task", "number": "1", "title": "智能制造集成", "parent": "5"},
        {"code": "5.10", "level": "task", "number": "10", "title": "大数据及云计算", "parent": "5", "fundable": False},
        {"code": "5.10-m1", "level": "measure", "title": "建设平台", "parent": "5.10"},
        {"code": "7-m1", "level": "measure", "title": "强化治理", "parent": "5", "kind": "policy", "fundable": False},
    ]
    levels = [
        {"code": "chapter", "title": "章"},
        {"code": "task", "title": "任务", "carries_shares": True},
        {"code": "measure", "title": "举措", "carries_shares": True},
    ]
    plan = {
        "slug": "small",
        "title": "小计划",
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
        "levels": levels,
        "nodes": nodes,
    }
    return PlanDocument.model_validate(plan | differing)


def some_vocabularies() -> list[Vocabulary]:
    """As many terms as tests use."""
    terms = {
        "fund_class": ["basic_frontier", "municipal_major"],
        "funding_mode": ["competitive_grant"],
        "stage": ["basic_research", "application"],
        "source": ["central", "municipal", "district", "self", "other"],
        "agency_type": ["government", "university", "other"],
        "district": ["310101", "310115"],
        "project_state": [
            *("approved", "contracted", "in_progress", "suspended", "terminated", "revoked"),
            *("acceptance", "rectify", "accepted", "failed", "closed"),
        ],
    }
    return [
        Vocabulary.model_validate({"code": code, "title": code, "terms": [{"code": t, "title": t} for t in found]})
        for code, found in terms.items()
    ]


def knowledge(**differing: Any) -> Knowledge:
    """What the catalog says of the small plan."""
    return Knowledge(a_plan(**differing), 1, {v.code: v for v in some_vocabularies()})


def an_agency(value: str = "A-01", **differing: Any) -> dict[str, Any]:
    """The body of POST /agencies."""
    agency = {"identifier": {"scheme": "local", "value": value}, "name": f"演示单位 {value}", "type": "university"}
    return agency | differing


def a_project(**differing: Any) -> dict[str, Any]:
    """The body of POST /projects: two shares, two budget lines, contracted."""
    project = {
        "plan": "small",
        "title": "演示：材料数据库",
        "lead": "local:A-01",
        "fund_class": "basic_frontier",
        "state": "contracted",
        "approved_on": "2017-03-15",
        "start_on": "2017-04-01",
        "end_on": "2019-12-31",
        "tasks": [{"code": "4.8", "weight": "70"}, {"code": "5.1", "weight": "30"}],
        "budget": [
            {"year": 2017, "source": "municipal", "amount": "1250000.00"},
            {"year": 2018, "source": "self", "amount": "300000.01"},
        ],
    }
    return project | differing
