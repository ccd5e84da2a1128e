"""The page of a plan: its pictures, what its reader is told, and that it stands without either."""

import html
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from gateway.pages import reading
from tests.builders import a_plan
from tests.gateway.answers import FIGURES, a_coverage, a_notice, a_saved_report, answer
from tests.gateway.conftest import Front
from tests.gateway.signing import sign_in
from tests.gateway.test_pages import plain


def drawn(text: str) -> list[str]:
    """What the pictures of a page are called, in their order."""
    return re.findall(r"<svg[^>]*><title[^>]*>(.*?)</title>", text)


async def test_below_the_treemap_are_where_money_is_where_it_goes_and_how_it_grew(front: Front) -> None:
    answer(front)
    await sign_in(front)
    text = (await front.http.get("/plans/small?as_of=2018-12-31&level=chapter&source=municipal")).text
    names = ["章的已合同金额与覆盖", "各区在各章的已合同金额", "已合同金额的来源与去向", "历年累计已合同金额"]
    assert drawn(text) == names
    for svg in re.findall(r"<svg[^>]*>", text):
        labels = re.findall(r'aria-labelledby="([^"]+)"', svg)[0].split()
        assert all(text.count(f'id="{label}"') == 1 for label in labels), "names are of this picture alone"
    link = "/plans/small/tasks/4?as_of=2018-12-31&amp;level=chapter&amp;source=municipal&amp;district=310115"
    assert f'<a href="{link}"><title>浦东新区，四 夯实基础：1,234.56万元</title>' in text
    said = plain(text)
    assert "市级财政 → 基础前沿：1,234.56万元" in said and "2017：1万元" in said
    asked = {found["path"].rpartition("/")[2]: parse_qs(found["query"]) for found in front.reporting.asked}
    cut = {"plan": ["small"], "as_of": ["2018-12-31"], "source": ["municipal"]}
    assert asked["matrix"] == cut | {"rows": ["district"], "columns": ["chapter"]}
    assert asked["flows"] == asked["trend"] == cut


@pytest.mark.parametrize("path", ["/", "/plans/small"])
async def test_a_page_asks_for_a_bounded_number_of_things(front: Front, path: str) -> None:
    answer(front)
    front.reporting.answers["/api/v1/reports/notices"] = (200, {"items": [a_notice()] * 10, "next": "more"})
    await sign_in(front)
    assert (await front.http.get(path)).status_code == 200
    assert sum(len(service.asked) for service in (front.catalog, front.portfolio, front.reporting)) <= 11


@pytest.mark.parametrize(
    ("report", "lacking"),
    [("matrix", "资金分布"), ("flows", "资金去向"), ("trend", "历年走势"), ("notices", "提醒"), ("saved", "提醒")],
)
@pytest.mark.parametrize("how", [(503, {"code": "not_yet_known"}), (500, {}), (200, {"strange": 1})])
async def test_a_report_that_fails_leaves_the_rest_of_the_page_standing(
    front: Front, report: str, lacking: str, how: tuple[int, Any]
) -> None:
    answer(front)
    front.reporting.answers["/api/v1/reports/notices"] = (200, {"items": [a_notice()], "next": None})
    whole = drawn((await _read(front)).text)
    front.reporting.answers[f"/api/v1/reports/{report}"] = how
    found = await front.http.get("/")
    assert found.status_code == 200 and f"{lacking}暂时无法显示" in found.text
    assert len(drawn(found.text)) == len(whole) - (report in ("matrix", "flows", "trend"))
    assert "任务覆盖率" in found.text and "任务清单" in plain(found.text)


async def test_a_report_that_is_slow_is_not_waited_for(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(front)
    monkeypatch.setattr(reading, "PATIENCE", 0.05)
    front.reporting.slow = {"/api/v1/reports/flows": 5.0}
    found = await _read(front)
    assert found.elapsed.total_seconds() < 4
    assert "资金去向暂时无法显示" in found.text and "资金分布暂时" not in found.text


async def _read(front: Front) -> httpx.Response:
    await sign_in(front)
    return await front.http.get("/")


async def test_notices_say_what_changed_in_which_saved_cut(front: Front) -> None:
    answer(front)
    assert "提醒" not in (await _read(front)).text, "nothing to tell, no section"
    over = {"code": "gap_over", "before": "30000000.00", "after": "1234567.89"}
    gone = "0190b6c0-0000-7000-8000-00000000000e"
    told = [
        a_notice(),
        a_notice(**over),
        a_notice(code="gap_under", before="10000.00", after=None, saved=gone, name="旧"),
    ]
    front.reporting.answers["/api/v1/reports/notices"] = (200, {"items": told, "next": None})
    front.reporting.asked.clear()
    text = (await front.http.get("/")).text
    asked = next(found for found in front.reporting.asked if found["path"].endswith("/notices"))
    assert parse_qs(asked["query"]) == {"order": ["newest"], "limit": ["10"]}
    assert '<h2 id="told">提醒</h2>' in text
    said = plain(text)
    assert "4.8 材料基因组 不再覆盖 （截至 2018-06-30） · 月末缺口" in said
    assert "的缺口超过提醒线：由 3,000.00 万元 变为 123.46 万元" in said
    assert "的缺口回到提醒线以内：由 1.00 万元 变为 无" in said
    assert "89 元" not in said and "00 元" not in said, "one unit on a page"
    (link, *_) = re.findall(r'<a href="([^"]+)">月末缺口</a>', text)
    query = parse_qs(html.unescape(link).partition("?")[2])
    assert query == {
        "as_of": ["2018-06-30"],
        "level": ["task"],
        "year": ["2017,2018"],
        "source": ["municipal"],
        "edition": ["1"],
        "denominator": ["tasks"],
    }
    assert ">旧</a>" not in text
    cut = (await front.http.get(html.unescape(link))).text
    assert '<option value="2017,2018" selected>' in cut and '<option value="1" selected>' in cut


async def test_who_saves_no_reports_is_told_nothing(front: Front) -> None:
    answer(front)
    front.reporting.answers["/api/v1/reports/notices"] = (200, {"items": [a_notice()], "next": None})
    await sign_in(front, "editor")
    assert "提醒" not in (await front.http.get("/")).text
    assert not [found for found in front.reporting.asked if found["path"].endswith("/notices")]


HOMELESS = {"code": "earlier_edition", "level": "earlier_edition", "number": "", "parent": None}
"""What belongs to no node of the edition, as reporting lists it."""


def _reported(**narrowed: Any) -> dict[str, Any]:
    """A report with money at a task, at a measure that stands below none, and at a task that is gone."""
    at = {"4.8": {"committed": "100000.00", "projects": 1, "covered": True}}
    at |= {"7-m1": {"committed": "20000.00", "projects": 1, "covered": True}}
    report = a_coverage(a_plan(), at | {"total": {"committed": "123000.00"}})
    gone = FIGURES | {"title": "此前版次的任务", "committed": "3000.00", "projects": 1}
    report["items"].append(gone | HOMELESS)
    for figures in (report["totals"], *report["items"]):
        figures |= narrowed
    return report


@pytest.mark.parametrize("level", ["task", "measure"])
async def test_the_rows_add_up_to_the_headline_whatever_the_level(front: Front, level: str) -> None:
    answer(front)
    front.reporting.answers["/api/v1/reports/coverage"] = (200, _reported())
    await sign_in(front)
    text = (await front.http.get(f"/plans/small?level={level}")).text
    rows = re.findall(
        r'<th scope="row"><a href="[^"]+">[^<]+</a></th>\s*<td[^>]*>\d+</td>\s*<td[^>]*>([^<]+)</td>', text
    )
    assert sum(map(Decimal, rows)) == Decimal("12.30") and "之和即总览的 12.30 万元" in plain(text)
    said = plain(text)
    if level == "task":
        assert "不在任何任务之下" in said and "7-m1 强化治理 1 2.00 — 未设目标 ● 已覆盖" in said
    assert "— 此前版次的任务 1 0.30 — — —" in said, "it is no task: nothing covers it, and it lacks nothing"
    treemap = re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0]
    assert "此前版次的任务：0.3万元，不对应本版任务" in plain(treemap) or "不对应本版任务" in treemap
    assert 'href="/plans/small/tasks/earlier_edition?level=' in treemap


async def test_where_targets_do_not_speak_of_a_part_none_is_said_to_lack(front: Front) -> None:
    answer(front)
    report = _reported(gap_kind="not_applicable", tasks_without_target=0)
    front.reporting.answers["/api/v1/reports/coverage"] = (200, report)
    await sign_in(front)
    text = (await front.http.get("/plans/small?district=310115")).text
    treemap = re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0]
    assert "已覆盖，目标在此筛选下不适用" in treemap and "未设目标" not in plain(text)


async def test_every_note_of_a_report_is_said_in_chinese(front: Front) -> None:
    answer(front)
    report = a_coverage(a_plan(), {})
    codes = ("restated", "earlier_edition", "later_edition", "elsewhere", "scope", "answered_from", "not_cut")
    more = ("whole_projects", "one_edition", "entered", "parts", "counts_do_not_add_up", "of_tomorrow")
    report["notes"] = [{"code": code, "detail": "an English sentence", "amount": "50000.00"} for code in codes + more]
    report["notes"].append({"code": "formula", "detail": "到位率 = 到位 ÷ 合同金额", "amount": None})
    front.reporting.answers["/api/v1/reports/coverage"] = (200, report)
    await sign_in(front)
    for path in ("/", "/plans/small/tasks/4.8"):
        said = plain((await front.http.get(path)).text)
        assert "English" not in said and "另有附注（of_tomorrow）：5.00 万元" in said
        assert "按份额和版次对照表折算到本版任务，包含在合计内：5.00 万元" in said
        assert "不在所列各项之下的节点上的已合同金额，包含在合计内：5.00 万元" in said
        assert "到位率 = 到位 ÷ 合同金额" in said


async def test_a_notice_of_a_cut_of_every_level_leads_to_a_page(front: Front) -> None:
    answer(front)
    saved = a_saved_report(cut={"level": "all"})
    front.reporting.answers["/api/v1/reports/saved"] = (200, {"items": [saved], "next": None})
    front.reporting.answers["/api/v1/reports/notices"] = (200, {"items": [a_notice()], "next": None})
    (link,) = re.findall(r'<a href="([^"]+)">月末缺口</a>', (await _read(front)).text)
    assert (await front.http.get(html.unescape(link))).status_code == 200
