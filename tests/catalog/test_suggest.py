"""Suggestions: what fits comes first and says why; what fits nothing gets nothing."""

import json
import os
from pathlib import Path

import httpx
import pytest

from services.catalog.contract import PlanDocument
from services.catalog.suggest import Suggester, Suggesters, pairs
from tests.bench.coverage import plan_document
from tests.builders import a_plan

SHARED = Path(os.environ.get("KEPAN_SHARED", Path(__file__).parents[3] / "shared"))
LABELLED = SHARED / "data" / "tagging_dev.jsonl"

# Invented: none of these is a project of science and technology.
NOTHING_FITS = (
    *("机关食堂改造与炊具采购", "公务用车租赁服务", "中小学语文教师继续教育课程", "江南古籍整理与影印出版"),
    *("道路行道树修剪养护", "旅游景区门票优惠活动", "商业综合体外立面装修", "足球青训营与联赛组织"),
    *("司法调解员培训", "婚姻登记处搬迁", "税务代理服务外包", "春节慰问困难职工", "物业保安服务采购"),
    *("非物质文化遗产剪纸传承展", "幼儿园户外活动场地翻新", "法院档案数字化扫描外包", "民间借贷纠纷案例汇编"),
)
# Invented: their words are everyday words of the field, not the titles of the tasks.
FITS = (
    ("柔性直流换流阀与储能协调控制", "5.14"),
    ("面向老旧里弄的节能改造与装配式加层", "6.7"),
    ("超导量子比特的退相干抑制", "4.10"),
    ("酵母底盘合成青蒿酸前体", "4.9"),
    ("重症患者远程会诊与家庭随访系统", "5.20"),
    ("地铁盾构隧道渗漏水自动巡检", "6.2"),
)


@pytest.fixture(scope="module")
def first_plan() -> Suggester:
    return Suggester(plan_document())


@pytest.mark.parametrize("title", NOTHING_FITS)
def test_what_fits_nothing_gets_nothing(first_plan: Suggester, title: str) -> None:
    assert first_plan.suggest(title) == []


@pytest.mark.parametrize(("title", "code"), FITS)
def test_what_fits_comes_first_and_says_by_which_words(first_plan: Suggester, title: str, code: str) -> None:
    found = first_plan.suggest(title)
    assert found[0].code == code
    assert found[0].because and any(word in title for word in found[0].because)
    assert [reason.score for reason in found] == sorted((reason.score for reason in found), reverse=True)


def test_a_title_of_the_plan_finds_its_own_task(first_plan: Suggester) -> None:
    tasks = [node for node in plan_document().nodes if node.level == "task"]
    missed = [node.code for node in tasks if first_plan.suggest(node.title)[:1] == []]
    first = sum(first_plan.suggest(node.title)[0].code == node.code for node in tasks if node.code not in missed)
    assert missed == [] and first == len(tasks)


def test_an_abstract_weighs_less_than_the_title(first_plan: Suggester) -> None:
    assert first_plan.suggest("深海采矿车", "借鉴机器人的抓取")[0].code == "5.4"
    assert first_plan.suggest("抓取机器人", "借鉴深海采矿车")[0].code == "5.3"


def test_a_plan_without_summaries_and_keywords_works() -> None:
    assert [reason.code for reason in Suggester(a_plan()).suggest("材料基因组与大数据")] == ["4.8"]
    nothing = PlanDocument.model_validate(a_plan().model_dump() | {"nodes": a_plan().model_dump()["nodes"][:1]})
    assert Suggester(nothing).suggest("材料基因组") == []


def test_pairs_leave_out_what_says_little_and_keep_latin_words_whole() -> None:
    assert pairs("基于FPGA的研究") == ["fpga", "的研"]


def test_suggesters_are_kept_for_the_editions_asked_about_last() -> None:
    document = a_plan().model_dump_json()
    known = Suggesters(most=2)
    first = known.of("a", document)
    known.of("b", document)
    assert known.of("a", document) is first
    known.of("c", document)
    assert known.of("a", document) is first and known.of("b", document) is not first


async def test_the_route_suggests_and_refuses_what_is_no_text(editor: httpx.AsyncClient) -> None:
    found = (await editor.post("/plans/small/suggestions", json={"title": "材料基因组平台"})).json()
    assert (found["items"][0]["code"], found["none"]) == ("4.8", False)
    assert (await editor.post("/plans/small/suggestions", json={"title": "公务用车"})).json() == {
        "items": [],
        "none": True,
    }
    assert (await editor.post("/plans/none/suggestions", json={"title": "x"})).json()["code"] == "unknown_plan"
    assert (await editor.post("/plans/small/suggestions", json={"title": " "})).status_code == 422


@pytest.mark.skipif(not LABELLED.exists(), reason=f"the labelled projects are not there: {LABELLED.name}")
def test_labelled_projects_find_their_tasks(first_plan: Suggester) -> None:
    """The words of the data file were chosen with these projects in view: they guard against getting worse."""
    projects = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    found = [[reason.code for reason in first_plan.suggest(p["title"], p["abstract"])] for p in projects]
    right = [set(p["tasks"]) & set(codes[:3]) for p, codes in zip(projects, found, strict=True)]
    assert sum(map(bool, right)) >= 0.9 * len(projects)
