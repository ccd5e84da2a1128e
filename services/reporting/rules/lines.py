"""The lines of the reports on coverage and gaps, from the figures of every node."""

from collections.abc import Mapping
from typing import Any

from services.reporting.contract import Gap
from services.reporting.rules.coverage import Sums, homeless, relative_shares
from services.reporting.rules.notes import note
from services.reporting.rules.shape import EARLIER_EDITION, HOMELESS, LATER_EDITION, ROOT, Shape
from services.shared.money import from_fen

ALL_LEVELS = "all"
OF_LINE = ("code", "level", "number", "title", "parent")
"""What a report says of a node besides its figures."""
NOT_RELATIVE: dict[str, str | None] = {"relative_share": None, "chapter_median": None}
HOMELESS_TITLES = {LATER_EDITION: "后续版次的任务（本版次无对应）", EARLIER_EDITION: "此前版次的任务（已撤销，无承接）"}
"""Of the lines of what has no home in the edition of a report."""
Figures = Mapping[str, dict[str, Any]]


def lines(plan: Shape, level: str, sums: Sums) -> list[dict[str, Any]]:
    """What a report of a level lists: its nodes, zeros included, and the lines of what has no home."""
    nodes = [
        {"code": n.code, "level": n.level, "number": n.number, "title": n.title, "parent": n.parent}
        for n in plan.plan.nodes
        if level in (n.level, ALL_LEVELS)
    ]
    return nodes + [
        {"code": line, "level": line, "number": "", "title": HOMELESS_TITLES[line], "parent": None}
        for line in homeless(sums)
    ]


def elsewhere(plan: Shape, level: str, sums: Sums) -> list[dict[str, Any]]:
    """A note on the money in the totals that stands at nodes under none of the items; none where there is none."""
    listed = {node.code for node in plan.plan.nodes if level in (node.level, ALL_LEVELS)}
    apart = [sums.money[code] for code in plan.nodes if code in sums.money and listed.isdisjoint(plan.line(code))]
    if not any(map(any, apart)):
        return []
    detail = "committed at nodes of other levels, which stand under none of the items; inside the totals"
    return [note("elsewhere", detail, from_fen(sum(money[0] for money in apart)))]


def coverage_lines(plan: Shape, level: str, sums: Sums, found: Figures) -> dict[str, Any]:
    """totals and items of the report `coverage`."""
    return {
        "totals": found[ROOT],
        "items": [line | found[line["code"]] for line in lines(plan, level, sums)],
    }


def gap_lines(plan: Shape, level: str, sums: Sums, found: Figures) -> dict[str, Any]:
    """totals and items of the report `gaps`: what has no home is given to no task, and has no gap."""
    relative = relative_shares(plan, found)
    items = [
        {name: (line | found[line["code"]])[name] for name in (*Gap.model_fields, *OF_LINE)}
        | relative.get(line["code"], NOT_RELATIVE)
        for line in lines(plan, level, sums)
        if line["code"] not in HOMELESS
    ]
    return {"totals": {name: found[ROOT][name] for name in Gap.model_fields}, "items": items}
