"""What is always true of targets and responsibilities."""

from collections.abc import Collection

from services.catalog.contract import NewTarget, PlanDocument, carrying_nodes
from services.catalog.rules.problems import Problem, problem


def target_problems(plan: PlanDocument, new: NewTarget, sources: Collection[str] | None) -> list[Problem]:
    """A target is set where shares are: on a carrying node, from known sources, not below zero."""
    found = []
    if new.node not in {node.code for node in plan.nodes}:
        found.append(problem("/node", "unknown_node", f"the plan has no node {new.node}"))
    elif new.node not in carrying_nodes(plan.levels, plan.nodes):
        detail = f"{new.node} carries no shares: set targets on the tasks below it, they are added up"
        found.append(problem("/node", "not_carrying", detail))
    if new.amount < 0:
        found.append(problem("/amount", "amount_negative", "a target is not negative"))
    for i, source in enumerate(new.sources or ()):
        if sources is not None and source not in sources:
            found.append(problem(f"/sources/{i}", "unknown_term", f"{source} is no active term of source"))
    return found
