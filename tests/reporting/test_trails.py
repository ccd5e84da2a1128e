"""What is kept of projects beside their figures: keys, relations, alterations."""

import json
from datetime import date
from typing import Any

import pytest

from services.reporting.rules.alterations import alteration_of
from services.reporting.rules.traits import traits_of
from tests.conftest import Cluster
from tests.reporting.invented import LEADS, a_project_wire, an_agency_entry, changed, registered, related
from tests.reporting.test_follow import followed

AGENCIES = [an_agency_entry(place, lead) for place, lead in enumerate(LEADS, 1)]
KPIS = [{"name": "论文 ", "target": "3"}, {"name": "专利", "target": "2", "comparator": "at_most"}]


def kept(lines: list[str], table: str) -> list[dict[str, Any]]:
    """The rows of a table in a dump."""
    return [row for row in map(json.loads, lines) if row["table"] == table]


def altered(before: dict[str, Any], after: dict[str, Any], kind: str = "project_changed") -> str | None:
    """The fields that an entry is said to have altered."""
    found = alteration_of(9, json.loads(changed(9, after, kind, before).body))
    return found and f"{found.how}: {found.fields}"


def test_keys_are_blind_to_how_things_are_written() -> None:
    one = a_project_wire(1, project_no="沪科 １７-01", issuing_body="市科委", pi={"name": "张 三"}, kpis=KPIS)
    other = a_project_wire(2, project_no="沪科17-01", issuing_body="市科委", title="演示１", pi={"name": "张三"})
    assert traits_of(one)[:4] == traits_of(other)[:4]
    assert traits_of(one).kpi_key == traits_of(other | {"kpis": KPIS[::-1]}).kpi_key != ""


def test_keys_differ_where_things_do() -> None:
    one, other = a_project_wire(1), a_project_wire(2, pi={"name": "李四"}, kpis=KPIS)
    assert not set(traits_of(one)[1:5]) & set(traits_of(other)[1:5])
    assert traits_of(one).title_key != traits_of(one | {"lead": LEADS[1]}).title_key


def test_what_is_not_said_is_no_key_and_a_draft_has_none() -> None:
    nothing = traits_of(a_project_wire(1, project_no=None, issuing_body="市科委", kpis=KPIS[:1]))
    assert (nothing.number_key, nothing.leader_key, nothing.kpi_key) == ("", "", "")
    assert set(traits_of(a_project_wire(1, record_status="draft"))[1:5]) == {""}


@pytest.mark.parametrize(
    ("states", "live"),
    [
        ([("approved", "2017-01-01")], (date.max, date.max)),
        ([("approved", "2017-01-01"), ("contracted", "2017-02-01")], (date(2017, 2, 1), date.max)),
        (
            [("in_progress", "2017-02-01"), ("accepted", "2019-03-01"), ("closed", "2020-01-01")],
            (date(2017, 2, 1), date(2019, 3, 1)),
        ),
    ],
)
def test_a_project_is_live_from_its_contract_until_it_ends(states: list[Any], live: tuple[date, date]) -> None:
    entered = [{"state": state, "on": on} for state, on in states]
    assert traits_of(a_project_wire(1, states=entered))[5:] == live


@pytest.mark.parametrize(
    "differing",
    [
        {"title": "另一个"},
        {"lead": LEADS[1]},
        {"pi": {"name": "李四"}},
        {"budget": [{"year": 2017, "source": "self", "amount": "1.00"}]},
    ],
)
def test_what_needs_a_second_person_is_an_alteration(differing: dict[str, Any]) -> None:
    before = a_project_wire(1)
    (field,) = differing
    assert altered(before, before | differing) == f"direct: {field}"
    assert altered(before, before | differing, "change_decided") == f"requested: {field}"


def test_what_is_free_or_filed_or_not_published_is_none() -> None:
    lines = [{"year": 2017, "source": "self", "amount": "1.00", "heading": "labour"}]
    before = a_project_wire(1, pi={"name": "张三", "phone_hash": "a"}, budget=lines)
    assert altered(before, before | {"abstract": "更长的简介", "events": []}) is None
    assert altered(before, before | {"pi": {"name": "张三", "phone_hash": "b"}}) is None
    assert altered(before, before | {"budget": [lines[0] | {"heading": "travel"}]}) is None
    draft = before | {"record_status": "draft"}
    assert altered(draft, draft | {"title": "另一个"}) is None
    assert alteration_of(9, json.loads(registered(9, before).body)) is None


async def test_following_keeps_relations_and_alterations_and_so_does_rebuilding(cluster: Cluster) -> None:
    async with followed(cluster) as reports:
        one, other = a_project_wire(1), a_project_wire(2)
        renamed = one | {"title": "另一个"}
        entries = [*AGENCIES, registered(4, one), registered(5, other), related(6, 1, 2, "continuation")]
        await reports.follow([*entries, related(7, 1, 2, "continuation"), changed(8, renamed, before=one)])
        before = await reports.dump()
        (relation,), (alteration,) = kept(before, "relation"), kept(before, "alteration")
        assert (relation["kind"], relation["known_from"]) == ("continuation", 6)
        assert (alteration["how"], alteration["fields"], alteration["known_from"]) == ("direct", "title", 8)
        titles = [row["title_key"] for row in kept(before, "project_version") if row["id"] == one["id"]]
        assert titles == [traits_of(one).title_key, traits_of(renamed).title_key]
        await reports.rebuild()
        assert await reports.dump() == before
