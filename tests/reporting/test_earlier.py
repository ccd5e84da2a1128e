"""Earlier knowledge from cells of a position nearby: what facts say, from whatever position it starts."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.operations import Asked
from services.reporting.operations.asking import opened
from services.reporting.rules.coverage import NOTHING, Counted, Sums
from services.reporting.store import EarlierStore, earlier
from services.reporting.store.earlier import Base, needed_least
from services.shared.database import rows
from services.shared.journal import Entry
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.editions import published
from tests.reporting.invented import a_movement_wire, a_project_wire, moment, recorded, registered
from tests.reporting.test_follow import AGENCIES, MANAGER, Followed, followed, run, url

__all__ = ["url"]
ASKED = [(0, "municipal"), (2017, "municipal"), (2017, "central")]


def spoken_of(asked: Asked) -> list[tuple[int, str]]:
    """The years and sources that targets under a filter can speak of: of a part of the projects, none."""
    if asked.agency or asked.district or asked.fund_class or asked.stage:
        return []
    return [
        (year, source)
        for year, source in ASKED
        if (not asked.years or year in asked.years) and (not asked.sources or source in asked.sources)
    ]


def said(sums: Sums, asked: Asked) -> tuple[object, ...]:
    """What sums say; nothing is the same as no word."""
    return (
        {code: counted for code, counted in sums.counts.items() if counted != Counted(0, 0)},
        {code: count for code, count in sums.covering.items() if count},
        {code: tuple(money) for code, money in sums.money.items() if tuple(money) != NOTHING},
        {place: fen for place, fen in sums.committed.items() if fen and place[1:] in spoken_of(asked)},
    )


async def bases_agree(reports: Followed, asked: Asked) -> int:
    """From every position at hand the sums are those that facts say; how many positions there were."""
    async with opened(reports.database, reports.plans, MANAGER, asked) as question:
        plan, filters = question.plan, question.filters
        expected = said(await question.store.from_facts(plan, filters), asked)
        query = "SELECT position FROM kept WHERE plan = %s AND edition = %s"
        kept = await rows(question.connection, query, (asked.plan, plan.edition))
        now = Base(question.moment.applied.positions.portfolio, kept=False)
        bases = [now, *(Base(row["position"], kept=True) for row in kept)]
        for base in bases:
            found = await EarlierStore(question.connection).sums(plan, filters, spoken_of(asked), base)
            assert said(found, asked) == expected, base
    return len(bases)


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells are kept every other entry, at three positions."""
    monkeypatch.setattr(earlier, "EVERY", 2)
    monkeypatch.setattr(earlier, "MOST", 3)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    portfolios.journals_of_two_editions(),
    st.integers(1, 4),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.sampled_from(((), (2017,))),
    st.sampled_from(((), ("municipal",), ("central",))),
    portfolios.narrowed(),
    st.data(),
)
def test_from_every_position_the_sums_are_those_of_the_facts(
    cluster: Cluster,
    url: str,
    keeping: None,
    journal: tuple[list[Entry], int],
    size: int,
    day: date,
    years: tuple[int, ...],
    sources: tuple[str, ...],
    narrowed: dict[str, str],
    data: st.DataObject,
) -> None:
    entries, since = journal
    position = data.draw(st.integers(3, len(entries)))

    async def check() -> None:
        async with followed(cluster, url=url) as reports:
            await reports.follow(entries[:since], size)
            reports.catalog.append(published(len(reports.catalog) + 1))
            await reports.follow(entries, size)
            for edition in (1, 2):
                at = moment(max(position, len(reports.catalog)))
                for asked in (
                    Asked("small", edition, as_of=day, years=years, sources=sources, recorded_at=at),
                    Asked("small", edition, as_of=day, recorded_at=at, **_one_of(narrowed)),
                ):
                    await bases_agree(reports, asked)

    run(check())


def _one_of(narrowed: dict[str, str]) -> dict[str, Any]:
    """What cells are kept of: a lead and a district, or a class and a stage."""
    led = {name: value for name, value in narrowed.items() if name in ("agency", "district")}
    return led or narrowed


async def test_the_nearest_position_is_taken_and_the_answer_is_the_same_whenever_it_is_asked(
    cluster: Cluster, keeping: None
) -> None:
    async with followed(cluster) as reports:
        entries = [*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])]
        entries += [recorded(place, a_movement_wire(place, 1, amount=f"{place}.00")) for place in range(5, 12)]
        await reports.follow(entries[:10], 1)
        asked = Asked("small", as_of=date(2018, 6, 30), recorded_at=moment(10))
        first = await reports.coverage(recorded_at=moment(10))
        assert await bases_agree(reports, asked) == 4
        await reports.follow(entries, 1)
        assert await reports.coverage(recorded_at=moment(10)) == first, "the notes are the same, too"
        async with opened(reports.database, reports.plans, MANAGER, asked) as question:
            store = EarlierStore(question.connection)
            found = [await store.base(question.plan, position, 11) for position in (2, 9, 10, 11)]
        assert found == [Base(4, True), Base(10, True), Base(10, True), Base(11, False)]


@pytest.mark.parametrize(
    ("positions", "most", "given_up"),
    [
        ([10, 20], 2, []),
        ([10, 20, 30], 2, [10]),
        ([20, 30, 40, 50], 3, [30]),
        ([100, 110, 200, 300], 3, [110]),
        ([100, 200, 290, 300], 3, [290]),
    ],
)
def test_the_position_whose_absence_leaves_the_least_gap_is_given_up(
    positions: list[int], most: int, given_up: list[int]
) -> None:
    assert needed_least(positions, most) == given_up
