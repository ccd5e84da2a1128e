"""The pages: what they show, to whom, in which words, and that nothing in them runs."""

import html
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from jinja2 import Template
from pydantic import ValidationError
from structlog.testing import capture_logs

from gateway.pages import Neighbourhood, rendering, words
from services.shared.tokens import Caller, Signer, Verifier
from tests.builders import a_plan
from tests.conftest import Cluster
from tests.gateway.answers import (
    PROJECT,
    a_coverage,
    a_matrix,
    a_movement,
    a_notice,
    a_part,
    a_project,
    a_saved_report,
    a_step,
    a_target,
    answer,
    explain,
    some_flows,
)
from tests.gateway.conftest import Front, StandIn, listening
from tests.gateway.signing import OURS, sign_in

HOSTILE = "<script>alert(1)</script>\"'&<svg onload=x>{{ 7*7 }}"
PAGES = ["/", "/plans/small", "/plans/small/tasks/4.8", f"/projects/{PROJECT}"]
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


def plain(text: str) -> str:
    """A page's words without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


async def test_nobody_signed_in_sees_how_to_sign_in_and_nothing_else(front: Front) -> None:
    answer(front)
    home = await front.http.get("/")
    assert home.status_code == 200 and "kepan signin" in home.text
    for path in PAGES[1:]:
        refused = await front.http.get(path)
        assert refused.status_code == 401 and "kepan signin" in refused.text
        assert refused.headers["content-type"].startswith("text/html")
    assert not any(service.asked for service in (front.catalog, front.portfolio, front.reporting))


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/plans/none/such/page"])
async def test_every_page_carries_the_policy_and_is_kept_nowhere(front: Front, path: str) -> None:
    answer(front)
    await sign_in(front)
    found = await front.http.get(path)
    assert found.headers["content-security-policy"] == POLICY
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["referrer-policy"] == "same-origin"
    assert found.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://(?!www\.w3\.org)", found.text)
    assert '<html lang="zh-Hans">' in found.text and found.text.count("<h1") == 1


async def test_the_plan_at_a_glance_says_each_figure_with_what_it_rests_on(front: Front) -> None:
    total = {"covered_tasks": 1, "coverage_rate": "25.0", "projects": 3, "agencies": 2, "committed": "12345650.00"}
    gap = {"gap": "500000.00", "gap_kind": "partial", "target": "600000.00", "surplus": "0.00"}
    task = {"covered": True, "projects": 3, "committed": "12345650.00"} | gap
    answer(front, {"total": total | gap | {"tasks_without_target": 3}, "4.8": task})
    await sign_in(front)
    said = plain((await front.http.get("/")).text)
    for part in (
        "任务覆盖率 1 /4 · 25.0%",
        "分母： 任务 4 · 任务与举措 5 · 可资助任务 3",
        "缺口 50.00 万元",
        "3 项未设目标",
        "已合同金额 1,234.57 万元",
        "截至 2018-12-31",
        "规划第 1 版",
        "份额达 20% 算覆盖",
        "金额单位：万元（CNY）",
        "计入的项目状态：contracted、in_progress",
        "4.8 材料基因组 3 1,234.57 60.00 50.00 ● 已覆盖",
        "4.1 设施集群 0 0.00 — 未设目标 ○ 未覆盖",
        "0.01 万元",
    ):
        assert part in said, part
    assert "演示数据" not in said


async def test_the_treemap_and_the_list_have_the_same_tasks_with_the_same_links(front: Front) -> None:
    answer(front)
    await sign_in(front)
    text = (await front.http.get("/plans/small?as_of=2018-12-31&source=municipal")).text
    treemap = re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0]
    links = [set(re.findall(r'href="(/plans/small/tasks/[^"]+)"', part)) for part in (treemap, text)]
    expected = {
        f"/plans/small/tasks/{code}?as_of=2018-12-31&amp;source=municipal" for code in ("4.1", "4.8", "5.1", "5.10")
    }
    assert links[0] == expected
    assert links[1] >= expected


async def test_the_address_says_what_is_asked(front: Front) -> None:
    answer(front)
    await sign_in(front)
    query = "as_of=2017-06-30&level=chapter&year=2017&source=municipal&district=310101&fund_class=basic_frontier"
    text = (await front.http.get(f"/plans/small?{query}&denominator=fundable&elsewhere=1")).text
    asked = next(found for found in front.reporting.asked if found["path"].endswith("/coverage"))
    assert (
        parse_qs(asked["query"])
        == {
            "plan": ["small"],
            "level": ["all"],
            "as_of": ["2017-06-30"],
            "year": ["2017"],
            "source": ["municipal"],
            "district": ["310101"],
            "fund_class": ["basic_frontier"],
            "denominator": ["fundable"],
        }
        or parse_qs(asked["query"]).get("year") is None
    )
    assert '<option value="310101" selected>' in text
    assert "章清单" in plain(text)
    await front.http.get("/plans/small?as_of=&source=&year=")
    asked = next(found for found in reversed(front.reporting.asked) if found["path"].endswith("/coverage"))
    assert parse_qs(asked["query"], keep_blank_values=True) == {"plan": ["small"], "level": ["all"]}


async def test_services_are_asked_as_the_person_who_reads_and_for_a_minute(front: Front) -> None:
    answer(front)
    agency = "cn-uscc:91310000MA1FL0000X"
    await sign_in(front, "staff", agency)
    assert (await front.http.get("/")).status_code == 200
    verifier = Verifier(front.cluster.keys / "jwks.json", ("kepan",))
    for service in (front.catalog, front.portfolio, front.reporting):
        assert service.asked
        for asked in service.asked:
            found = verifier.verified(asked["headers"]["authorization"].removeprefix("Bearer "))
            assert (found.caller.role, found.caller.agency) == ("staff", agency)
            assert found.expires - datetime.now(UTC).timestamp() <= 60
            assert "cookie" not in asked["headers"]


async def test_no_proxy_of_the_environment_is_given_a_token(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, catalog = StandIn("proxy"), StandIn("catalog", answers={"/api/v1/plans": (200, {"items": []})})
    async with listening(proxy) as proxy_url, listening(catalog) as url:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy_url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        signer = Signer("gateway", cluster.keys / "gateway.pem")
        neighbourhood = Neighbourhood(signer, dict.fromkeys(("catalog", "portfolio", "reporting"), url), 5)
        assert await neighbourhood.as_(Caller(subject="manager@test", role="manager")).catalog.plans() == []
        await neighbourhood.close()
    assert (len(catalog.asked), len(proxy.asked)) == (1, 0)


async def test_a_project_shows_its_money_to_the_fen_and_its_story_by_the_plans_clock(front: Front) -> None:
    answer(front)
    movements = [a_movement(), a_movement(amount="-0.01"), a_movement(kind="receipt", amount="5000.00")]
    front.portfolio.answers[f"/api/v1/projects/{PROJECT}/movements"] = (200, {"items": movements, "next": None})
    await sign_in(front)
    said = plain((await front.http.get(f"/projects/{PROJECT}")).text)
    for part in (
        "演算大学（local:A-01）",
        "1,234,567.89",
        "−0.01",
        "到位 0.50 万元",
        "2017-03-16 02:30",
        "8 材料基因组 100",
    ):
        assert part in said, part


async def test_a_part_of_a_projects_movements_gives_no_sum(front: Front) -> None:
    answer(front)
    front.portfolio.answers[f"/api/v1/projects/{PROJECT}/movements"] = (200, {"items": [a_movement()], "next": "abc"})
    await sign_in(front)
    said = plain((await front.http.get(f"/projects/{PROJECT}")).text)
    assert "合同金额 — 万元" in said and "只列出最前的部分" in said


@pytest.mark.parametrize("path", PAGES)
async def test_hostile_text_stays_text(front: Front, path: str) -> None:
    nodes = a_plan().model_dump(mode="json")["nodes"]
    for node in nodes:
        node["title"], node["summary"] = HOSTILE, HOSTILE
    plan = a_plan(nodes=nodes, title=HOSTILE)
    answer(front, {"total": {"projects": 1}}, plan)
    part, target = a_part("projects", title=HOSTILE, project_no=HOSTILE), a_target(source_document=HOSTILE)
    explain(front, plan, "4.8", projects=[part], target=[target])
    hostile = a_project(title=HOSTILE, abstract=HOSTILE, project_no=None)
    front.portfolio.answers |= {
        "/api/v1/projects": (200, {"items": [hostile], "next": '"><script>'}),
        f"/api/v1/projects/{PROJECT}": (200, hostile),
        f"/api/v1/projects/{PROJECT}/movements": (200, {"items": [a_movement(reference=HOSTILE)], "next": None}),
        f"/api/v1/projects/{PROJECT}/history": (200, {"items": [a_step(told=HOSTILE, by=HOSTILE)], "next": None}),
    }
    front.reporting.answers |= {
        "/api/v1/reports/matrix": (200, a_matrix(plan, place=HOSTILE)),
        "/api/v1/reports/flows": (200, some_flows(plan, source=HOSTILE)),
        "/api/v1/reports/notices": (200, {"items": [a_notice(title=HOSTILE, name=HOSTILE)], "next": None}),
        "/api/v1/reports/saved": (200, {"items": [a_saved_report(name=HOSTILE, plan=HOSTILE)], "next": None}),
    }
    await sign_in(front)
    for params in ({"district": HOSTILE, "source": HOSTILE}, {"as_of": HOSTILE}):
        found = await front.http.get(path, params=params)
        assert found.status_code == (422 if "as_of" in params and not path.startswith("/projects") else 200)
        assert "<script" not in found.text and "<svg onload" not in found.text
        assert "alert(1)" in found.text


@pytest.mark.parametrize("path", ["/plans/small", "/plans/small/tasks/4.8", f"/projects/{PROJECT}"])
async def test_what_is_invented_says_so_and_what_is_not_does_not(front: Front, path: str) -> None:
    answer(front)
    await sign_in(front)
    assert "演示数据" not in (await front.http.get(path)).text
    invented = a_project(title="演示：材料数据库")
    front.portfolio.answers["/api/v1/projects"] = (200, {"items": [invented], "next": None})
    front.portfolio.answers[f"/api/v1/projects/{PROJECT}"] = (200, invented)
    assert "演示数据" in (await front.http.get(path)).text


async def test_a_scope_is_said(front: Front) -> None:
    plan = a_plan()
    answer(front)
    coverage = a_coverage(plan, {})
    coverage["filters"]["scope"] = "local:A-01"
    front.reporting.answers["/api/v1/reports/coverage"] = (200, coverage)
    await sign_in(front, "staff", "local:A-01")
    assert "仅含 local:A-01 及其下属单位的项目" in (await front.http.get("/")).text


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/plans/none", 404, "没有这一页"),
        ("/plans/small/tasks/9.9", 404, "没有这一页"),
        ("/plans/small/x", 404, "没有这一页"),
        ("/plans/..%2f..%2fprojects", 404, "没有这一页"),
        ("/projects/7", 404, "没有这一页"),
        ("/projects/0190b6c0-0000-7000-8000-00000000000f", 404, "没有这一页"),
        ("/plans/small?as_of=2018-12-31", 422, "网址中的条件有误"),
    ],
)
async def test_what_went_wrong_is_a_page_that_says_what_to_do(front: Front, path: str, status: int, title: str) -> None:
    answer(front)
    unknown: dict[str, Any] = {"code": "unknown_project", "status": 404, "facts": {"project": "7"}}
    front.catalog.answers["/api/v1/plans/none/document"] = (404, unknown | {"code": "unknown_plan"})
    front.portfolio.answers["/api/v1/projects/0190b6c0-0000-7000-8000-00000000000f"] = (404, unknown)
    if status == 422:
        wrong = [{"pointer": "query/as_of", "code": "date", "detail": "not a date"}]
        front.reporting.answers["/api/v1/reports/coverage"] = (422, {"code": "malformed", "errors": wrong})
    await sign_in(front)
    found = await front.http.get(path)
    assert (found.status_code, found.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in found.text and "退出" in found.text


async def test_a_silent_service_is_a_page_that_says_to_come_back(front: Front) -> None:
    answer(front)
    front.reporting.answers["/api/v1/reports/coverage"] = (503, {"code": "not_yet_known"})
    await sign_in(front)
    found = await front.http.get("/")
    assert found.status_code == 503 and "刷新本页" in found.text and found.headers["retry-after"] == "1"


async def test_whatever_fails_is_a_page_with_the_request_s_id_and_a_trace_in_the_log(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(front)
    await sign_in(front)
    front.catalog.answers["/api/v1/vocabularies"] = (200, {"items": [{"of": "another kind"}]})
    with capture_logs() as logs:
        found = await front.http.get("/plans/small", headers={"X-Request-Id": "r-7"})
    assert (found.status_code, found.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "<h1>出错了</h1>" in found.text and "r-7" in found.text and "internal_error" in found.text
    (told,) = [line for line in logs if line["event"] == "page_failed"]
    assert isinstance(told["exc_info"], ValidationError) and told["exc_info"].__traceback__ is not None

    answer(front)
    templates = rendering.templates()
    real, broken = templates.get_template, templates.from_string("{{ nobody }}")

    def get_template(name: str, *given: Any) -> Template:
        return broken if name == "plan.html" else real(name, *given)

    monkeypatch.setattr(templates, "get_template", get_template)
    assert "<h1>出错了</h1>" in (await front.http.get("/plans/small")).text


async def test_a_form_that_can_not_be_read_is_a_page(front: Front) -> None:
    long = await front.http.post("/sign-in", data={"ticket": "x" * 5_000}, headers=OURS)
    broken = await front.http.post("/sign-in", content=b"--", headers=OURS | {"Content-Type": "multipart/form-data"})
    for found in (long, broken):
        assert (found.status_code, found.headers["content-type"]) == (422, "text/html; charset=utf-8")
        assert "malformed" in found.text


async def test_an_administrator_reads_no_page(front: Front) -> None:
    answer(front)
    await sign_in(front, "system_admin")
    for path in PAGES:
        refused = await front.http.get(path)
        assert refused.status_code == 403 and "退出" in refused.text, path
    assert front.catalog.asked == []


async def test_the_interface_keeps_its_problems_whatever_a_browser_accepts(front: Front) -> None:
    for path in ("/api/v1/plans", "/api/v1/none", "/none"):
        found = await front.http.get(path, headers={"Accept": "text/html"})
        assert found.headers["content-type"] == "application/problem+json", path


async def test_the_style_sheet_is_kept_for_ever_under_a_name_of_its_content(front: Front) -> None:
    name = re.findall(r'href="(/static/[^"]+)"', (await front.http.get("/")).text)[0]
    found = await front.http.get(name)
    assert found.status_code == 200 and "immutable" in found.headers["cache-control"]
    assert (await front.http.get("/static/kepan.css")).status_code == 404
    assert "url(" not in found.text and "@import" not in found.text


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.00", "0.00"),
        ("50.00", "0.01"),
        ("49.99", "0.00"),
        ("-50.00", "−0.01"),
        ("12345650.00", "1,234.57"),
        (None, "—"),
    ],
)
def test_amounts_are_rounded_half_up_from_the_exact_ones(amount: str | None, shown: str) -> None:
    assert words.wan(amount) == shown
