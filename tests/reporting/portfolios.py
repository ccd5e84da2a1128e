"""Random portfolios: projects with states, shares and movements, as journals write them."""

import json
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from services.shared.journal import Entry
from tests.reporting.invented import (
    LEADS,
    a_movement_wire,
    a_project_wire,
    an_agency_entry,
    changed,
    recorded,
    registered,
)

TASKS = ("4.1", "4.8", "5.1", "5.10", "7-m1")
LIVES = (
    ("approved",),
    ("contracted",),
    ("in_progress", "suspended", "in_progress"),
    ("contracted", "in_progress", "terminated"),
    ("contracted", "terminated", "closed"),
    ("contracted", "revoked"),
    ("in_progress", "acceptance", "accepted", "closed"),
    ("approved", "contracted", "acceptance", "failed"),
)
DAYS = st.dates(date(2016, 1, 1), date(2019, 12, 31))


@st.composite
def states(draw: st.DrawFn) -> list[dict[str, str]]:
    """A life, its days in order."""
    life = draw(st.sampled_from(LIVES))
    on = draw(DAYS)
    found = []
    for state in life:
        found.append({"state": state, "on": on.isoformat()})
        on += timedelta(days=draw(st.integers(0, 400)))
    return found


@st.composite
def tasks(draw: st.DrawFn) -> list[dict[str, str]]:
    """Shares that add up to 100; a code may come twice."""
    codes = draw(st.lists(st.sampled_from(TASKS), min_size=1, max_size=4))
    cuts = sorted(draw(st.lists(st.integers(1, 9_999), min_size=len(codes) - 1, max_size=len(codes) - 1, unique=True)))
    edges = [0, *cuts, 10_000]
    return [{"code": c, "weight": f"{(edges[i + 1] - edges[i]) / 100:.2f}"} for i, c in enumerate(codes)]


@st.composite
def shares(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to three sets of shares with days from which they hold."""
    since = sorted(draw(st.lists(DAYS, max_size=2, unique=True)))
    return [{"valid_from": day and day.isoformat(), "tasks": draw(tasks())} for day in (None, *since)]


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """What is registered of a project besides: who is in charge, when it ends, instalments, performance targets."""
    end = draw(DAYS)
    instalment = {"due_on": end.isoformat(), "amount": f"{draw(st.integers(0, 9_999))}.00", "source": "municipal"}
    kpi = {
        "name": "演示指标",
        "target": str(draw(st.integers(1, 9))),
        "actual": draw(st.sampled_from((None, "2", "7"))),
        "comparator": draw(st.sampled_from(("at_least", "at_most", "equal"))),
    }
    found: dict[str, Any] = {"pi": {"name": draw(st.sampled_from(("演示甲", "演示乙")))}, "end_on": end.isoformat()}
    found |= {"instalments": draw(st.sampled_from(([], [instalment]))), "kpis": draw(st.sampled_from(([], [kpi])))}
    return {name: value for name, value in found.items() if draw(st.booleans())}


@st.composite
def project(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A project."""
    return a_project_wire(
        number,
        lead=draw(st.sampled_from(LEADS)),
        fund_class=draw(st.sampled_from(("basic_frontier", "municipal_major", None))),
        stage=draw(st.sampled_from(("basic_research", None))),
        states=draw(states()),
        shares=draw(shares()),
        record_status=draw(st.sampled_from(("published", "published", "published", "void"))),
        **draw(records()),
    )


@st.composite
def narrowed(draw: st.DrawFn) -> dict[str, str]:
    """What a report is narrowed to: a lead or a district, a class, a stage, in any combination."""
    found = {
        "agency": draw(st.sampled_from((None, None, LEADS[0]))),
        "district": draw(st.sampled_from((None, None, None, "310115"))),
        "fund_class": draw(st.sampled_from((None, None, "basic_frontier", "unclassified"))),
        "stage": draw(st.sampled_from((None, None, "basic_research", "unclassified"))),
    }
    return {name: value for name, value in found.items() if value is not None}


@st.composite
def movement(draw: st.DrawFn, number: int, of: int) -> dict[str, Any]:
    """A movement."""
    on = draw(DAYS)
    return a_movement_wire(
        number,
        of,
        kind=draw(st.sampled_from(("commitment", "commitment", "receipt", "expenditure"))),
        on=on.isoformat(),
        year=draw(st.sampled_from((on.year, 2017))),
        source=draw(st.sampled_from(("municipal", "central", "self"))),
        amount=f"{draw(st.integers(-100_000, 100_000)) / 100:.2f}",
    )


@st.composite
def portfolio(draw: st.DrawFn, most: int = 4) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Projects and their movements."""
    projects = [draw(project(number)) for number in range(1, draw(st.integers(1, most)) + 1)]
    movements = [draw(movement(n, draw(st.integers(1, len(projects))))) for n in range(draw(st.integers(0, 6)))]
    return projects, movements


LATER = {"4.1": "4.1", "4.8": "4.8a", "5.1": "5.0", "5.10": "4.8b", "7-m1": "4.9"}
"""A task of the second edition for each of the first one."""


def in_second_edition(wire: dict[str, Any]) -> dict[str, Any]:
    """The same project, registered against the second edition."""
    shares = [
        since | {"tasks": [share | {"code": LATER[share["code"]]} for share in since["tasks"]]}
        for since in wire["shares"]
    ]
    return wire | {"edition": 2, "shares": shares}


@st.composite
def journals_of_two_editions(draw: st.DrawFn) -> tuple[list[Entry], int]:
    """A journal, and the position after which the second edition may be registered against."""
    entries = draw(journal())
    since = draw(st.integers(0, len(entries)))
    second: set[str] = set()
    for place, one in enumerate(entries):
        body = json.loads(one.body)
        wire = body["after"].get("project")
        if wire is None:
            continue
        if body["kind"] == "project_registered" and place >= since and draw(st.booleans()):
            second.add(wire["id"])
        if wire["id"] in second:
            body["after"]["project"] = in_second_edition(wire)
            entries[place] = one.model_copy(update={"body": json.dumps(body)})
    return entries, since


@st.composite
def journal(draw: st.DrawFn, most: int = 5) -> list[Entry]:
    """A journal: agencies, registrations, then changes and movements in any order."""
    districts = ("310101", "310115", "310101")
    entries = [
        an_agency_entry(place, lead, district=district)
        for place, (lead, district) in enumerate(zip(LEADS, districts, strict=True), 1)
    ]
    wires: list[dict[str, Any]] = []
    movements = 0
    for _ in range(draw(st.integers(2, 14))):
        what = draw(st.sampled_from(("register", "change", "move")))
        position = len(entries) + 1
        if (what == "register" and len(wires) < most) or not wires:
            wires.append(draw(project(len(wires) + 1)))
            movements += 1
            posted = [draw(movement(movements, len(wires)))]
            entries.append(registered(position, wires[-1], posted))
            continue
        of = draw(st.integers(1, len(wires)))
        if what == "change":
            before, wires[of - 1] = wires[of - 1], draw(project(of))
            kind = draw(st.sampled_from(("project_changed", "change_decided")))
            entries.append(changed(position, wires[of - 1], kind, before))
        else:
            movements += 1
            entries.append(recorded(position, draw(movement(movements, of))))
    return entries
