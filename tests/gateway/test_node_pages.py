"""The page of a node: what its figures are the sum of, what it is narrowed to, and in which edition it stands."""

import html
import re
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.builders import a_plan
from tests.gateway.answers import (
    PROJECT,
    a_matrix,
    a_project,
    an_edition,
    answer,
)
from tests.gateway.conftest import Front
from tests.gateway.signing import sign_in
from tests.gateway.test_pages import plain
from tests.reporting.editions import a_second_edition


@pytest.mark.parametrize("path", ["/?as_of=2018-06-30", "/plans/small?edition=1", "/plans/small/tasks/4.8?edition=1"])
async def test_a_page_reads_the_plan_in_the_edition_that_its_report_states(front: Front, path: str) -> None:
    answer(front)
    first = front.catalog.answers["/api/v1/plans/small/document"][1]
    later = a_second_edition().model_dump(mode="json", by_alias=True)
    known = (200, lambda asked: first if asked.get("edition") == ["1"] else later)
    front.catalog.answers["/api/v1/plans/small/document"] = known
    await sign_in(front)
    found = await front.http.get(path)
    assert found.status_code == 200 and "材料基因组" in found.text and "规划第 1 版" in plain(found.text)


async def test_a_code_of_another_edition_is_said_to_be_one(front: Front) -> None:
    answer(front)
    await sign_in(front)
    found = await front.http.get("/plans/small/tasks/4.8a")
    assert found.status_code == 404 and "规划第 1 版没有编码为 4.8a 的节点" in found.text


async def test_a_project_names_tasks_of_the_edition_that_it_is_registered_against(front: Front) -> None:
    answer(front)
    first = front.catalog.answers["/api/v1/plans/small/document"][1]
    later = a_second_edition().model_dump(mode="json", by_alias=True)
    known = (200, lambda asked: first if asked.get("edition") == ["1"] else later)
    front.catalog.answers["/api/v1/plans/small/document"] = known
    await sign_in(front)
    text = (await front.http.get(f"/projects/{PROJECT}")).text
    assert 'href="/plans/small/tasks/4.8">8 材料基因组</a>' in text, "one edition needs no mention"
    plan = front.catalog.answers["/api/v1/plans/small"][1]
    front.catalog.answers["/api/v1/plans/small"] = (200, plan | {"edition": 2})
    text = (await front.http.get(f"/projects/{PROJECT}")).text
    assert 'href="/plans/small/tasks/4.8?edition=1">8 材料基因组</a>' in text


async def test_every_filter_is_named_in_words_with_a_link_that_takes_it_off(front: Front) -> None:
    answer(front)
    await sign_in(front)
    query = "as_of=2018-12-31&year=2017&year=2018&district=310115&stage=unclassified&agency=local:A-01"
    for path in ("/plans/small/tasks/4", "/plans/small"):
        text = (await front.http.get(f"{path}?{query}")).text
        said = plain(text)
        for words in (
            "年度 2017 去掉",
            "年度 2018 去掉",
            "区 310115 去掉",
            "创新链阶段 未分类",
            "演算大学（local:A-01）",
        ):
            assert words in said, words
        links = [
            parse_qs(html.unescape(link).partition("?")[2])
            for link in re.findall(r'href="([^"]+)">去掉', text.partition("只含符合条件的部分")[2])
        ]
        assert [found.get("year") for found in links] == [["2018"], ["2017"], *[["2017,2018"]] * 3]
        left = [found.keys() & {"agency", "district", "stage"} for found in links[2:]]
        assert left == [{"district", "stage"}, {"agency", "stage"}, {"agency", "district"}]
        assert all(found["as_of"] == ["2018-12-31"] for found in links)
    assert "只含符合条件的部分" not in (await front.http.get("/plans/small/tasks/4?as_of=2018-12-31")).text


@pytest.mark.parametrize("path", ["/plans/small", "/plans/small/tasks/4", "/plans/small/tasks/5.1"])
@pytest.mark.parametrize("what", ["target", "project"])
async def test_every_page_of_a_plan_with_invented_data_says_so(front: Front, path: str, what: str) -> None:
    answer(front)
    await sign_in(front)
    assert "演示数据" not in (await front.http.get(path)).text
    if what == "target":
        target = {"node": "5.10", "year": None, "sources": ["municipal"], "amount": "1.00", "version": 1, "edition": 1}
        target |= {"source_document": "演示数据，非官方目标", "approved_by": None, "plan": "small"}
        front.catalog.answers["/api/v1/plans/small/targets"] = (200, {"items": [target]})
    else:
        invented = a_project(title="演示：材料数据库", tasks=[{"code": "5.10", "weight": "100"}])
        front.portfolio.answers["/api/v1/projects"] = (200, {"items": [invented], "next": None})
    assert "演示数据" in (await front.http.get(path)).text


def refusing(name: str, value: str, detail: str) -> tuple[int, dict[str, Any]]:
    """What reporting answers to a value that it does not know."""
    wrong = {"pointer": f"query/{name}", "code": f"unknown_{name}", "detail": f"{value} {detail}"}
    return 422, {"code": "unknown_filter_value", "errors": [wrong]}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("as_of=xx", "截至日期（as_of）不能是“xx”：请写成年-月-日，例如 2018-06-30"),
        ("as_of=2018-02-30", "截至日期（as_of）不能是“2018-02-30”"),
        ("as_of=2018-01-01&as_of=2019-01-01", "只能有一个值"),
        ("year=2017,abc", "年度（year）不能是“abc”：请写成四位数字，例如 2018"),
        ("level=foo", "层级（level）不能是“foo”：可以是 chapter（章）、task（任务）、measure（举措）"),
        ("denominator=all", "分母（denominator）不能是“all”：可以是 tasks（任务）、"),
        ("edition=x", "版次（edition）不能是“x”：请写成版次的序号，例如 1"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/plans/small", "/plans/small/tasks/4.8"])
async def test_what_can_not_be_asked_is_refused_in_chinese(front: Front, path: str, query: str, said: str) -> None:
    answer(front)
    await sign_in(front)
    found = await front.http.get(f"{path}?{query}")
    assert found.status_code == 422 and said in plain(found.text)


@pytest.mark.parametrize(
    ("name", "value", "detail", "said"),
    [
        ("edition", "7", "is none of the editions 1, 2", "版次（edition）不能是“7”：可以是 1、2"),
        (
            "source",
            "tax",
            "is no term of /api/v1/vocabularies/source",
            "资金来源（source）不能是“tax”：可以是 central、",
        ),
        ("district", "1", "is no term of /x", "区（district）不能是“1”：可以是 310101、310115、unclassified（未分类）"),
        ("agency", "local:B", "is not a registered agency", "牵头单位（agency）不能是“local:B”：请写已登记单位的编号"),
    ],
)
async def test_what_reporting_does_not_know_is_refused_in_chinese(
    front: Front, name: str, value: str, detail: str, said: str
) -> None:
    answer(front)
    editions = [an_edition(a_plan()), an_edition(a_plan(), number=2), an_edition(a_plan(), number=3, status="draft")]
    front.catalog.answers["/api/v1/plans/small/editions"] = (200, {"items": editions})
    front.reporting.answers["/api/v1/reports/coverage"] = refusing(name, value, detail)
    await sign_in(front)
    given = f"municipal,{value}" if name == "source" else value
    for path in ("/plans/small", "/plans/small/tasks/4.8"):
        found = await front.http.get(path, params={name: given})
        assert found.status_code == 422 and said in plain(found.text) and detail not in found.text


async def test_several_years_stay_several_in_every_link(front: Front) -> None:
    answer(front)
    front.reporting.answers["/api/v1/reports/matrix"] = (200, a_matrix(a_plan()))
    await sign_in(front)
    text = (await front.http.get("/plans/small?as_of=2018-12-31&year=2017&year=2018&source=central&source=self")).text
    links = [html.unescape(link) for link in re.findall(r'href="(/plans/small/tasks/[^"]+)"', text)]
    assert links
    for link in links:
        query = parse_qs(link.partition("?")[2])
        assert (query["year"], query["source"]) == (["2017,2018"], ["central,self"])
    for asked in front.reporting.asked:
        if asked["path"].rpartition("/")[2] in ("coverage", "matrix", "flows", "trend"):
            assert parse_qs(asked["query"])["year"] == ["2017,2018"]
    assert '<option value="2017,2018" selected>2017、2018</option>' in text
