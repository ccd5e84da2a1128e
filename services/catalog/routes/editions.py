"""Editions of a plan and the crosswalks between them over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.catalog import operations, rules
from services.catalog.contract import (
    Crosswalk,
    CrosswalkRows,
    DraftStands,
    Edition,
    EditionNotDraft,
    EditionNotPublishable,
    InvalidCrosswalk,
    InvalidPlan,
    PlanDocument,
    Publication,
    ReverseCrosswalk,
    UnknownCrosswalk,
    UnknownEdition,
    UnknownPlan,
)
from services.catalog.routes.common import (
    READ,
    READERS,
    WRITE,
    EditionPath,
    IfNoneMatch,
    PlanPath,
    edition_of,
    items_page,
    run,
)
from services.catalog.store import CatalogStore
from services.shared.errors import PreconditionFailed, PreconditionRequired
from services.shared.pages import Page
from services.shared.web import PREFIX, Who, Writing, json_response, problems

router = APIRouter(prefix=PREFIX)


@router.get(
    "/plans/{plan}/editions", response_model=Page[Edition], tags=["editions"], responses=problems(*READ, UnknownPlan)
)
async def editions(request: Request, who: Who, plan: PlanPath) -> Response:
    """The editions of a plan, the latest last; editors see drafts and what was withdrawn too."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await CatalogStore(connection).editions(plan)
    if not found:
        raise UnknownPlan(plan=plan)
    shown = [row for row in found if row["status"] == "published" or who.role == "editor"]
    return json_response(items_page([operations.edition_of_row(row) for row in shown]))


@router.get(
    "/plans/{plan}/editions/{edition}",
    response_model=Edition,
    tags=["editions"],
    responses=problems(*READ, UnknownPlan, UnknownEdition),
)
async def edition(
    request: Request, who: Who, plan: PlanPath, edition: EditionPath, if_none_match: IfNoneMatch = None
) -> Response:
    """An edition; its content is read with ?edition= of the plan's other resources, such as /document."""
    who.needs(*READERS)
    found = await edition_of(request, who, plan, edition)
    body = operations.edition_of_row(found).model_dump_json()
    etag = operations.etag_of(found)
    # The ETag is the document's; a reader who has it may still have to hear that the draft is published.
    return json_response(body, etag, if_none_match if found["status"] == "published" else None)


@router.post(
    "/plans/{plan}/editions",
    status_code=201,
    response_model=Edition,
    tags=["editions"],
    responses=problems(*WRITE, UnknownPlan, InvalidPlan, DraftStands),
)
async def draft_edition(request: Request, write: Writing, plan: PlanPath, document: PlanDocument) -> Response:
    """Draft the next edition with a whole plan of the same slug; a plan has one draft at a time.

    Currency, time zone and the unit of an indicator that keeps its code are the same in every edition; title, dates,
    citation, settings, levels, nodes, relations, themes and indicators may differ.
    """
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.draft_edition(c, write, plan, document))


@router.put(
    "/plans/{plan}/editions/{edition}",
    response_model=Edition,
    tags=["editions"],
    responses=problems(
        *WRITE, UnknownPlan, UnknownEdition, InvalidPlan, EditionNotDraft, PreconditionRequired, PreconditionFailed
    ),
)
async def replace_draft(
    request: Request, write: Writing, plan: PlanPath, edition: EditionPath, document: PlanDocument
) -> Response:
    """Replace a draft; what its crosswalk states stays, and is checked again when the draft is published."""
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.replace_draft(c, write, plan, edition, document))


@router.post(
    "/plans/{plan}/editions/{edition}/withdraw",
    response_model=Edition,
    tags=["editions"],
    responses=problems(*WRITE, UnknownPlan, UnknownEdition, EditionNotDraft, PreconditionFailed),
)
async def withdraw_draft(request: Request, write: Writing, plan: PlanPath, edition: EditionPath) -> Response:
    """Give a draft up: it stays, is never published, and its number is not used again."""
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.withdraw_draft(c, write, plan, edition))


@router.post(
    "/plans/{plan}/editions/{edition}/publish",
    response_model=Edition,
    tags=["editions"],
    responses=problems(*WRITE, UnknownPlan, UnknownEdition, EditionNotDraft, EditionNotPublishable, PreconditionFailed),
)
async def publish_edition(
    request: Request, write: Writing, plan: PlanPath, edition: EditionPath, publication: Publication
) -> Response:
    """Publish a draft with its crosswalk: it is the plan's latest edition from now on, and never changes.

    Refused, with every reason, while a node that shares may name in the edition before is gone or changed and its
    crosswalk does not say what became of it.
    """
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.publish_edition(c, write, plan, edition, publication))


@router.get(
    "/plans/{plan}/crosswalks",
    response_model=Page[Crosswalk],
    tags=["editions"],
    responses=problems(*READ, UnknownPlan),
)
async def crosswalks(request: Request, who: Who, plan: PlanPath) -> Response:
    """The crosswalks of a plan, each from an edition to the one that follows it; those of drafts for editors alone."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        if await store.plan(plan) is None:
            raise UnknownPlan(plan=plan)
        found = await store.crosswalks(plan)
    shown = [row["body"] for row in found if row["status"] == "published" or who.role == "editor"]
    return json_response(f'{{"items":[{",".join(shown)}],"next":null}}')


@router.get(
    "/plans/{plan}/crosswalks/{from_edition}-{to_edition}",
    response_model=Crosswalk | ReverseCrosswalk,
    tags=["editions"],
    responses=problems(*READ, UnknownPlan, UnknownCrosswalk),
)
async def crosswalk(
    request: Request,
    who: Who,
    plan: PlanPath,
    from_edition: EditionPath,
    to_edition: EditionPath,
    reverse: Annotated[
        bool, Query(description="back from the later edition to the earlier, by exact fractions")
    ] = False,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """How an edition's nodes go over into those of the one that follows it, or back."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = CatalogStore(connection)
        if await store.plan(plan) is None:
            raise UnknownPlan(plan=plan)
        found = {(row["previous"], row["edition"]): row for row in await store.crosswalks(plan)}
        row = found.get((from_edition, to_edition))
        if row is None or (row["status"] != "published" and who.role != "editor"):
            raise UnknownCrosswalk(plan=plan, from_edition=from_edition, to_edition=to_edition)
        later = await store.plan(plan, to_edition, drafts=True)
    etag = operations.crosswalk_etag(row["body"])
    if not reverse:
        return json_response(row["body"], etag, if_none_match)
    assert later is not None, "a crosswalk leads to an edition"
    document = PlanDocument.model_validate_json(later["document"])
    body = rules.reversed_crosswalk(document, Crosswalk.model_validate_json(row["body"])).model_dump_json()
    return json_response(body, f"{etag}-reverse", if_none_match)


@router.put(
    "/plans/{plan}/crosswalks/{from_edition}-{to_edition}",
    response_model=Crosswalk,
    tags=["editions"],
    responses=problems(
        *WRITE,
        UnknownPlan,
        UnknownEdition,
        UnknownCrosswalk,
        InvalidCrosswalk,
        EditionNotDraft,
        PreconditionRequired,
        PreconditionFailed,
    ),
)
async def set_crosswalk(
    request: Request,
    write: Writing,
    plan: PlanPath,
    from_edition: EditionPath,
    to_edition: EditionPath,
    rows: CrosswalkRows,
) -> Response:
    """State what became of the nodes that are gone or changed, in place of what was stated before.

    A node that no row names goes to its equal: the node of the same code and title. Published with the later edition.
    """
    write.caller.needs("editor")
    return await run(request, write, lambda c: operations.set_crosswalk(c, write, plan, from_edition, to_edition, rows))
