"""The page of a node: what its figures are the sum of, what it is narrowed to, and in which edition it stands."""

import pytest

from tests.gateway.answers import (
    PROJECT,
    a_project,
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
