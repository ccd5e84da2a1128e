"""What a plan promises in money, and who answers for it, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.catalog import operations
from services.catalog.contract import (
    AnotherEditorNeeded,
    InvalidResponsibilities,
    InvalidTarget,
    NewResponsibilities,
    NewTarget,
    Responsibilities,
    Target,
    TargetApproval,
    TargetNotProposed,
    UnknownNode,
    UnknownPlan,
    UnknownTarget,
)
from services.catalog.routes.common import (
    READ,
    READERS,
    WRITE,
    CodePath,
    CodeQuery,
    IfNoneMatch,
    PlanPath,
    run,
    standing_edition,
)
from services.catalog.store import CatalogStore
from services.shared.errors import PreconditionFailed, PreconditionRequired
from services.shared.pages import Page
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get(
    "/plans/{plan}/targets", response_model=Page[Target], tags=["targets"], responses=problems(*READ, UnknownPlan)
)
async def targets(
    request: Request,
    who: Who,
    plan: PlanPath,
    node: CodeQuery = None,
    year: Annotated[int | None, Query(ge=0, le=2200, description="0: those for the whole plan")] = None,
    history: Annotated[bool, Query(description="every version, those that were only proposed too")] = False,
) -> Response:
    """What the plan's nodes are meant to be given: as it stands, or with its history in the order of the versions."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        await standing_edition(store, who, plan, None)
        found = await (store.target_history if history else store.targets)(plan, node, year)
    return json_response(f'{{"items":[{",".join(row["body"] for row in found)}],"next":null}}')


@router.post(
    "/plans/{plan}/targets",
    status_code=201,
    response_model=Target,
    tags=["targets"],
    responses=problems(*WRITE, UnknownPlan, InvalidTarget),
)
async def set_target(request: Request, write: Writing, plan: PlanPath, new: NewTarget) -> Response:
    """Set a target; again for the same node, year and sources makes its next version.

    Where the plan's setting target_approval is on, the version is proposed until another editor approves it.
    """
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.set_target(c, write, plan, new))


@router.post(
    "/plans/{plan}/targets/approvals",
    status_code=201,
    response_model=Target,
    tags=["targets"],
    responses=problems(*WRITE, UnknownPlan, UnknownTarget, TargetNotProposed, AnotherEditorNeeded),
)
async def approve_target(request: Request, write: Writing, plan: PlanPath, approval: TargetApproval) -> Response:
    """Approve a proposed target that another editor entered: it stands from now on, as the next version."""
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.approve_target(c, write, plan, approval))


@router.get(
    "/plans/{plan}/responsibilities",
    response_model=Page[Responsibilities],
    tags=["responsibilities"],
    responses=problems(*READ, UnknownPlan),
)
async def all_responsibilities(request: Request, who: Who, plan: PlanPath) -> Response:
    """Who answers for the nodes of a plan."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        await standing_edition(store, who, plan, None)
        found = await store.responsibilities(plan)
    return json_response(f'{{"items":[{",".join(row["body"] for row in found)}],"next":null}}')


@router.get(
    "/plans/{plan}/nodes/{code}/responsibilities",
    response_model=Responsibilities,
    tags=["responsibilities"],
    responses=problems(*READ, UnknownPlan, UnknownNode),
)
async def responsibilities(
    request: Request, who: Who, plan: PlanPath, code: CodePath, if_none_match: IfNoneMatch = None
) -> Response:
    """Who answers for a node, of this edition or an earlier one."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        standing = await standing_edition(store, who, plan, None)
        found = await store.responsibilities(plan, code)
        if not found and await store.node(plan, standing["edition"], code) is None:
            raise UnknownNode(code=code, plan=plan)
    if not found:
        return json_response(Responsibilities(plan=plan, node=code, version=0, items=[]).model_dump_json(), "0")
    return json_response(found[0]["body"], str(found[0]["version"]), if_none_match)


@router.put(
    "/plans/{plan}/nodes/{code}/responsibilities",
    response_model=Responsibilities,
    tags=["responsibilities"],
    responses=problems(
        *WRITE, UnknownPlan, UnknownNode, InvalidResponsibilities, PreconditionRequired, PreconditionFailed
    )
    | {201: {"model": Responsibilities, "description": "nobody was named before"}},
)
async def set_responsibilities(
    request: Request, write: Writing, plan: PlanPath, code: CodePath, given: NewResponsibilities
) -> Response:
    """Say who answers for a node, in place of what was said; If-Match names the version that was read, if any."""
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.set_responsibilities(c, write, plan, code, given))
