"""A file comes in: kept in pieces with the import that waits for it, in one transaction."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.portfolio.contract import Counts, Import, ImportNotFinished, ImportOptions, Progress, UnknownImport
from services.portfolio.operations.common import EVERYWHERE
from services.portfolio.store import ImportStore
from services.portfolio.store.imports import PART
from services.shared.database import Connection
from services.shared.tokens import Caller
from services.shared.writes import Answer, Write


@dataclass(frozen=True)
class Upload:
    """A file as it came, on the disk of this process, and what is to be done with it."""

    path: Path
    name: str
    digest: str
    plan: str
    options: ImportOptions

    @staticmethod
    def digest_of(path: Path) -> str:
        """SHA-256 of a file, read in pieces."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


async def receive(connection: Connection, write: Write, upload: Upload) -> Answer:
    """Keep the file and queue its import."""
    store = ImportStore(connection)
    with upload.path.open("rb") as file:
        place = 0
        while part := file.read(PART):
            await store.add_part(upload.digest, place, part)
            place += 1
    return await _queue(store, write.caller, upload.name, upload.digest, upload.plan, upload.options)


async def again(connection: Connection, write: Write, id: UUID, options: ImportOptions) -> Answer:
    """Queue another import of a file that came already: after a check, to apply it."""
    store = ImportStore(connection)
    row = await visible_import(store, write.caller, id)
    before = Import.model_validate_json(row["body"])
    if before.status not in ("done", "failed"):
        raise ImportNotFinished(status=before.status)
    return await _queue(store, write.caller, before.file, row["digest"], row["plan"], options)


async def _queue(
    store: ImportStore, caller: Caller, name: str, digest: str, plan: str, options: ImportOptions
) -> Answer:
    queued = Import(
        id=uuid7(),
        plan=plan,
        file=name,
        format=None,
        status="queued",
        applied=False,
        progress=Progress(done=0, total=None),
        counts=Counts(),
        created_by=caller.subject,
        created_at=datetime.now(UTC),
        **options.model_dump(),
    )
    row: dict[str, Any] = {
        "id": queued.id,
        "plan": plan,
        "created_by": caller.subject,
        "caller": caller.model_dump_json(),
        "digest": digest,
        "body": queued.model_dump_json(),
    }
    await store.add(row)
    return Answer(202, row["body"], location=f"/api/v1/imports/{queued.id}")


async def visible_import(store: ImportStore, caller: Caller, id: UUID) -> dict[str, Any]:
    """An import's row, if the caller made it or sees all."""
    found = await store.run(id)
    if found is None or (found["created_by"] != caller.subject and caller.role not in EVERYWHERE):
        raise UnknownImport(id=id)
    return found
