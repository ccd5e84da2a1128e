"""Coverage and gaps: figures of every node from sums, the plan's shape and its targets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.reporting.rules.cells import ANY_YEAR
from services.reporting.rules.notes import answered_from, bound_to, not_counted, note
from services.reporting.rules.shape import (
    EARLIER_EDITION,
    HOMELESS,
    LATER_EDITION,
    NOT_COUNTED,
    OUTSIDE,
    RESTATED,
    ROOT,
    Shape,
)
from services.shared.money import fen_of, from_fen

Money = list[int]
"""committed, received, disbursed, spent, refunded in fen, in the order of facts.KINDS."""
NOTHING: tuple[int, ...] = (0, 0, 0, 0, 0)


class Target(NamedTuple):
    """What a node is meant to be given; without a year for the whole plan."""

    node: str
    year: int | None
    sources: frozenset[str]
    fen: int
    edition: int = 1
    """The one that the node is of."""


class Counted(NamedTuple):
    """Distinct projects and lead agencies below a node."""

    projects: int
    agencies: int


@dataclass
class Sums:
    """What a report adds up, however it was found: from cells or from facts."""

    counts: dict[str, Counted] = field(default_factory=dict)
    """By node, the root among them."""
    covering: dict[str, int] = field(default_factory=dict)
    """By task: how many projects cover it."""
    money: dict[str, Money] = field(default_factory=dict)
    """By task, of the years and sources that the report is about; what is not counted stands at no task."""
    committed: dict[tuple[str, int, str], int] = field(default_factory=dict)
    """By task, year (or any) and source, where a target asks for it."""


@dataclass(frozen=True)
class Question:
    """What gaps and rates depend on, besides the sums."""

    years: frozenset[int]
    sources: frozenset[str]
    narrowed: bool
    """By something other than year and source: gaps do not apply."""
    denominator: str


class Against(NamedTuple):
    """A task's target and the commitments of the same years and sources."""

    target: int
    committed: int


def rate(part: int, whole: int) -> str | None:
    """Percent with one decimal, rounded half up from the exact figure; nothing where the whole is nothing."""
    if not whole:
        return None
    tenths, rest = divmod(abs(part) * 1000, abs(whole))
    tenths += 2 * rest >= abs(whole)
    sign = "-" if tenths and (part < 0) != (whole < 0) else ""
    return f"{sign}{tenths // 10}.{tenths % 10}"


def standing_targets(targets: Iterable[Target], question: Question) -> list[Target]:
    """The targets of one task that hold under a filter.

    With years: those of these years. Without: those for the whole plan, or if there are none, those of all years.
    With sources: those that name none but these.
    """
    found = [t for t in targets if not question.sources or (t.sources and t.sources <= question.sources)]
    if question.years:
        return [t for t in found if t.year in question.years]
    whole = [t for t in found if t.year is None]
    return whole or found


def task_targets(plan: Shape, targets: Iterable[Target], question: Question) -> dict[str, list[Target]]:
    """For every task that has targets under this question: those that hold. All have a year, or none has."""
    by_task: dict[str, list[Target]] = {}
    for target in targets:
        by_task.setdefault(target.node, []).append(target)
    found = {task: standing_targets(by_task[task], question) for task in plan.carrying if task in by_task}
    return {task: standing for task, standing in found.items() if standing}


def spoken_of(targets: Iterable[Target]) -> set[tuple[int, str]]:
    """The years (or any) and sources whose commitments stand against targets."""
    return {(target.year or ANY_YEAR, source) for target in targets for source in target.sources}


def against(task: str, targets: Sequence[Target], sums: Sums) -> Against:
    """The sum of a task's targets, and of its commitments that any of them speaks of."""
    committed = sum(sums.committed.get((task, year, source), 0) for year, source in spoken_of(targets))
    return Against(sum(target.fen for target in targets), committed)


def gap_figures(
    tasks: Sequence[str], wanted: Sequence[str], has: Mapping[str, Against], narrowed: bool
) -> dict[str, Any]:
    """The gap of a node: sums over its tasks that have a target, never netted.

    `tasks` are all below it, `wanted` those that the denominator has.
    """
    with_target = [task for task in tasks if task in has]
    without = sum(task not in has for task in wanted)
    nothing = dict.fromkeys(("target", "target_committed", "gap", "gap_rate", "surplus"))
    if narrowed:
        return nothing | {"gap_kind": "not_applicable", "tasks_without_target": 0}
    if not with_target:
        return nothing | {"gap_kind": "no_target", "tasks_without_target": without}
    target = sum(has[task].target for task in with_target)
    gap = sum(max(0, has[task].target - has[task].committed) for task in with_target)
    surplus = sum(max(0, has[task].committed - has[task].target) for task in with_target)
    return {
        "target": from_fen(target),
        "target_committed": from_fen(sum(has[task].committed for task in with_target)),
        "gap": from_fen(gap),
        "gap_rate": rate(gap, target),
        "surplus": from_fen(surplus),
        "gap_kind": "partial" if without else "amount",
        "tasks_without_target": without,
    }


def money_below(own: Mapping[str, Money], plan: Shape) -> dict[str, Money]:
    """The money in the subtree of every node; what is not counted is in none."""
    found = {code: list(NOTHING) for code in (*plan.nodes, ROOT)}
    for task, money in own.items():
        if task in OUTSIDE:
            continue
        for above in plan.line(task):
            held = found.setdefault(above, list(NOTHING))
            for place, fen in enumerate(money):
                held[place] += fen
    return found


def homeless(sums: Sums) -> list[str]:
    """The lines of what has no home in the edition of the report, where there is any."""
    return [line for line in HOMELESS if sums.counts.get(line, Counted(0, 0)).projects or any(sums.money.get(line, ()))]


def figures(
    sums: Sums, plan: Shape, targets: Mapping[str, Sequence[Target]], question: Question
) -> dict[str, dict[str, Any]]:
    """The figures of every node, the root among them, as the wire has them; `targets` are those of task_targets."""
    money = money_below(sums.money, plan)
    has = {task: against(task, standing, sums) for task, standing in targets.items()}
    all_below = plan.tasks_below("tasks_and_measures")
    wanted_below = plan.tasks_below(question.denominator)
    found = {}
    for code in (*plan.nodes, *homeless(sums), ROOT):
        counted = sums.counts.get(code, Counted(0, 0))
        committed, received, disbursed, spent, refunded = money.get(code, NOTHING)
        wanted = wanted_below.get(code, ())
        covered = sum(sums.covering.get(task, 0) > 0 for task in wanted)
        found[code] = {
            "projects": counted.projects,
            "agencies": counted.agencies,
            "committed": from_fen(committed),
            "received": from_fen(received),
            "disbursed": from_fen(disbursed),
            "spent": from_fen(spent),
            "refunded": from_fen(refunded),
            "tasks": len(wanted),
            "covered_tasks": covered,
            "covered": any(sums.covering.get(task, 0) > 0 for task in all_below.get(code, ())),
            "coverage_rate": rate(covered, len(wanted)),
            "receipt_rate": rate(received, committed),
            "disbursement_rate": rate(disbursed, committed),
            "spending_rate": rate(spent, received),
        } | gap_figures(all_below.get(code, ()), wanted, has, question.narrowed)
    return found


def relative_shares(plan: Shape, found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, str | None]]:
    """Of every task without a target its part of all commitments, beside the median of its chapter (DOMAIN 2.6);
    `found` are the figures of every node."""
    whole = fen_of(found[ROOT]["committed"])
    chapters: dict[str, list[int]] = {}
    for task in plan.carrying:
        chapters.setdefault(plan.line(task)[-2], []).append(fen_of(found[task]["committed"]))
    shares: dict[str, dict[str, str | None]] = {}
    for task in plan.carrying:
        if found[task]["gap_kind"] == "no_target":
            parts = sorted(chapters[plan.line(task)[-2]])
            middle = parts[(len(parts) - 1) // 2] + parts[len(parts) // 2]
            own = fen_of(found[task]["committed"])
            shares[task] = {"relative_share": rate(own, whole), "chapter_median": rate(middle, 2 * whole)}
    return shares


HOMELESS_WORDS = {
    LATER_EDITION: "committed to tasks of a later edition that came from none of this one; one line, inside the totals",
    EARLIER_EDITION: "committed to tasks that were retired without a successor; one line, inside the totals",
}


def notes(sums: Sums, found_in: str, agency: str | None) -> list[dict[str, Any]]:
    """What a reader has to know beside the figures; `agency` is the one that the reader is bound to."""
    moved = sums.money.get(RESTATED, NOTHING)
    found = [
        not_counted("committed", from_fen(sums.money.get(NOT_COUNTED, NOTHING)[0])),
        note(
            "counts_do_not_add_up",
            "a project with several tasks counts once at each of them and once in every sum above them",
        ),
        answered_from(found_in),
    ]
    if any(moved):
        detail = "committed by projects of another edition, split once by share × crosswalk weight; inside the totals"
        found.append(note("restated", detail, from_fen(moved[0])))
    for line in homeless(sums):
        found.append(note(line, HOMELESS_WORDS[line], from_fen(sums.money.get(line, NOTHING)[0])))
    return [*found, *bound_to(agency)]
