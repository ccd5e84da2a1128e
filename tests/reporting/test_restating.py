"""Editions: what was registered against one is reported in another, split once, and the older report stays the same."""

import json
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.rules.coverage import Target
from services.reporting.rules.restating import Editions, restated_targets
from services.reporting.rules.shape import shape_of
from services.shared.journal import Entry
from tests.builders import a_plan
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.editions import CROSSWALK, a_second_edition, published
from tests.reporting.invented import LEADS, a_movement_wire, a_project_wire, a_target, moment, registered
from tests.reporting.test_follow import AGENCIES, Followed, agree, figures, followed, run, url

__all__ = ["url"]


async def _two_editions(reports: Followed, portfolio: list[Entry]) -> None:
    reports.catalog.append(published(len(reports.catalog) + 1))
    await reports.follow(portfolio)


async def test_a_project_is_restated_once_and_the_report_says_how_much(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        await reports.follow([*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1, amount="100.01")])])
        before = await reports.coverage(edition=1, recorded_at=moment(4))
        await _two_editions(reports, reports.portfolio)
        after = await reports.coverage(edition=2)
        # 70 % × 33.333333 %, 70 % × 66.666667 %, 30 %: of 100.01 these are 23.3357, 46.6713 and 30.0030.
        assert {code: figures(after, code)["committed"] for code in ("4.8a", "4.8b", "4.9", "5.0")} == {
            "4.8a": "23.34",
            "4.8b": "46.67",
            "4.9": "0.00",
            "5.0": "30.00",
        }
        assert {note["code"]: note["amount"] for note in after["notes"]}["restated"] == "100.01"
        assert after["totals"]["committed"] == "100.01"
        assert await reports.coverage(edition=1, recorded_at=moment(4)) == before


async def test_the_edition_of_a_report_is_the_one_in_force_on_its_day(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        await _two_editions(reports, list(AGENCIES))
        assert (await reports.coverage(as_of=date(2018, 12, 31)))["edition"] == 1
        assert (await reports.coverage(as_of=date(2019, 1, 1)))["edition"] == 2
        assert (await reports.coverage(as_of=date(2019, 1, 1), edition=1))["edition"] == 1


async def test_later_projects_without_a_home_stand_in_one_line_inside_the_totals(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        shares = [{"valid_from": None, "tasks": [{"code": "4.9", "weight": "60"}, {"code": "5.0", "weight": "40"}]}]
        later = a_project_wire(1, edition=2, shares=shares)
        await _two_editions(reports, [*AGENCIES, registered(4, later, [a_movement_wire(1, 1, amount="100.00")])])
        for more in ({}, {"recorded_at": moment(4)}, {"level": "task"}):
            body = await reports.coverage(edition=1, **more)
            assert figures(body, "later_edition")["committed"] == "60.00"
            assert figures(body, "later_edition")["projects"] == 1
            assert (figures(body, "5.1")["committed"], figures(body, "5.10")["committed"]) == ("20.00", "20.00")
            assert (body["totals"]["committed"], body["totals"]["projects"]) == ("100.00", 1)
        second = await reports.coverage(edition=2)
        assert {note["code"] for note in second["notes"]}.isdisjoint({"restated", "later_edition"})


async def test_a_later_project_without_money_stands_in_its_line_however_it_is_found(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        shares = [{"valid_from": None, "tasks": [{"code": "4.9", "weight": "100"}]}]
        await _two_editions(reports, [*AGENCIES, registered(4, a_project_wire(1, edition=2, shares=shares))])
        asked: list[dict[str, Any]] = [{}, {"recorded_at": moment(4)}, {"recorded_at": moment(4), "agency": LEADS[0]}]
        for more in asked:
            line = figures(await reports.coverage(edition=1, **more), "later_edition")
            assert (line["projects"], line["committed"]) == (1, "0.00")


async def test_targets_are_restated_as_projects_are_and_hold_while_they_are_valid(cluster: Cluster) -> None:
    ended = a_target("4.1", "70.00") | {"valid_from": "2017-01-01", "valid_to": "2018-06-29"}
    async with followed(cluster, [a_target("4.8", "100.01"), a_target("5.1", "5.00"), ended]) as reports:
        await _two_editions(reports, list(AGENCIES))
        body = await reports.coverage(edition=2)
        assert (figures(body, "4.8a")["target"], figures(body, "4.8b")["target"]) == ("33.34", "66.67")
        assert (figures(body, "5.0")["target"], figures(body, "4.1")["target"]) == ("5.00", None)
        assert body["totals"]["target"] == "105.01"
        assert figures(await reports.coverage(as_of=date(2018, 6, 29)), "4.1")["target"] == "70.00"


def test_a_target_of_a_retired_task_is_left_out() -> None:
    first = shape_of(a_plan().model_dump_json(), 1, None, None, "[]")
    second = shape_of(a_second_edition().model_dump_json(), 2, 1, date(2019, 1, 1), json.dumps(CROSSWALK))
    targets = [Target("7-m1", None, frozenset({"municipal"}), 100), Target("4.8", 2017, frozenset({"self"}), 1)]
    found = restated_targets(targets, Editions({1: first, 2: second}), 2)
    assert {(target.node, target.fen) for target in found} == {("4.8a", 0), ("4.8b", 1)}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    portfolios.journals_of_two_editions(),
    st.integers(1, 5),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.sampled_from(((), (2017,), (2017, 2018))),
    portfolios.narrowed(),
)
def test_both_editions_say_what_counting_one_by_one_finds_whatever_was_followed_first(
    cluster: Cluster,
    url: str,
    journal: tuple[list[Entry], int],
    size: int,
    day: date,
    years: tuple[int, ...],
    narrowed: dict[str, str],
) -> None:
    entries, since = journal

    async def check() -> None:
        async with followed(cluster, url=url) as reports:
            await reports.follow(entries[:since], size)
            await _two_editions(reports, entries)
            asked: dict[str, Any] = {"as_of": day, "years": years, "sources": ()} | narrowed
            for edition, plan in ((1, a_plan()), (2, a_second_edition())):
                agree(await reports.coverage(**asked, edition=edition), entries, asked, plan)
                for position in (max(3, since), len(entries)):
                    then = await reports.coverage(**asked, edition=edition, recorded_at=moment(max(position, 10)))
                    agree(then, entries[: max(position, 10)], asked, plan)
            before = await reports.dump()
            await reports.rebuild()
            assert await reports.dump() == before

    run(check())
