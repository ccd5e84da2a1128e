"""Places: under which line of a report a task's figures stand."""

from collections.abc import Iterable, Mapping

from services.reporting.rules.shape import HOMELESS, NOT_COUNTED, RESTATED, ROOT, Shape

TOTAL = "total"
"""The code of the whole plan, where a line of a report is asked for."""
UNCLASSIFIED, NO_TITLE = "unclassified", "未分类"
"""Code and title of what has no class, stage or district; a filter by the code asks for it."""
LINES_OUTSIDE = {"not_counted": NOT_COUNTED, "restated": RESTATED}
"""Codes of what is part of no total, as the notes of reports name it."""


def columns(plan: Shape, level: str) -> tuple[str, ...]:
    """Nodes that have the whole plan below them, none twice: those of a level; and where there are none of it, the
    highest node that stands above none of it. A node that carries shares is never divided into those below it."""
    above = {code for node in plan.plan.nodes if node.level == level for code in plan.line(node.code)}
    carrying = set(plan.carrying)
    ends = {
        node.code for node in plan.plan.nodes if node.level == level or node.code not in above or node.code in carrying
    }
    return tuple(code for code in plan.order if code in ends and ends.isdisjoint(plan.line(code)[1:]))


def places(plan: Shape, under: Iterable[str]) -> dict[str, str]:
    """By node the one of some columns that it stands under; what has no home stands under itself."""
    wanted = set(under)
    found = {line: line for line in HOMELESS}
    for code in plan.nodes:
        for above in plan.line(code):
            if above in wanted:
                found[code] = above
    return found


def everywhere(plan: Shape) -> dict[str, str]:
    """The same for the plan as a whole, what stands at its root among it."""
    return dict.fromkeys((*plan.nodes, *HOMELESS, ROOT), ROOT)


def below(plan: Shape, line: str) -> Mapping[str, str] | None:
    """The places of one line of a report: a node, `total`, what has no home; None where there is no such line."""
    if line in (TOTAL, ROOT):
        return everywhere(plan)
    if line in HOMELESS:
        return {line: ROOT}
    if line not in plan.nodes:
        return None
    return {code: ROOT for code in plan.nodes if line in plan.line(code)}
