"""Two moments compared: what moved adds up to what the totals differ by."""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting import operations
from services.reporting.contract import Comparison
from services.reporting.operations import Asked
from services.shared.journal import Entry
from services.shared.pages import key_of
from tests.conftest import Cluster
from tests.reporting import portfolios
from tests.reporting.invented import a_movement_wire, a_project_wire, moment, recorded, registered
from tests.reporting.test_follow import AGENCIES, DAY, MANAGER, Followed, followed, run, url

__all__ = ["url"]


async def _compared(reports: Followed, before: tuple[Any, Any], limit: int = 2, **asked: Any) -> dict[str, Any]:
    """A comparison with what moved on all its pages."""
    given: dict[str, Any] = {"plan": "small", "as_of": DAY}
    question = Asked(**(given | asked))
    last: UUID | None = None
    moved: list[dict[str, Any]] = []
    while True:
        found = await operations.compare(
            reports.database, reports.plans, MANAGER, question, before, "total", last, limit
        )
        Comparison.model_validate_json(found.body)
        body: dict[str, Any] = json.loads(found.body)
        moved += body["moved"]
        if body["next"] is None:
            return body | {"moved": moved}
        last = UUID(key_of(body["next"], 6)[-1])


async def test_a_late_correction_is_what_moved_and_its_entry_is_named(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        entries = [*AGENCIES, registered(4, a_project_wire(1), [a_movement_wire(1, 1)])]
        await reports.follow([*entries, recorded(5, a_movement_wire(2, 1, amount="-10.00"))])
        found = await _compared(reports, (None, moment(4)))
        assert found["totals"]["difference"]["committed"] == "-10.00"
        (moved,) = found["moved"]
        assert (moved["project_no"], moved["difference"]["committed"]) == ("X-1", "-10.00")
        assert [(entry["position"], entry["kind"]) for entry in moved["entries"]] == [(5, "movement")]
        assert {task["task"]: task["committed"] for task in moved["tasks"]} == {"4.8": "-7.00", "5.1": "-3.00"}
        assert (await _compared(reports, (None, None)))["moved"] == []


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    portfolios.journal(),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    st.sampled_from(((), (2017,))),
    st.booleans(),
)
def test_what_moved_adds_up_to_what_the_totals_differ_by(
    cluster: Cluster,
    url: str,
    entries: list[Entry],
    day: date,
    earlier: date,
    years: tuple[int, ...],
    knew_less: bool,
) -> None:
    async def check() -> None:
        async with followed(cluster, url=url) as reports:
            await reports.follow(entries)
            then = moment(max(10, len(entries) - 2)) if knew_less else None
            found = await _compared(reports, (earlier, then), as_of=day, years=years)
            difference = found["totals"]["difference"]
            for figure in ("committed", "received", "spent"):
                moved = sum((Decimal(one["difference"][figure]) for one in found["moved"]), Decimal(0))
                assert moved == Decimal(difference[figure]), figure
            assert sum(one["difference"]["projects"] for one in found["moved"]) == difference["projects"]
            left = await reports.coverage(as_of=earlier, years=years, recorded_at=then)
            right = await reports.coverage(as_of=day, years=years)
            assert found["totals"]["before"]["committed"] == left["totals"]["committed"]
            assert found["totals"]["after"]["committed"] == right["totals"]["committed"]

    run(check())
