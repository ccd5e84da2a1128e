"""Projects as they are read: with what is derived of them today, and with their story."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.portfolio import rules
from services.portfolio.contract import Happening, Project
from services.portfolio.operations.common import visible
from services.portfolio.rules import Knowledge
from services.portfolio.store import PortfolioStore
from services.shared.tokens import Caller


async def with_flags(
    store: PortfolioStore, found: Sequence[Mapping[str, Any]], plans: Mapping[str, Knowledge]
) -> list[str]:
    """The bodies of projects with their flags. What was disbursed is asked for at once, and only for projects that wait
    for instalments."""
    projects = [Project.model_validate_json(row["body"]) for row in found]
    waiting = [project for project in projects if project.instalments and project.state in rules.RUNNING]
    paid: dict[UUID, Decimal] = {}
    for slug in {project.plan for project in waiting}:
        ids = [project.id for project in waiting if project.plan == slug]
        paid |= await store.disbursed(ids, plans[slug].today())
    bodies = []
    for row, project in zip(found, projects, strict=True):
        knowledge = plans[project.plan]
        flags = rules.flags(project, paid.get(project.id, rules.NOTHING), knowledge, knowledge.today())
        flagged = project.model_copy(update={"flags": flags})
        bodies.append(flagged.model_dump_json() if flags else str(row["body"]))
    return bodies


async def story(store: PortfolioStore, caller: Caller, id: UUID, after: int, limit: int) -> list[Happening]:
    """What happened to a project, step by step, from the journal alone; steps without a position yet come later."""
    await visible(store, caller, id)
    return [
        rules.happening(row["position"], row["recorded_at"], row["body"]) for row in await store.story(id, after, limit)
    ]
