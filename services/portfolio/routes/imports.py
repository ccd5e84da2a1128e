"""Imports over HTTP: a file comes in, its rows are read back, the sender's own workbook returns with the verdicts."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Header, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from services.catalog.contract import UnknownPlan
from services.portfolio import operations
from services.portfolio.contract import (
    MOST_BYTES,
    AppliedRow,
    FileForgotten,
    FileTooLarge,
    Import,
    ImportNotFinished,
    ImportOptions,
    Mode,
    NoWorkbookResult,
    Policy,
    UnknownImport,
    Verdict,
)
from services.portfolio.operations.imports import Upload, again, receive, result_of, shown_row, visible_import
from services.portfolio.routes.common import (
    READ,
    READERS,
    WRITE,
    WRITERS,
    Cursor,
    Limit,
    catalog_of,
    number_of,
    run,
    uuid_of,
)
from services.portfolio.store import ImportStore
from services.shared.errors import ServiceUnreachable
from services.shared.pages import Page, UnknownCursor, cursor_of, key_of
from services.shared.web import PREFIX, Who, Writing, json_response, problems
from services.shared.writes import Write

router = APIRouter(prefix=PREFIX)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE = 1 << 20


@router.post(
    "/imports",
    status_code=202,
    response_model=Import,
    tags=["imports"],
    responses=problems(*WRITE, UnknownPlan, FileTooLarge, ServiceUnreachable),
)
async def add_import(
    request: Request,
    who: Who,
    file: UploadFile,
    plan: Annotated[str, Form(max_length=64)],
    mode: Annotated[Mode, Form()] = "check",
    policy: Annotated[Policy, Form()] = "add",
    accept_valid: Annotated[bool, Form()] = False,
    as_of: Annotated[date | None, Form(description="the day that the list is about; today when not given")] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
    validate_only: Annotated[bool, Query(description="Answer as the write would, and write nothing.")] = False,
) -> Response:
    """Hand in a project list (.xlsx, .xls, .csv) or an IATI 2 activity file: checked in the background, and applied
    where `mode` says so. All rows or none, unless `accept_valid`; a row whose project stands is refused (`add`), or its
    cells that hold something are written (`update`), or all of them (`replace`)."""
    who.needs(*WRITERS)
    await catalog_of(request).plan(plan)
    options = ImportOptions(mode=mode, policy=policy, accept_valid=accept_valid, as_of=as_of)
    async with _on_disk(file) as path:
        digest = Upload.digest_of(path)
        upload = Upload(path, Path(file.filename or "import").name[:200] or "import", digest, plan, options)
        body = f"{digest} {plan} {options.model_dump_json()}".encode()
        write = Write(who, "POST /api/v1/imports", body, idempotency_key, None, validate_only)
        answer = await run(request, write, lambda c: receive(c, write, upload))
    request.app.state.importer.asked()
    return answer


@asynccontextmanager
async def _on_disk(file: UploadFile) -> AsyncIterator[Path]:
    """An upload as a file, that goes away with the request."""
    if file.size is not None and file.size > MOST_BYTES:
        raise FileTooLarge(size=f"{file.size >> 20} MiB", most=f"{MOST_BYTES >> 20} MiB")
    with tempfile.TemporaryDirectory(prefix="kepan-upload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as target:
            while piece := await file.read(PIECE):
                target.write(piece)
        yield path


@router.get("/imports", response_model=Page[Import], tags=["imports"], responses=problems(*READ, UnknownCursor))
async def imports(request: Request, who: Who, cursor: Cursor = None, limit: Limit = 100) -> Response:
    """Imports, the latest first; staff see their own."""
    who.needs(*READERS)
    before = uuid_of(key_of(cursor, 1)[0]) if cursor else None
    subject = None if who.role in operations.EVERYWHERE else who.subject
    async with request.app.state.database.connection() as connection:
        found = await ImportStore(connection).runs(subject, before, limit + 1)
    more = f'"{cursor_of(str(found[limit - 1]["id"]))}"' if len(found) > limit else "null"
    return json_response(f'{{"items":[{",".join(row["body"] for row in found[:limit])}],"next":{more}}}')


@router.get("/imports/{id}", response_model=Import, tags=["imports"], responses=problems(*READ, UnknownImport))
async def import_(request: Request, who: Who, id: UUID) -> Response:
    """How an import stands."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        found = await visible_import(ImportStore(connection), who, id)
    return json_response(found["body"])


@router.get(
    "/imports/{id}/rows",
    response_model=Page[AppliedRow],
    tags=["imports"],
    responses=problems(*READ, UnknownImport, UnknownCursor),
)
async def import_rows(
    request: Request, who: Who, id: UUID, verdict: Verdict | None = None, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """The rows of an import with their verdicts, in the order of the file; phones are masked for all but the sender."""
    who.needs(*READERS)
    async with request.app.state.database.connection() as connection:
        store = ImportStore(connection)
        made = await visible_import(store, who, id)
        found = await store.rows(id, verdict, number_of(cursor), limit + 1)
    more = f'"{cursor_of(str(found[limit - 1]["place"]))}"' if len(found) > limit else "null"
    own = made["created_by"] == who.subject
    bodies = [row["body"] if own else shown_row(row["body"]) for row in found[:limit]]
    return json_response(f'{{"items":[{",".join(bodies)}],"next":{more}}}')


@router.post(
    "/imports/{id}/apply",
    status_code=202,
    response_model=Import,
    tags=["imports"],
    responses=problems(*WRITE, UnknownImport, ImportNotFinished),
)
async def apply_import(request: Request, write: Writing, id: UUID, options: ImportOptions) -> Response:
    """Apply (or check again) a file that came already, without sending it again."""
    write.caller.needs(*WRITERS)
    answer = await run(request, write, lambda c: again(c, write, id, options))
    request.app.state.importer.asked()
    return answer


@router.get(
    "/imports/{id}/result.xlsx",
    tags=["imports"],
    response_class=Response,
    responses=problems(*READ, UnknownImport, ImportNotFinished, NoWorkbookResult, FileForgotten)
    | {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def import_result(request: Request, who: Who, id: UUID) -> Response:
    """The sender's own workbook with the verdict of each row in added columns, and the cells at fault marked."""
    who.needs(*READERS)
    folder = tempfile.TemporaryDirectory(prefix="kepan-result-")
    try:
        name = await result_of(request.app.state.database, who, id, Path(folder.name))
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        Path(folder.name) / "result.xlsx", media_type=XLSX, filename=name, background=BackgroundTask(folder.cleanup)
    )
