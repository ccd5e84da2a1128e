"""Distinct leads: the spans in which a lead agency has at least one project in the subtree of a node.

Projects come and rarely go. While they only come, the spans of a lead are one that has no end, and the day on which
it begins says all; where a project goes, the spans are found from all projects of the lead.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.reporting.rules.cells import ANY, ANY_SOURCE, ANY_YEAR, Deltas, LeadChange, classed
from services.reporting.rules.shape import Shape

PROJECTS = 0
"""The place of the number of projects in a delta."""


class LeadKey(NamedTuple):
    """A lead below a node, in its projects of a class and stage or any, of one year or any and one source or any."""

    plan: str
    edition: int
    agency: str
    fund_class: str
    stage: str
    year: int
    source: str
    node: str


Steps = dict[date, int]
Spans = tuple[date, ...]
"""Days on which presence begins and ends in turn; without a last end it goes on for ever."""


def steps_by_lead(deltas: Deltas, plans: Mapping[tuple[str, int], Shape]) -> dict[LeadKey, Steps]:
    """By lead and node how many projects more there are in its subtree, by day."""
    found: defaultdict[LeadKey, Steps] = defaultdict(dict)
    for (cut, year, source, on, node), values in deltas.items():
        projects = values[PROJECTS]
        if projects:
            for above in plans[cut.plan, cut.edition].line(node):
                for of in classed(cut, year, source):
                    steps = found[LeadKey(cut.plan, cut.edition, cut.agency, *of, year, source, above)]
                    steps[on] = steps.get(on, 0) + projects
    return {key: changed for key, steps in found.items() if (changed := {on: n for on, n in steps.items() if n})}


def only_more(known: Spans, steps: Steps) -> Spans | None:
    """The spans after projects that only came; None where all projects of the lead have to be looked at."""
    if len(known) > 1 or min(steps.values()) < 0:
        return None
    return (min((*known, *steps)),)


def spans_of(steps: Iterable[tuple[date, int]]) -> Spans:
    """The spans in which the sum of all steps up to the day is positive; the steps are in the order of days."""
    found: list[date] = []
    projects = 0
    for on, change in steps:
        before, projects = projects, projects + change
        if (before > 0) != (projects > 0):
            found.append(on)
    return tuple(found)


def totals_below(rows: Iterable[tuple[str, date, int]], plan: Shape) -> dict[str, list[tuple[date, int]]]:
    """By node the steps in its subtree in the order of days, from what stands at each node itself."""
    sums: defaultdict[str, Steps] = defaultdict(dict)
    for node, on, projects in rows:
        for above in plan.line(node):
            steps = sums[above]
            steps[on] = steps.get(on, 0) + projects
    return {node: sorted(steps.items()) for node, steps in sums.items()}


def changes_of(key: LeadKey, before: Sequence[date], after: Sequence[date]) -> Iterator[LeadChange]:
    """What changes in the number of distinct leads: of all, and where cells are kept of each lead, of this one."""
    agencies = [ANY]
    if key[3:7] == (ANY, ANY, ANY_YEAR, ANY_SOURCE):
        agencies.append(key.agency)
    changes: defaultdict[date, int] = defaultdict(int)
    for spans, sign in ((before, -1), (after, 1)):
        for place, on in enumerate(spans):
            changes[on] += sign if place % 2 == 0 else -sign
    for on, change in changes.items():
        if change:
            for agency in agencies:
                yield LeadChange(key.plan, key.edition, agency, *key[3:], on, change)
