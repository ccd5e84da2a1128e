"""What reports that cut one figure have in common: titles, the form of figures, notes."""

from collections.abc import Collection, Iterable
from typing import Any

from services.reporting.operations.asking import EARLIER, Opened
from services.reporting.rules.cells import MONEY
from services.reporting.rules.lines import HOMELESS_TITLES
from services.reporting.rules.notes import answered_from, bound_to, not_counted, note
from services.reporting.rules.places import NO_TITLE, UNCLASSIFIED
from services.reporting.rules.shape import NOT_COUNTED, Shape
from services.reporting.store.cutting import Cut, CutStore
from services.shared.money import from_fen


def wire(figure: str, value: int) -> str | int:
    """Fen as a decimal string; a number of projects as it is."""
    return from_fen(value) if figure in MONEY else value


def node_headings(plan: Shape, codes: Iterable[str]) -> list[dict[str, Any]]:
    """Nodes as headings, and the lines of what has no home."""
    return [
        {"code": code, "title": plan.nodes[code].title, "number": plan.nodes[code].number}
        if code in plan.nodes
        else {"code": code, "title": HOMELESS_TITLES[code], "number": ""}
        for code in codes
    ]


async def headings(question: Opened, axis: str, codes: Collection[str]) -> list[dict[str, Any]]:
    """What is not a node as headings, by code."""
    store = CutStore(question.connection)
    titles: dict[str, str] = {}
    if axis == "agency":
        known = await store.agencies(codes, question.moment.positions.portfolio)
        titles = {id: name for id, (name, _) in known.items()}
    elif axis != "year":
        titles = await store.titles(axis, question.moment.positions.catalog) | {UNCLASSIFIED: NO_TITLE}
    return [{"code": code, "title": titles.get(code, code), "number": ""} for code in sorted(codes)]


async def cut_notes(question: Opened, figure: str, cells: str) -> list[dict[str, Any]]:
    """What the answer is found in (see Opened.found_in), what it leaves out, whom it is narrowed to."""
    found_in = answered_from(question.found_in(cells + EARLIER))
    if figure in MONEY:
        cut = Cut(figure, (), {NOT_COUNTED: NOT_COUNTED})
        found = await CutStore(question.connection).sums(question.plan, question.filters, cut, question.from_cells)
        left_out = not_counted(figure, from_fen(sum(value for *_, value in found)))
    else:
        detail = "totals are numbers of distinct projects: a project stands at several tasks, years and sources"
        left_out = note("counts_do_not_add_up", detail)
    return [found_in, left_out, *bound_to(question.scope)]
