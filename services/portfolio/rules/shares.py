"""Shares of a project over tasks, in percent."""

from collections.abc import Sequence
from decimal import Decimal

from services.portfolio.contract import Share
from services.portfolio.rules.knowledge import Knowledge, Problem, problem

WHOLE = Decimal(100)


def merged_shares(shares: Sequence[Share], knowledge: Knowledge) -> list[Share]:
    """Shares with a repeated code added up, in plan order."""
    sums: dict[str, Decimal] = {}
    for share in shares:
        sums[share.code] = sums.get(share.code, Decimal(0)) + share.weight
    ordered = sorted(sums, key=lambda code: (knowledge.order(code) is None, knowledge.order(code) or 0, code))
    return [Share.model_construct(code=code, weight=sums[code]) for code in ordered]


def share_problems(shares: Sequence[Share], knowledge: Knowledge, pointer: str = "/tasks") -> list[Problem]:
    """Unknown tasks, weights that do not add to exactly 100, too many or too small ones (settings of the plan)."""
    found = []
    settings = knowledge.plan.settings
    for i, share in enumerate(shares):
        if not knowledge.stands(share.code):
            detail = f"the plan has no task {share.code}: search with GET /api/v1/plans/{knowledge.plan.slug}/nodes?q="
            found.append(problem(f"{pointer}/{i}/code", "unknown_task", detail))
        elif knowledge.order(share.code) is None:
            detail = f"{share.code} is no task: name a task, or a measure where no task stands above it"
            found.append(problem(f"{pointer}/{i}/code", "not_a_task", detail))
        if share.weight < settings.least_weight:
            detail = f"a share is at least {settings.least_weight} percent in this plan"
            found.append(problem(f"{pointer}/{i}/weight", "weight_too_small", detail))
    total = sum((share.weight for share in shares), Decimal(0))
    if total != WHOLE:
        found.append(problem(pointer, "weights_not_100", f"the weights add up to {total}, not to exactly 100"))
    if settings.max_tasks and len({share.code for share in shares}) > settings.max_tasks:
        found.append(problem(pointer, "too_many_tasks", f"at most {settings.max_tasks} tasks in this plan"))
    return found
