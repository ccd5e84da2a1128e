"""Spans, facts, cells, gaps: the rules, against the simplest way to say the same."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.cells import ANY, Deltas, add, add_money, cells, count_deltas, first_days
from services.reporting.rules.coverage import (
    Question,
    Sums,
    Target,
    against,
    figures,
    rate,
    standing_targets,
    task_targets,
)
from services.reporting.rules.facts import FOREVER, Cut, Movement, counted_spans, facts_of, movement_of, project_of
from services.reporting.rules.leads import LeadKey, changes_of, only_more, spans_of, steps_by_lead, totals_below
from services.reporting.rules.shape import NOT_COUNTED, ROOT, shape
from tests.builders import a_plan
from tests.reporting import oracle, portfolios
from tests.reporting.invented import LEADS, a_movement_wire, a_project_wire

PLAN = a_plan()
SHAPE = shape(PLAN, 1)
YEARS = st.sampled_from((None, 2016, 2017, 2018))
SOURCES = st.sampled_from((None, "municipal", "central"))


def spans(*states: tuple[str, str]) -> list[tuple[str, str]]:
    found = counted_spans([(state, date.fromisoformat(on)) for state, on in states])
    return [(from_on.isoformat(), until_on.isoformat()) for from_on, until_on in found]


def test_an_approved_project_counts_from_its_contract_on() -> None:
    assert spans(("approved", "2017-01-01")) == []
    assert spans(("approved", "2017-01-01"), ("contracted", "2017-02-01")) == [("2017-02-01", "9999-12-31")]


def test_a_terminated_project_counts_before_its_termination_alone() -> None:
    ended = (("contracted", "2017-02-01"), ("terminated", "2018-01-01"))
    assert spans(*ended) == [("2017-02-01", "2018-01-01")]
    assert spans(*ended, ("closed", "2019-01-01")) == [("2017-02-01", "2018-01-01")]


def test_a_revoked_project_never_counts_not_even_before() -> None:
    assert spans(("contracted", "2017-02-01"), ("revoked", "2018-01-01")) == []
    assert spans(("contracted", "2017-02-01"), ("revoked", "2018-01-01"), ("closed", "2018-02-01")) == []


def test_a_closed_project_counts_on_when_it_was_accepted_or_failed() -> None:
    for end in ("accepted", "failed"):
        assert spans(("contracted", "2017-02-01"), (end, "2018-01-01"), ("closed", "2019-01-01")) == [
            ("2017-02-01", "9999-12-31")
        ]


def test_a_void_project_has_no_facts_at_all() -> None:
    project = project_of("p", a_project_wire(1, record_status="void"), SHAPE)
    assert facts_of(project, [movement_of(a_movement_wire(1, 1))]) == (set(), set())


@given(portfolios.portfolio())
def test_the_parts_of_a_movement_add_up_to_it_on_every_day(
    portfolio: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    projects, movements = portfolio
    for wire in (p for p in projects if p["record_status"] != "void"):
        project = project_of(wire["id"], wire, SHAPE)
        own = [movement_of(m) for m in movements if m["project"] == wire["id"]]
        _, facts = facts_of(project, own)
        days = {fact.from_on for fact in facts} | {date(2018, 6, 30)}
        for movement in own:
            for day in (day for day in days if day >= movement.on):
                parts = [
                    fact.fen for fact in facts if fact.movement == movement.id and fact.from_on <= day < fact.until_on
                ]
                assert sum(parts) == movement.fen


@given(portfolios.portfolio(), st.dates(date(2016, 1, 1), date(2021, 1, 1)), YEARS, SOURCES)
def test_cells_summed_up_to_a_day_are_what_counting_one_by_one_finds(
    portfolio: tuple[list[dict[str, Any]], list[dict[str, Any]]], day: date, year: int | None, source: str | None
) -> None:
    projects, movements = portfolio
    expected = oracle.coverage(PLAN, projects, movements, day, {year} - {None}, {source} - {None})  # type: ignore[arg-type]
    counts: dict[str, int] = {}
    covering: dict[str, int] = {}
    deltas: Deltas = {}
    for wire in projects:
        project = project_of(wire["id"], wire, SHAPE)
        own: list[Movement] = [movement_of(m) for m in movements if m["project"] == wire["id"]]
        add(deltas, count_deltas(project, first_days(own), SHAPE), 1)
        for fact in facts_of(project, own)[1]:
            add_money(deltas, project.cut, fact, 1)
    committed: dict[str, int] = {}
    for point, sums in deltas.items():
        if point.year == (year or 0) and point.source == (source or "") and point.on <= day:
            for found, value in zip((counts, covering, committed), sums, strict=False):
                found[point.node] = found.get(point.node, 0) + value
    uncounted = committed.pop(NOT_COUNTED, 0)
    below = SHAPE.below({code: count for code, count in counts.items() if code != NOT_COUNTED})
    assert {code: expected[code].projects for code in (*SHAPE.nodes, ROOT)} == below
    assert {code: node.covering for code, node in expected.items() if node.covering} == {
        code: count for code, count in covering.items() if count
    }
    assert {code: expected[code].committed for code in (*SHAPE.nodes, ROOT)} == SHAPE.below(committed)
    assert expected[""].committed == uncounted


@given(portfolios.portfolio())
def test_cells_by_year_month_and_day_hold_the_same_sums(
    portfolio: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    projects, movements = portfolio
    deltas: Deltas = {}
    for wire in projects:
        project = project_of(wire["id"], wire, SHAPE)
        for fact in facts_of(project, [movement_of(m) for m in movements if m["project"] == wire["id"]])[1]:
            add_money(deltas, project.cut, fact, 1)
    by_grain: dict[tuple[bool, str], int] = {}
    for key, sums in cells(deltas).items():
        grain = key[2:5] == (ANY, ANY, ANY), key.grain
        by_grain[grain] = by_grain.get(grain, 0) + sum(sums)
        assert key.period < FOREVER
    for together in (True, False):
        assert len({total for of, total in by_grain.items() if of[0] == together}) <= 1
    assert (False, "t") not in by_grain, "tens of days are kept of all projects together alone"


@given(portfolios.portfolio(most=6), st.dates(date(2016, 1, 1), date(2021, 1, 1)), st.integers(1, 5))
def test_spans_of_leads_are_the_same_however_projects_come_and_say_who_is_there(
    portfolio: tuple[list[dict[str, Any]], list[dict[str, Any]]], day: date, first: int
) -> None:
    """In two pages: spans that only grow are found from what is new, others from all projects."""
    projects, _ = portfolio
    all_deltas: Deltas = {}
    known: dict[LeadKey, tuple[date, ...]] = {}
    leads: dict[tuple[str, str, str, str], int] = {}
    for wires in (projects[:first], projects[first:]):
        page: Deltas = {}
        for wire in wires:
            add(page, count_deltas(project_of(wire["id"], wire, SHAPE), first_days(()), SHAPE), 1)
        add(all_deltas, page, 1)
        for key, steps in steps_by_lead(page, {("small", 1): SHAPE}).items():
            spans = only_more(known.get(key, ()), steps)
            if spans is None:
                own = [(p.node, p.on, v[0]) for p, v in all_deltas.items() if _is_of(p.cut, key)]
                spans = spans_of(totals_below(own, SHAPE).get(key.node, ()))
            for change in changes_of(key, known.get(key, ()), spans):
                at = change.agency, change.fund_class, change.stage, change.node
                leads[at] = leads.get(at, 0) + (change.leads if change.on <= day else 0)
            known[key] = spans
    of_class = [wire for wire in projects if wire["fund_class"] is None]
    of_lead = [wire for wire in projects if wire["lead"] == LEADS[0]]
    for narrowing, wires in (
        ((ANY, ANY, ANY), projects),
        ((ANY, "", ANY), of_class),
        ((ANY, "", "basic_research"), [wire for wire in of_class if wire["stage"] == "basic_research"]),
        ((LEADS[0], ANY, ANY), of_lead),
    ):
        expected = oracle.coverage(PLAN, wires, [], day, set(), set())
        assert {code: expected[code].agencies for code in (*SHAPE.nodes, ROOT)} == {
            code: leads.get((*narrowing, code), 0) for code in (*SHAPE.nodes, ROOT)
        }


def _is_of(cut: Cut, key: LeadKey) -> bool:
    """Whether a project is one of those of a lead that a span is about."""
    return cut.agency == key.agency and key.fund_class in (ANY, cut.fund_class) and key.stage in (ANY, cut.stage)


def gap_figures(targets: list[Target], sums: Sums | None = None, narrowed: bool = False) -> dict[str, dict[str, Any]]:
    question = Question(frozenset(), frozenset(), narrowed, "tasks")
    return figures(sums or Sums(), SHAPE, task_targets(SHAPE, targets, question), question)


def test_gaps_of_tasks_are_never_netted_above_them() -> None:
    sums = Sums(committed={("4.1", 0, "municipal"): 30_000, ("4.8", 0, "municipal"): 500, ("4.8", 0, "self"): 7_000})
    targets = [
        Target("4.1", None, frozenset({"municipal"}), 10_000),
        Target("4.8", None, frozenset({"municipal"}), 900),
    ]
    chapter = gap_figures(targets, sums)["4"]
    assert (chapter["target"], chapter["gap"], chapter["surplus"]) == ("109.00", "4.00", "200.00")
    assert chapter["gap_kind"] == "amount"


def test_no_target_is_never_a_target_of_nothing() -> None:
    found = gap_figures([])
    assert found["4.1"]["target"] is None
    assert found["4.1"]["gap"] is None
    assert found["4.1"]["gap_kind"] == "no_target"


def test_some_tasks_without_a_target_make_the_gap_partial() -> None:
    targets = [Target("4.1", None, frozenset({"municipal"}), 10_000)]
    chapter = gap_figures(targets)["4"]
    assert (chapter["gap_kind"], chapter["tasks_without_target"]) == ("partial", 1)


def test_gaps_do_not_apply_under_another_filter_than_year_and_source() -> None:
    targets = [Target("4.1", None, frozenset({"municipal"}), 10_000)]
    task = gap_figures(targets, narrowed=True)["4.1"]
    assert (task["gap"], task["gap_kind"]) == (None, "not_applicable")


def test_a_target_without_a_year_is_no_target_of_a_year() -> None:
    target = Target("4.1", None, frozenset({"municipal"}), 10_000)
    assert standing_targets([target], Question(frozenset({2017}), frozenset(), False, "tasks")) == []


def test_a_target_of_several_sources_is_no_target_of_one_of_them() -> None:
    target = Target("4.1", None, frozenset({"municipal", "central"}), 10_000)
    assert standing_targets([target], Question(frozenset(), frozenset({"central"}), False, "tasks")) == []


def test_only_commitments_of_the_target_s_years_and_sources_stand_against_it() -> None:
    sums = Sums(
        committed={
            ("4.1", 2017, "municipal"): 1,
            ("4.1", 2018, "municipal"): 10,
            ("4.1", 2017, "self"): 100,
            ("4.1", 0, "municipal"): 1_000,
        }
    )
    targets = [Target("4.1", 2017, frozenset({"municipal"}), 50)]
    found = task_targets(SHAPE, targets, Question(frozenset(), frozenset(), False, "tasks"))
    assert against("4.1", found["4.1"], sums).committed == 1
    whole = [Target("4.1", None, frozenset({"municipal"}), 50)]
    assert against("4.1", whole, sums).committed == 1_000


def test_a_rate_of_nothing_is_a_dash_and_halves_go_up() -> None:
    assert rate(5, 0) is None
    assert rate(1, 800) == "0.1"
    assert rate(1, 3) == "33.3"
    assert rate(1, 2000) == "0.1"


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18).filter(bool))
def test_a_rate_is_the_exact_percentage_rounded_half_up(part: int, whole: int) -> None:
    with localcontext(prec=60):
        exact = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert Decimal(str(rate(part, whole))) == exact
    assert rate(part, 0) is None
