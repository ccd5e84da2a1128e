"""What is always true of editions that follow one another, and of the crosswalks between them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from services.catalog.contract import (
    Crosswalk,
    CrosswalkRow,
    NodeDocument,
    PlanDocument,
    ReverseCrosswalk,
    ReverseRow,
    backward,
    carrying_nodes,
    percent_text,
)
from services.catalog.rules.problems import Problem, problem


def succession_problems(previous: PlanDocument, draft: PlanDocument) -> list[Problem]:
    """What may not differ between two editions of a plan.

    Currency and time zone: amounts and days already entered would change their meaning. The unit of an indicator that
    keeps its code: its observations would. The title, dates, citation, settings, levels, nodes, relations, themes and
    indicators may differ.
    """
    found = []
    for name in ("currency", "time_zone"):
        before, after = getattr(previous, name), getattr(draft, name)
        if before != after:
            detail = f"every edition of a plan has the same {name}: it is {before}, not {after}"
            found.append(problem(f"/{name}", f"{name}_differs", detail))
    units = {indicator.code: indicator.unit for indicator in previous.indicators}
    for i, indicator in enumerate(draft.indicators):
        unit = units.get(indicator.code, indicator.unit)
        if unit != indicator.unit:
            detail = f"{indicator.code} is observed in {unit}: give what is in {indicator.unit} another code"
            found.append(problem(f"/indicators/{i}/unit", "unit_differs", detail))
    return found


def effective_problems(previous: date | None, effective_from: date) -> list[Problem]:
    """An edition holds from a later day than the one that it follows."""
    if previous is None or effective_from > previous:
        return []
    detail = f"the edition that it follows holds from {previous}: name a later day"
    return [problem("/effective_from", "not_after_previous", detail)]


def completed(previous: PlanDocument, later: PlanDocument, stated: Sequence[CrosswalkRow]) -> list[CrosswalkRow]:
    """The stated rows, and for every node that none of them names a generated one to its equal, in plan order.

    Equal is the node that shares may name in the later edition under the same code and the same title.
    """
    rows: dict[str, list[CrosswalkRow]] = {}
    for row in stated:
        rows.setdefault(row.from_code, []).append(row)
    titles, equals = _carrying(previous), _carrying(later)
    found = []
    for code, node in titles.items():
        equal = equals.get(code)
        if code in rows:
            found += rows[code]
        elif equal is not None and equal.title == node.title:
            found.append(CrosswalkRow(from_code=code, to_code=code, kind="same"))
    return found


def unmapped(previous: PlanDocument, rows: Sequence[CrosswalkRow]) -> list[str]:
    """The nodes of the earlier edition that no row says anything of, in plan order."""
    mapped = {row.from_code for row in rows}
    return [code for code in carrying_nodes(previous.levels, previous.nodes) if code not in mapped]


def unmapped_problems(codes: Sequence[str]) -> list[Problem]:
    """What keeps a draft from being published: a node that is gone or changed, and not mapped."""
    return [
        problem("/rows", "unmapped", f"{code} is gone or changed: say in the crosswalk what became of it")
        for code in codes
    ]


def crosswalk_problems(previous: PlanDocument, later: PlanDocument, stated: Sequence[CrosswalkRow]) -> list[Problem]:
    """Everything that keeps the stated rows from being a crosswalk between two editions."""
    return [
        *_code_problems(previous, later, stated),
        *_weight_problems(stated),
        *_kind_problems(previous, later, stated),
    ]


def _carrying(plan: PlanDocument) -> dict[str, NodeDocument]:
    carrying = set(carrying_nodes(plan.levels, plan.nodes))
    return {node.code: node for node in plan.nodes if node.code in carrying}


def _code_problems(previous: PlanDocument, later: PlanDocument, rows: Sequence[CrosswalkRow]) -> Iterator[Problem]:
    earlier, after = _carrying(previous), _carrying(later)
    seen: set[tuple[str, str | None]] = set()
    for i, row in enumerate(rows):
        if row.from_code not in earlier:
            detail = f"shares can not name {row.from_code} in the earlier edition: it needs no mapping"
            yield problem(f"/rows/{i}/from_code", "unknown_from", detail)
        if row.to_code is not None and row.to_code not in after:
            detail = f"shares can not name {row.to_code} in the later edition: map to a node that carries shares"
            yield problem(f"/rows/{i}/to_code", "unknown_to", detail)
        if (row.from_code, row.to_code) in seen:
            detail = f"{row.from_code} to {row.to_code or 'nothing'} stands twice: add the weights up"
            yield problem(f"/rows/{i}", "duplicate_row", detail)
        seen.add((row.from_code, row.to_code))


def _weight_problems(rows: Sequence[CrosswalkRow]) -> Iterator[Problem]:
    totals: dict[str, Decimal] = {}
    for row in rows:
        totals[row.from_code] = totals.get(row.from_code, Decimal(0)) + row.weight
    for code, total in totals.items():
        if total != 100:
            yield problem("/rows", "weights_not_100", f"the weights of {code} add up to {total:f}, not to 100")


def _kind_problems(previous: PlanDocument, later: PlanDocument, rows: Sequence[CrosswalkRow]) -> Iterator[Problem]:
    """A kind says what happened: it must agree with the rows around it."""
    earlier, after = _carrying(previous), _carrying(later)
    goes_to = Counter(row.from_code for row in rows)
    comes_from = Counter(row.to_code for row in completed(previous, later, rows) if row.to_code is not None)
    for i, row in enumerate(rows):
        old, new = earlier.get(row.from_code), after.get(row.to_code or "")
        equal = old is not None and new is not None and (old.code, old.title) == (new.code, new.title)
        fits = {
            "retired": row.to_code is None,
            "same": goes_to[row.from_code] == 1 and equal,
            "renamed": row.to_code is not None and goes_to[row.from_code] == 1 and not equal,
            "split": row.to_code is not None and goes_to[row.from_code] > 1,
            "merged": row.to_code is not None and comes_from[row.to_code] > 1,
        }
        if not fits[row.kind]:
            yield problem(f"/rows/{i}/kind", "kind_differs", f"{WHAT[row.kind]}: state the kind that it is")


WHAT = {
    "retired": "a node is retired to no code, and only such a row has no to_code",
    "same": "a node is the same where it goes whole to the node of the same code and title",
    "renamed": "a node is renamed where it goes whole to one of another code or title",
    "split": "a node is split where it goes to several",
    "merged": "a node is merged where another one goes to the same to_code",
}
"""By kind of row what it says."""


def reversed_crosswalk(later: PlanDocument, crosswalk: Crosswalk) -> ReverseCrosswalk:
    """A crosswalk backwards, by exact fractions, in the order of the later edition."""
    parts = backward(crosswalk.rows, carrying_nodes(later.levels, later.nodes))
    return ReverseCrosswalk(
        plan=crosswalk.plan,
        from_edition=crosswalk.to_edition,
        to_edition=crosswalk.from_edition,
        effective_from=crosswalk.effective_from,
        rows=[
            ReverseRow(from_code=code, to_code=source, weight=percent_text(part))
            for code, sources in parts.items()
            for source, part in sources.items()
        ],
    )
