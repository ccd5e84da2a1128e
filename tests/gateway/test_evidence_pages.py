"""The pages of evidence: snapshots, one of them with what was found, what changed between two."""

from typing import Any

import pytest

from services.reporting.contract import Diff, Exceptions, Finding, Limits, Sample, Snapshot
from tests.builders import a_plan
from tests.gateway.answers import a_head, a_project, answer
from tests.gateway.conftest import Front
from tests.gateway.signing import sign_in
from tests.gateway.test_pages import HOSTILE, plain

FIRST, SECOND = "0190b6c0-0000-7000-8000-00000000000a", "0190b6c0-0000-7000-8000-00000000000b"
MOMENT = "2026-01-02T03:04:05Z"
SIDE = {"as_of": "2018-06-30", "recorded_at": MOMENT, "positions": {"catalog": 9, "portfolio": 4}}
FIGURES = {
    "projects": 1,
    "committed": "10000.00",
    "received": "0.00",
    "disbursed": "0.00",
    "spent": "0.00",
    "target": "50000.00",
    "gap": "40000.00",
    "covered": False,
}


def a_snapshot(id: str, portfolio: int = 4, **differing: Any) -> dict[str, Any]:
    """A snapshot that is ready."""
    made: dict[str, Any] = {
        "id": id,
        "status": "ready",
        "plan": "small",
        "edition": 1,
        "as_of": "2018-06-30",
        "recorded_at": MOMENT,
        "positions": {"catalog": 9, "portfolio": portfolio},
        "scope": {},
        "previous": None,
        "created_by": "auditor@test",
        "created_at": MOMENT,
        "package": {"name": "kepan-small.zip", "bytes": 9, "sha256": "5f" * 32, "tagmanifest_sha256": "6a" * 32},
    }
    return Snapshot.model_validate(made | differing).model_dump(mode="json")


def some_exceptions(text: str = "超预算") -> dict[str, Any]:
    """One check with a row, one without."""
    checks = [
        {"check": "A3", "title": "超预算", "test": "…", "not_seen": None, "rows": 1, "amount": "20000.00"},
        {"check": "A13", "title": "轨迹", "test": "…", "not_seen": text, "rows": 0, "amount": None},
    ]
    row = {
        "check": "A3",
        "project": FIRST,
        "agency": "local:A-01",
        "project_no": None,
        "title": text,
        "amount": "20000.00",
        "details": [text],
        "others": [],
    }
    limits = Limits().model_dump(mode="json")
    given = a_head(a_plan()) | {"limits": limits, "checks": checks, "items": [row], "next": None, "notes": []}
    return Exceptions.model_validate(given).model_dump(mode="json")


def a_finding(text: str = "整改") -> dict[str, Any]:
    """A finding with a step."""
    step = {"to": "answered", "text": text, "at": MOMENT, "by": text, "role": "manager"}
    given = {"id": FIRST, "snapshot": FIRST, "version": 2, "title": text, "severity": "high", "text": text}
    given |= {"status": "answered", "found_by": "a", "found_at": MOMENT, "steps": [step], "due_on": "2026-12-31"}
    return Finding.model_validate(given).model_dump(mode="json")


def a_sample(text: str = "年审") -> dict[str, Any]:
    """A sample of one project."""
    item = {"place": 1, "project": FIRST, "project_no": None, "title": text, "lead": "x", "movement": None}
    given = {"id": FIRST, "snapshot": FIRST, "method": "monetary_unit", "population": "projects", "size": 1}
    given |= {"figure": "committed", "seed": "2026", "purpose": text, "formula": "…", "count": 3, "value": "1000000.00"}
    given |= {
        "apart_count": 0,
        "apart_value": "0.00",
        "interval": "1",
        "start": "0",
        "drawn_by": "a",
        "drawn_at": MOMENT,
    }
    given |= {"items": [item | {"value": "5.00", "hits": 1, "digest": None}]}
    return Sample.model_validate(given).model_dump(mode="json")


def a_diff(text: str = "演示 改名") -> dict[str, Any]:
    """A project that changed, a task that became covered."""
    node = {"code": "4.8", "level": "task", "number": "8.", "title": text}
    movement = {"id": FIRST, "kind": "receipt", "on": "2018-01-01", "year": 2018}
    project = {
        "project": FIRST,
        "project_no": None,
        "title": text,
        "lead": "x",
        "change": "changed",
        "fields": [
            {"pointer": "/title", "change": "changed", "before": "演示", "after": text, "withheld": False},
            {"pointer": "/a", "change": "added", "before": None, "after": [1], "withheld": False},
            {"pointer": "/pi/phone_hash", "change": "changed", "before": None, "after": None, "withheld": True},
        ],
        "moved": dict.fromkeys(("committed", "received", "disbursed", "spent", "refunded"), "5.00"),
        "movements": [movement | {"source": text, "amount": "5.00", "position": 6}],
        "entries": [{"position": 5, "recorded_at": MOMENT, "kind": "project"}],
    }
    target = {"node": "4.8", "year": None, "sources": ["x"], "before": None, "after": "9.00", "source_document": text}
    after = FIGURES | {"projects": 2, "gap": "0.00", "covered": True}
    less = {name: "0.00" for name in FIGURES if name != "covered"} | {"projects": 1, "gap": "-40000.00"}
    counts = {"projects": 1, "added": 0, "changed": 1, "removed": 0, "with_money_moved": 1}
    given = {
        "plan": "small",
        "edition": 1,
        "unit": "CNY",
        "filters": a_head(a_plan())["filters"],
        "before": SIDE,
        "after": SIDE | {"positions": {"catalog": 10, "portfolio": 6}},
        "counts": counts | {"catalog_entries": 1, "portfolio_entries": 2},
        "totals": {"before": FIGURES, "after": after, "difference": less},
        "items": [node | {"before": FIGURES, "after": after, "difference": less}],
        "catalog": {"editions": [{"edition": 2, "position": 10}], "targets": [target | {"position": 10}]},
        "projects": [project],
        "next": "further",
        "notes": [],
    }
    return Diff.model_validate(given).model_dump(mode="json")


def answering(front: Front, text: str = "演示") -> None:
    """Let reporting answer what the pages ask."""
    answer(front)
    path = "/api/v1/snapshots"
    front.reporting.answers |= {
        path: (200, {"items": [a_snapshot(SECOND, 6), a_snapshot(FIRST, created_by=text)], "next": "further"}),
        f"{path}/{FIRST}": (200, a_snapshot(FIRST, created_by=text)),
        f"{path}/{FIRST}/exceptions": (200, some_exceptions(text)),
        f"{path}/{FIRST}/samples": (200, {"items": [a_sample(text)], "next": None}),
        f"{path}/{FIRST}/findings": (200, {"items": [a_finding(text)], "next": None}),
        f"{path}/{FIRST}/diff/{SECOND}": (200, a_diff(text)),
    }


PAGES = ["/snapshots", f"/snapshots/{FIRST}", f"/snapshots/{FIRST}/diff/{SECOND}"]


async def test_the_list_leads_to_each_snapshot_and_to_what_changed_since_the_one_before(front: Front) -> None:
    answering(front)
    await sign_in(front, "auditor")
    text = (await front.http.get("/snapshots")).text
    assert f'href="/snapshots/{SECOND}"' in text and f'href="/snapshots/{FIRST}/diff/{SECOND}"' in text
    assert 'href="/snapshots?cursor=further"' in text
    assert "已就绪" in plain(text)


async def test_a_snapshot_shows_package_exceptions_findings_and_samples(front: Front) -> None:
    answering(front)
    await sign_in(front, "manager")
    said = plain((await front.http.get(f"/snapshots/{FIRST}")).text)
    for words in ("5f" * 32, "A3 超预算", "2.00", "A13 轨迹", "高", "已答复", "2026-12-31", "货币单元", "100.00"):
        assert words in said, words


async def test_a_snapshot_of_a_plan_that_catalog_does_not_name_is_a_page_that_says_to_come_back(front: Front) -> None:
    answering(front)
    front.catalog.answers["/api/v1/plans"] = (200, {"items": []})
    await sign_in(front, "manager")
    found = await front.http.get(f"/snapshots/{FIRST}")
    assert found.status_code == 503 and "unexpected_answer" in found.text and "刷新本页" in found.text


async def test_what_changed_is_told_in_words(front: Front) -> None:
    answering(front, "演示 改名")
    await sign_in(front, "manager")
    text = (await front.http.get(f"/snapshots/{FIRST}/diff/{SECOND}")).text
    said = plain(text)
    told = ("变为覆盖：8. 演示 改名", "/title ：演示 → 演示 改名", "/a ：— → [1]", "公布了第 2 版", "到位 5.00")
    of_gaps = ("缺口缩小的节点", "4.8 演示 改名 4.00 0.00 −4.00", "/pi/phone_hash ：有变更（个人信息，不显示）")
    for words in (*told, *of_gaps, "新增 0，变更 1，退出 0", "项目数 1 2 +1", "--xlsx", "日志第 5 条"):
        assert words in said, (words, said)
    assert f'href="/snapshots/{FIRST}/diff/{SECOND}?cursor=further"' in text


@pytest.mark.parametrize("path", PAGES)
async def test_evidence_is_not_for_everybody(front: Front, path: str) -> None:
    answering(front)
    assert (await front.http.get(path)).status_code == 401
    await sign_in(front, "editor")
    assert (await front.http.get(path)).status_code == 403
    assert not front.reporting.asked


@pytest.mark.parametrize("path", PAGES)
async def test_hostile_text_stays_text_on_pages_of_evidence(front: Front, path: str) -> None:
    answering(front, HOSTILE)
    await sign_in(front, "auditor")
    text = (await front.http.get(path)).text
    assert "<script" not in text and "<svg onload" not in text and "49" not in plain(text).split()


@pytest.mark.parametrize("path", ["/snapshots/none", f"/snapshots/{FIRST}/diff/none"])
async def test_what_is_no_id_is_no_page(front: Front, path: str) -> None:
    answering(front)
    await sign_in(front, "auditor")
    assert (await front.http.get(path)).status_code == 404


@pytest.mark.parametrize("path", PAGES[1:])
async def test_evidence_of_a_plan_with_invented_data_says_so(front: Front, path: str) -> None:
    answering(front, "一")
    await sign_in(front, "auditor")
    assert "演示数据" not in (await front.http.get(path)).text
    front.portfolio.answers["/api/v1/projects"] = (200, {"items": [a_project(title="演示：一")], "next": None})
    assert "演示数据" in (await front.http.get(path)).text
