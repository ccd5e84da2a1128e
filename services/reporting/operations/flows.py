"""Flows of money: from sources over classes of funds to the top nodes of the plan."""

from typing import Any

from services.reporting.contract import MoneyFigure
from services.reporting.operations.asking import FINE, Asked, Reported, opened, reported
from services.reporting.operations.cutting import cut_notes, headings, node_headings
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.links import explain_link
from services.reporting.rules.places import UNCLASSIFIED, columns, places
from services.reporting.rules.shape import HOMELESS
from services.reporting.store.cutting import Cut, CutStore
from services.shared.database import Database
from services.shared.money import from_fen
from services.shared.tokens import Caller

STAGES = ("source", "fund_class", "node")


async def flows(database: Database, plans: KnownPlans, caller: Caller, asked: Asked, figure: MoneyFigure) -> Reported:
    """One figure of money by source, class and top node, as the nodes and links of a Sankey diagram."""
    async with opened(database, plans, caller, asked) as question:
        plan = question.plan
        tops = columns(plan, plan.plan.levels[0].code)
        cut = Cut(figure, ("source", "fund_class"), places(plan, tops))
        found = await CutStore(question.connection).sums(plan, question.filters, cut, question.from_cells)
        paths = [(source, fund_class or UNCLASSIFIED, place, value) for source, fund_class, place, value in found]
        values: dict[tuple[str, str], int] = {}
        links: dict[tuple[int, str, str], int] = {}
        for *path, value in paths:
            for stage, code in zip(STAGES, path, strict=True):
                values[stage, code] = values.get((stage, code), 0) + value
            for step in (0, 1):
                link = step, path[step], path[step + 1]
                links[link] = links.get(link, 0) + value
        titles = [
            *(("source", one) for one in await headings(question, "source", {c for s, c in values if s == "source"})),
            *(
                ("fund_class", one)
                for one in await headings(question, "fund_class", {c for s, c in values if s == "fund_class"})
            ),
            *(("node", one) for one in node_headings(plan, [c for c in (*tops, *HOMELESS) if ("node", c) in values])),
        ]
        order = {(stage, one["code"]): place for place, (stage, one) in enumerate(titles)}
        nodes = [
            {"id": f"{stage}:{one['code']}", "stage": stage, "value": from_fen(values[stage, one["code"]])} | one
            for stage, one in titles
        ]
        head = question.head()
        answer = head | {
            "figure": figure,
            "nodes": nodes,
            "links": [
                _link(head, figure, step, before, after, value)
                for (step, before, after), value in sorted(
                    links.items(),
                    key=lambda link: (order[STAGES[link[0][0]], link[0][1]], order[STAGES[link[0][0] + 1], link[0][2]]),
                )
                if value
            ],
            "total": from_fen(sum(value for *_, value in paths)),
            "notes": [
                *await cut_notes(question, figure, FINE),
                *formula_notes("flows"),
            ],
        }
    return reported(answer, question.moment)


def _link(head: dict[str, Any], figure: str, step: int, before: str, after: str, value: int) -> dict[str, Any]:
    explain = (
        explain_link(head, "total", figure, source=before, fund_class=after)
        if step == 0
        else explain_link(head, after, figure, fund_class=before)
    )
    return {
        "source": f"{STAGES[step]}:{before}",
        "target": f"{STAGES[step + 1]}:{after}",
        "value": from_fen(value),
        "explain": explain,
    }
