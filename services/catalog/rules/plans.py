"""What is always true of plans: pure functions."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from services.catalog.contract import (
    Node,
    NodeDocument,
    Plan,
    PlanDocument,
    TreeNode,
    carrying_nodes,
    denominators,
)
from services.catalog.rules.problems import Problem, problem, repeated
from services.shared.text import match_key


def plan_problems(plan: PlanDocument) -> list[Problem]:
    """Everything that keeps a plan from holding together."""
    found = []
    try:
        ZoneInfo(plan.time_zone)
    except (ValueError, OSError, KeyError):
        found.append(problem("/time_zone", "unknown_time_zone", f"{plan.time_zone} is no time zone of the tz database"))
    if not any(level.carries_shares for level in plan.levels):
        found.append(problem("/levels", "no_carrying_level", "shares need a level: set carries_shares on one"))
    found += _node_problems(plan)
    found += _alias_problems(plan)
    for name, codes_of in (("levels", plan.levels), ("indicators", plan.indicators)):
        found += repeated(name, [each.code for each in codes_of])
    if plan.starts_on and plan.ends_on and plan.ends_on < plan.starts_on:
        found.append(problem("/ends_on", "ends_before_start", "the plan ends before it starts"))
    for i, indicator in enumerate(plan.indicators):
        years = [point.year for point in indicator.path]
        if len(set(years)) < len(years):
            found.append(problem(f"/indicators/{i}/path", "duplicate_year", "a year stands twice in the path"))
    return found + _naming_problems(plan)


def _naming_problems(plan: PlanDocument) -> list[Problem]:
    """Relations, themes and indicators name nodes that there are."""
    codes = {node.code for node in plan.nodes}
    named = [
        (f"/relations/{i}/{end}", c)
        for i, r in enumerate(plan.relations)
        for end, c in (("from", r.from_), ("to", r.to))
    ]
    named += [
        (f"/themes/{i}/nodes/{j}", code) for i, theme in enumerate(plan.themes) for j, code in enumerate(theme.nodes)
    ]
    named += [(f"/indicators/{i}/section", each.section) for i, each in enumerate(plan.indicators) if each.section]
    return [
        problem(pointer, "unknown_node", f"the plan has no node {code}") for pointer, code in named if code not in codes
    ]


def _node_problems(plan: PlanDocument) -> Iterator[Problem]:
    """Codes, levels and parents: a parent stands before its children, on a level above theirs."""
    heights = {level.code: i for i, level in enumerate(plan.levels)}
    seen: dict[str, NodeDocument] = {}
    for i, node in enumerate(plan.nodes):
        if node.code in seen:
            yield problem(f"/nodes/{i}/code", "duplicate_code", f"{node.code} stands twice")
        if node.level not in heights:
            yield problem(f"/nodes/{i}/level", "unknown_level", f"{node.level} is none of the plan's levels")
        parent = seen.get(node.parent) if node.parent else None
        if node.parent and parent is None:
            yield problem(f"/nodes/{i}/parent", "unknown_parent", f"{node.parent} does not stand before {node.code}")
        elif parent and heights.get(parent.level, -1) >= heights.get(node.level, len(heights)):
            yield problem(f"/nodes/{i}/parent", "level_order", f"a {parent.level} can not stand above a {node.level}")
        seen[node.code] = node


def _alias_problems(plan: PlanDocument) -> Iterator[Problem]:
    """An alias means exactly one node, and is no other node's title."""
    owner: dict[str, str] = {}
    titles: dict[str, set[str]] = {}
    for node in plan.nodes:
        titles.setdefault(match_key(node.title), set()).add(node.code)
    for i, node in enumerate(plan.nodes):
        for j, alias in enumerate(node.aliases):
            key = match_key(alias)
            others = (titles.get(key, set()) | {owner.get(key, node.code)}) - {node.code}
            if others:
                detail = f"{alias} already means {', '.join(sorted(others))}"
                yield problem(f"/nodes/{i}/aliases/{j}", "alias_taken", detail)
            owner[key] = node.code


def plan_of(document: PlanDocument, edition: int) -> Plan:
    """A plan without its nodes."""
    fields = document.model_dump(exclude={"nodes", "relations", "themes", "indicators"})
    return Plan(**fields, edition=edition, denominators=denominators(document.levels, document.nodes))


def nodes_of(document: PlanDocument, edition: int) -> list[Node]:
    """The nodes as the catalog answers them, in plan order."""
    carrying = set(carrying_nodes(document.levels, document.nodes))
    paths: dict[str, list[str]] = {}
    found = []
    for order, node in enumerate(document.nodes):
        paths[node.code] = [*paths.get(node.parent or "", []), node.code]
        found.append(
            Node(
                **node.model_dump(),
                plan=document.slug,
                edition=edition,
                order=order,
                carries_shares=node.code in carrying,
                path=paths[node.code],
            )
        )
    return found


def tree_of(nodes: list[Node]) -> list[TreeNode]:
    """Nodes, nested."""
    made = {node.code: TreeNode(**node.model_dump()) for node in nodes}
    for node in made.values():
        if node.parent:
            made[node.parent].children.append(node)
    return [node for node in made.values() if not node.parent]
