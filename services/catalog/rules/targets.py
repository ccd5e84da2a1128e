"""What is always true of targets and responsibilities."""

from collections.abc import Collection, Sequence
from datetime import date

from services.catalog.contract import NewTarget, PlanDocument, Responsibility, carrying_nodes
from services.catalog.rules.problems import Problem, problem
from services.shared.money import TOO_LARGE, too_large


def target_problems(plan: PlanDocument, new: NewTarget, sources: Collection[str] | None) -> list[Problem]:
    """A target is set where shares are: on a carrying node, from known sources, not below zero, not too large."""
    found = []
    if new.node not in {node.code for node in plan.nodes}:
        found.append(problem("/node", "unknown_node", f"the plan has no node {new.node}"))
    elif new.node not in carrying_nodes(plan.levels, plan.nodes):
        detail = f"{new.node} carries no shares: set targets on the tasks below it, they are added up"
        found.append(problem("/node", "not_carrying", detail))
    if new.amount < 0:
        found.append(problem("/amount", "amount_negative", "a target is not negative"))
    if too_large(new.amount):
        found.append(problem("/amount", "amount_out_of_range", TOO_LARGE))
    if new.valid_from and new.valid_to and new.valid_to < new.valid_from:
        found.append(problem("/valid_to", "ends_before_start", "the target ends before it starts"))
    for i, source in enumerate(new.sources or ()):
        if sources is not None and source not in sources:
            found.append(problem(f"/sources/{i}", "unknown_term", f"{source} is no active term of source"))
    return found


def responsibility_problems(items: Sequence[Responsibility]) -> list[Problem]:
    """Each names somebody, ends after it starts, and does not say the same of the same day twice."""
    found = []
    for i, item in enumerate(items):
        if item.organisation is None and item.name is None:
            found.append(problem(f"/items/{i}", "nobody_named", "name the organisation by identifier or by name"))
        if item.valid_to is not None and item.valid_to < item.valid_from:
            found.append(
                problem(f"/items/{i}/valid_to", "ends_before_start", "the responsibility ends before it starts")
            )
        if any(_same(item, other) and _overlap(item, other) for other in items[:i]):
            found.append(
                problem(f"/items/{i}", "stands_twice", "the same organisation has the same role on a day twice")
            )
    return found


def _same(one: Responsibility, other: Responsibility) -> bool:
    if one.role != other.role:
        return False
    if one.organisation is not None and other.organisation is not None:
        return one.organisation == other.organisation
    return one.name is not None and one.name == other.name


def _overlap(one: Responsibility, other: Responsibility) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)
