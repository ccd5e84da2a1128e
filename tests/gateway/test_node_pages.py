"""The page of a node: what its figures are the sum of, what it is narrowed to, and in which edition it stands."""

import html
import random
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from gateway.pages.listing import Listing, projects_at
from services.reporting.contract import Explanation
from services.shared.pages import UnknownCursor
from tests.builders import a_plan
from tests.gateway.answers import (
    PROJECT,
    a_coverage,
    a_matrix,
    a_part,
    a_project,
    a_target,
    an_edition,
    an_explanation,
    answer,
    explain,
)
from tests.gateway.conftest import Front
from tests.gateway.signing import sign_in
from tests.gateway.test_pages import plain
from tests.reporting.editions import a_second_edition


class Explaining:
    """Reporting, as far as it explains: parts in the order of project, movement and task, page by page."""

    def __init__(self, presences: list[tuple[str, str]], amounts: list[tuple[str, str, str, str]], most: int) -> None:
        self.most = most
        self.asked = 0
        self.items = {
            "projects": [a_part("projects", project=project, task=task) for project, task in sorted(presences)],
            "committed": [
                a_part(project=project, movement=movement, task=task, amount=amount)
                for project, movement, task, amount in sorted(amounts)
            ],
        }

    async def explain(
        self, plan: str, code: str, figure: str, limit: int, cursor: str | None, **cut: Any
    ) -> Explanation:
        """A page: no larger than `most`, whatever is asked for."""
        self.asked += 1
        start, limit = int(cursor or 0), min(limit, self.most)
        found = self.items[figure]
        following = str(start + limit) if start + limit < len(found) else None
        page = an_explanation(a_plan(), code, figure, found[start : start + limit], following)
        return Explanation.model_validate(page)


async def every_page(reporting: Any) -> list[Listing]:
    """The pages of a list, one after the other."""
    pages = [await projects_at(reporting, "small", "4", {})]
    while pages[-1].next:
        pages.append(await projects_at(reporting, "small", "4", {}, pages[-1].next))
    return pages


@pytest.mark.parametrize("seed", range(12))
async def test_the_amounts_of_all_pages_add_up_to_all_that_is_committed(seed: int) -> None:
    chance = random.Random(seed)
    ids = [f"0190b6c0-0000-7000-8000-{number:012x}" for number in range(chance.randint(1, 40))]
    presences = [(id, task) for id in ids for task in chance.sample(["4.1", "4.8", "5.1"], chance.randint(1, 3))]
    amounts = [
        (id, f"movement-{number}", task, f"{chance.randint(-500, 5000)}.{chance.randint(0, 99):02d}")
        for id, task in presences
        for number in range(chance.choice([0, 1, 2, 9]))
    ]
    pages = await every_page(Explaining(presences, amounts, chance.choice([2, 3, 7, 50])))
    lines = [line for page in pages for line in page.lines]
    assert [(line.project, line.task) for line in lines] == sorted(presences)
    for line in lines:
        own = [Decimal(amount) for id, _, task, amount in amounts if (id, task) == (line.project, line.task)]
        assert line.amount == sum(own, Decimal(0))
    assert sum((page.sum for page in pages), Decimal(0)) == sum((Decimal(one[3]) for one in amounts), Decimal(0))


async def test_a_cursor_that_no_list_gave_out_is_refused() -> None:
    with pytest.raises(UnknownCursor):
        await projects_at(Explaining([], [], 5), "small", "4", {}, "abc")  # type: ignore[arg-type]


async def test_a_node_lists_the_projects_that_count_there_with_their_amounts(front: Front) -> None:
    answer(front, {"4": {"projects": 1, "committed": "1234567.89"}})
    explain(front, a_plan(), "4", projects=[a_part("projects")], committed=[a_part(), a_part(amount="-67.89")])
    await sign_in(front)
    text = (await front.http.get("/plans/small/tasks/4?as_of=2018-12-31&year=2017,2018&level=task")).text
    assert f'href="/projects/{PROJECT}"' in text and "100% 123.45 合计 123.45" in plain(text)
    assert 'href="/plans/small/tasks/4.8?as_of=2018-12-31&amp;level=task&amp;year=2017%2C2018"' in text
    asked = [parse_qs(found["query"]) for found in front.reporting.asked if found["path"].endswith("/4/explain")]
    assert {found["figure"][0] for found in asked} == {"projects", "committed", "target"}
    for found in asked:
        assert (found["as_of"], found["year"]) == (["2018-12-31"], ["2017,2018"]), "the filters of the figures"
        assert "level" not in found and "denominator" not in found


async def test_a_page_of_projects_leads_to_the_next_one(front: Front) -> None:
    answer(front, {"4.8": {"projects": 60, "committed": "2000000.00"}})
    page = an_explanation(a_plan(), "4.8", "projects", [a_part("projects")], "abc")
    amounts = an_explanation(a_plan(), "4.8", "committed", [a_part()])
    empty = an_explanation(a_plan(), "4.8", "target", [])
    told = {"projects": page, "committed": amounts, "target": empty}
    path = "/api/v1/reports/coverage/4.8/explain"
    front.reporting.answers[path] = (200, lambda asked: told[asked["figure"][0]])
    await sign_in(front)
    text = (await front.http.get("/plans/small/tasks/4.8?as_of=2018-12-31")).text
    assert "本页合计 123.46 各页合计 200.00" in plain(text)
    (link,) = re.findall(r'rel="next" href="([^"]+)"', text)
    assert "as_of=2018-12-31" in link
    front.reporting.asked.clear()
    assert (await front.http.get(html.unescape(link))).status_code == 200
    asked = [parse_qs(found["query"]) for found in front.reporting.asked if "explain" in found["path"]]
    assert [found["cursor"] for found in asked if found["figure"] == ["projects"]] == [["abc"]]
    assert (await front.http.get("/plans/small/tasks/4.8?cursor=none")).status_code == 422


async def test_what_came_from_another_edition_says_how(front: Front) -> None:
    plan = a_second_edition()
    answer(front, {"4.8a": {"projects": 1, "committed": "100.00", "target": "200000.00"}}, plan)
    steps = [{"task": "4.8", "share": "70", "part": "33333333/100000000"}]
    part: dict[str, Any] = {"task": "4.8a", "crosswalk": steps}
    target = a_target(task="4.8a", amount="200000.00")
    explain(front, plan, "4.8a", projects=[a_part("projects", **part)], committed=[a_part(**part)], target=[target])
    stated = a_coverage(plan, {"4.8a": {"projects": 1, "target": "200000.00"}}) | {"edition": 2}
    front.reporting.answers["/api/v1/reports/coverage"] = (200, stated)
    await sign_in(front)
    said = plain((await front.http.get("/plans/small/tasks/4.8a")).text)
    assert "由另一版 4.8 的 70% × 33.333333% 折算" in said
    assert "目标 1 条，合计 20.00 万元" in said and "（由第 1 版 4.8 的 60.00 万元折算）" in said


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


async def test_what_belongs_to_another_edition_has_a_page_of_its_own(front: Front) -> None:
    answer(front)
    plan, line = a_plan(), "earlier_edition"
    report = a_coverage(plan, {})
    title = "此前版次的任务（已撤销，无承接）"
    own = report["items"][0] | {"code": line, "level": line, "number": "", "title": title, "parent": None}
    report["items"].append(own | {"projects": 1, "committed": "1234567.89"})
    front.reporting.answers["/api/v1/reports/coverage"] = (200, report)
    part: dict[str, Any] = {"task": line, "crosswalk": [{"task": "4.6", "share": "100", "part": "1"}]}
    explain(front, plan, line, projects=[a_part("projects", **part)], committed=[a_part(**part)])
    await sign_in(front)
    found = await front.http.get(f"/plans/small/tasks/{line}")
    said = plain(found.text)
    assert found.status_code == 200 and title in said and "由另一版 4.6 的 100% 转入" in said and "合计 123.46" in said
    assert "未覆盖" not in said and line not in said


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
