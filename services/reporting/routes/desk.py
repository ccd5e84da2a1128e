"""The auditor's desk over HTTP: exceptions over a snapshot, samples, findings with what became of them, the archive."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.reporting import operations
from services.reporting.contract import (
    Exceptions,
    Finding,
    FindingStatus,
    NewFinding,
    NewSample,
    NewStep,
    NothingToDraw,
    Sample,
    Severity,
    SnapshotNotReady,
    StepNotAllowed,
    UnknownFinding,
    UnknownSample,
    UnknownSnapshot,
)
from services.reporting.operations import Shelf
from services.reporting.routes.common import REFUSALS, answer
from services.reporting.routes.rates import Given, OneCheck
from services.reporting.routes.snapshots import READ, READERS, TAKERS, WRITE
from services.reporting.store import SnapshotStore
from services.reporting.store.desk import DeskStore
from services.shared.database import Row
from services.shared.errors import PreconditionFailed, PreconditionRequired
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.web import PREFIX, Who, Writing, answer_response, json_response, problems
from services.shared.writes import perform

router = APIRouter(prefix=f"{PREFIX}/snapshots", tags=["auditor's desk"])
NOBODY = UUID(int=0)
Cursor = Annotated[str | None, Query(max_length=400)]
Limit = Annotated[int, Query(ge=1, le=500)]
XML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/xml": {"schema": {"type": "string"}}}}}
Word = Annotated[str, Query(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]


@router.get(
    "/{id}/exceptions", response_model=Exceptions, responses=problems(*REFUSALS, UnknownSnapshot, UnknownCursor)
)
async def snapshot_exceptions(
    request: Request,
    who: Who,
    id: UUID,
    given: Given,
    check: OneCheck = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows of each check")] = 20,
) -> Response:
    """The checks A1–A14 over what the snapshot is about: its positions, day and scope, as /reports/exceptions has
    them."""
    who.needs(*READERS)
    state = request.app.state
    async with state.database.connection() as connection:
        snapshot = await operations.snapshot_of(SnapshotStore(connection), id)
    question, key = operations.continued(operations.asked_of(snapshot), cursor, 2)
    if key is not None and key[0] != check:
        raise UnknownCursor()
    after = key[1] if key else None
    found = await operations.exceptions(state.database, state.plans, who, question, given, check, after, limit)
    return answer(found)


@router.post(
    "/{id}/samples", status_code=201, response_model=Sample, responses=problems(*WRITE, UnknownSnapshot, NothingToDraw)
)
async def draw_sample(request: Request, write: Writing, id: UUID, given: NewSample) -> Response:
    """Draw a sample from what the snapshot is about. Anybody can draw it again: `formula` says how, the seed is told.

    It is kept for ever: one that does not please can not be made to disappear.
    """
    write.caller.needs(*TAKERS)
    state = request.app.state
    sample = await operations.drawn(state.database, state.plans, write.caller, id, given)
    return answer_response(await perform(state.database, write, lambda c: operations.keep_sample(c, sample)))


@router.get("/{id}/samples", response_model=Page[Sample], responses=problems(*READ, UnknownSnapshot, UnknownCursor))
async def samples(request: Request, who: Who, id: UUID, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """The samples of a snapshot, in the order in which they were drawn."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        await operations.snapshot_of(SnapshotStore(connection), id)
        found = await DeskStore(connection).samples(id, _after(cursor), limit + 1)
    return _page(found, limit)


@router.get("/{id}/samples/{sample}", response_model=Sample, responses=problems(*READ, UnknownSample))
async def one_sample(request: Request, who: Who, id: UUID, sample: UUID) -> Response:
    """One sample."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await DeskStore(connection).sample(id, sample)
    if found is None:
        raise UnknownSample(sample=sample, snapshot=id)
    return json_response(found["body"])


@router.post(
    "/{id}/findings",
    status_code=201,
    response_model=Finding,
    responses=problems(*WRITE, UnknownSnapshot, UnknownSample),
)
async def enter_finding(request: Request, write: Writing, id: UUID, given: NewFinding) -> Response:
    """Enter a finding. It stands beside the portfolio, and changes nothing in it."""
    write.caller.needs(*TAKERS)
    database = request.app.state.database
    return answer_response(await perform(database, write, lambda c: operations.add_finding(c, write, id, given)))


@router.get("/{id}/findings", response_model=Page[Finding], responses=problems(*READ, UnknownSnapshot, UnknownCursor))
async def findings(
    request: Request,
    who: Who,
    id: UUID,
    status: FindingStatus | None = None,
    severity: Severity | None = None,
    overdue: Annotated[date | None, Query(description="Open ones whose answer was due before this day")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The findings about a snapshot with every step, in the order in which they were entered."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        await operations.snapshot_of(SnapshotStore(connection), id)
        asked = status, severity, overdue, _after(cursor), limit + 1
        found = await DeskStore(connection).findings(id, *asked)
    return _page(found, limit)


@router.get("/{id}/findings/{finding}", response_model=Finding, responses=problems(*READ, UnknownFinding))
async def one_finding(request: Request, who: Who, id: UUID, finding: UUID) -> Response:
    """One finding with every step."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await DeskStore(connection).finding(id, finding)
    if found is None:
        raise UnknownFinding(finding=finding, snapshot=id)
    return json_response(found["body"], str(found["version"]))


@router.post(
    "/{id}/findings/{finding}/steps",
    response_model=Finding,
    responses=problems(*WRITE, UnknownFinding, StepNotAllowed, PreconditionRequired, PreconditionFailed),
)
async def follow_finding(request: Request, write: Writing, id: UUID, finding: UUID, given: NewStep) -> Response:
    """Follow a finding up: answered by a manager or an auditor; resolved, accepted as a risk or opened again by an
    auditor. Steps are never taken back."""
    write.caller.needs(*READERS)
    database = request.app.state.database
    return answer_response(await perform(database, write, lambda c: operations.add_step(c, write, id, finding, given)))


@router.get(
    "/{id}/archive.xml", response_class=Response, responses=problems(*READ, UnknownSnapshot, SnapshotNotReady) | XML
)
async def archive(
    request: Request,
    who: Who,
    id: UUID,
    fonds: Annotated[str, Query(pattern=r"^[A-Za-z0-9]{1,20}$", description="全宗号")],
    archival_code: Annotated[str, Query(pattern=r"^[^\x00-\x20<>]{1,100}$", description="档号")],
    responsible: Annotated[Word, Query(description="责任者")],
    retention: Annotated[str, Query(pattern="^(永久|30年|10年)$", description="保管期限：永久、30年、10年")] = "永久",
    secrecy: Annotated[str, Query(pattern="^(公开|国内|内部|秘密|机密|绝密)$", description="密级")] = "内部",
) -> Response:
    """The metadata with which the package is handed over to an archive, after DA/T 46-2009: what it is, who answers for
    it, how long it is kept, its digests (SHA-256 and SM3) and what was done when. Equal packages, equal bytes."""
    who.needs(*READERS)
    shelf = Shelf(fonds, archival_code, responsible, retention, secrecy)
    content = await operations.archived(request.app.state.database, id, shelf)
    return Response(content, media_type="application/xml")


def _after(cursor: str | None) -> UUID:
    try:
        return UUID(key_of(cursor, 1)[0]) if cursor else NOBODY
    except ValueError:
        raise UnknownCursor() from None


def _page(found: Sequence[Row], limit: int) -> Response:
    following = cursor_of(str(found[limit - 1]["id"])) if len(found) > limit else None
    items = ",".join(row["body"] for row in found[:limit])
    return json_response(f'{{"items":[{items}],"next":{json.dumps(following)}}}')
