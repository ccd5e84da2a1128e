"""Coverage computed in the simplest way: every project, every movement, every node, one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from services.catalog.contract import PlanDocument, carrying_nodes

HOMELESS = ("earlier_edition", "later_edition")
COUNTED = {"contracted", "in_progress", "suspended", "acceptance", "rectify", "accepted", "failed"}


@dataclass
class Node:
    """What a node is said to have."""

    projects: int = 0
    agencies: int = 0
    covering: int = 0
    committed: int = 0
    received: int = 0
    spent: int = 0


def state_on(project: Mapping[str, Any], day: date) -> str:
    """The state of a day; closed says from what."""
    found = "nothing"
    for entered in project["states"]:
        if date.fromisoformat(entered["on"]) <= day:
            found = f"closed from {found}" if entered["state"] == "closed" else entered["state"]
    return found


def counts(project: Mapping[str, Any], day: date) -> bool:
    """Whether a project counts on a day."""
    if project["record_status"] == "void" or any(s["state"] == "revoked" for s in project["states"]):
        return False
    return state_on(project, day) in COUNTED | {"closed from accepted", "closed from failed"}


def shares_on(project: Mapping[str, Any], day: date) -> dict[str, Fraction]:
    """The shares of a day."""
    held = project["shares"][0]["tasks"]
    for since in project["shares"][1:]:
        if date.fromisoformat(since["valid_from"]) <= day:
            held = since["tasks"]
    found: dict[str, Fraction] = {}
    for share in held:
        found[share["code"]] = found.get(share["code"], Fraction(0)) + Fraction(share["weight"])
    return found


def at_home(shares: Mapping[str, Fraction], homes: Mapping[str, Mapping[str, Fraction]]) -> dict[str, Fraction]:
    """Shares as they stand in another edition."""
    found: dict[str, Fraction] = {}
    for task, weight in shares.items():
        for home, part in homes[task].items():
            found[home] = found.get(home, Fraction(0)) + weight * part
    return found


def parts(fen: int, shares: Mapping[str, Fraction], plan: PlanDocument) -> dict[str, int]:
    """The largest remainder, by hand; what is no task of the plan comes last."""
    order = [node.code for node in plan.nodes if node.code in shares]
    order += sorted(set(shares) - set(order))
    sign, fen = (-1, -fen) if fen < 0 else (1, fen)
    exact = {code: fen * shares[code] / 100 for code in order}
    found = {code: int(exact[code]) for code in order}
    left = fen - sum(found.values())
    ranked = sorted(order, key=lambda code: (-(exact[code] - found[code]), -shares[code], order.index(code)))
    for code in ranked[:left]:
        found[code] += 1
    return {code: sign * part for code, part in found.items()}


def coverage(
    plan: PlanDocument,
    projects: Iterable[Mapping[str, Any]],
    movements: Iterable[Mapping[str, Any]],
    day: date,
    years: set[int],
    sources: set[str],
    leads: set[str] | None = None,
    edition: int = 1,
    homes: Mapping[tuple[int, int], Mapping[str, Mapping[str, Fraction]]] = MappingProxyType({}),
) -> dict[str, Node]:
    """The figures of every node and of the plan (*), not counted commitments at '' and restated ones at 'restated'."""
    parents = {node.code: node.parent or "*" for node in plan.nodes} | dict.fromkeys(HOMELESS, "*")
    found = {code: Node() for code in (*parents, "*", "", "restated")}
    held: dict[str, list[set[str]]] = {code: [set(), set()] for code in found}
    ledger = list(movements)
    for project in projects:
        if (leads is not None and project["lead"] not in leads) or project["record_status"] == "void":
            continue
        passing = [
            m
            for m in ledger
            if m["project"] == project["id"]
            and date.fromisoformat(m["on"]) <= day
            and (not years or m["year"] in years)
            and (not sources or m["source"] in sources)
        ]
        if not counts(project, day):
            found[""].committed += sum(_fen(m) for m in passing if m["kind"] == "commitment")
            continue
        shares = shares_on(project, day)
        if project["edition"] != edition:
            shares = at_home(shares, homes[project["edition"], edition])
            found["restated"].committed += sum(_fen(m) for m in passing if m["kind"] == "commitment")
        for movement in passing:
            for task, fen in parts(_fen(movement), shares, plan).items():
                for code in _line(task, parents):
                    _add(found[code], movement["kind"], fen)
        if passing or not (years or sources):
            for task, weight in shares.items():
                found[task].covering += weight >= plan.settings.covering_weight
                for code in _line(task, parents):
                    held[code][0].add(project["id"])
                    held[code][1].add(project["lead"])
    for code, (ids, agencies) in held.items():
        found[code].projects, found[code].agencies = len(ids), len(agencies)
    return found


def covered_tasks(plan: PlanDocument, found: Mapping[str, Node]) -> int:
    """How many of the plan's carrying nodes are covered."""
    return sum(found[code].covering > 0 for code in carrying_nodes(plan.levels, plan.nodes))


def _fen(movement: Mapping[str, Any]) -> int:
    return int(Decimal(movement["amount"]) * 100)


def _line(task: str, parents: Mapping[str, str]) -> list[str]:
    line = [task]
    while line[-1] != "*":
        line.append(parents[line[-1]])
    return line


def _add(node: Node, kind: str, fen: int) -> None:
    if kind == "commitment":
        node.committed += fen
    elif kind == "receipt":
        node.received += fen
    elif kind == "expenditure":
        node.spent += fen
