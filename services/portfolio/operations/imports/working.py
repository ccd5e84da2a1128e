"""The work on imports: one at a time in each process, taken from a queue in PostgreSQL that survives every process.

An import is judged first, which writes nothing but verdicts. Applying it is one transaction, from the first row to the
word "done": a worker that dies leaves nothing behind, and another one starts again.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog

from services.catalog.contract import as_json
from services.portfolio.contract import FileForgotten, FileTooHeavy, Finding, Import, ImportRow, Progress
from services.portfolio.operations.imports.applying import do
from services.portfolio.operations.imports.judging import Planned, Run, counted, judge
from services.portfolio.remembered import RememberedCatalog
from services.portfolio.store import ImportStore
from services.shared.children import WorkerDied, in_child
from services.shared.database import Connection, Database
from services.shared.errors import ServiceError, Unavailable
from services.shared.journal import Journal
from services.shared.tasks import ended
from services.shared.tokens import Caller
from services.shared.writes import Write

BATCH = 500
BEAT_SECONDS = 1.0
ATTEMPTS = 3
"""How often an import is judged anew because somebody else changed something while it was applied."""
DEATHS = 3
"""How often an import's child may die before the import has failed."""
READER = "services.portfolio.operations.imports.reading"
log = structlog.get_logger()


class Refused(Exception):
    """The file as a whole was refused by its reader, with a code and a sentence for the sender."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class SomeoneWasFaster(Exception):
    """What was judged good could not be done any more."""


class TakenOver(Exception):
    """Another worker has this import now."""


@dataclass
class Workshop:
    """What a worker needs, and who it is."""

    database: Database
    catalog: RememberedCatalog
    journal: Journal
    worker: UUID = field(default_factory=uuid4)


@dataclass
class Job:
    """An import under work."""

    shop: Workshop
    made: Import
    caller: Caller
    digest: str
    folder: Path
    sheets: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0

    @property
    def rows_file(self) -> Path:
        """The rows as they were read, one JSON object a line."""
        return self.folder / "rows.jsonl"

    async def say(self, done: int, total: int | None) -> None:
        """Keep how far the work is, and that it is going on."""
        self.made.progress = Progress(done=done, total=total)
        async with self.shop.database.transaction() as connection:
            await ImportStore(connection).hear(self.made.id, self.shop.worker, self.made.model_dump_json())

    async def finish(self, connection: Connection, status: str) -> None:
        """Write how it ended, unless another worker has taken over."""
        store = ImportStore(connection)
        ended = {"status": status, "finished_at": await store.now()}
        self.made = self.made.model_copy(update=ended)
        body = self.made.model_dump_json()
        if not await store.finish(self.made.id, self.shop.worker, status, body, json.dumps(self.sheets)):
            raise TakenOver


async def work(shop: Workshop) -> bool:
    """Take the next import and bring it to its end; False where none waits."""
    async with shop.database.transaction() as connection:
        store = ImportStore(connection)
        id = await store.claim(shop.worker)
        row = await store.run(id) if id is not None else None
    if row is None:
        return False
    with tempfile.TemporaryDirectory(prefix="kepan-import-") as folder:
        made = Import.model_validate_json(row["body"]).model_copy(update={"status": "running"})
        caller = Caller.model_validate_json(row["caller"])
        job = Job(shop, made, caller, row["digest"], Path(folder))
        try:
            await _bring_to_its_end(job)
        except TakenOver:
            log.warning("import_taken_over", id=str(made.id))
        except WorkerDied:
            await _try_again(job)
        except Unavailable:
            raise
        except (ServiceError, Refused) as error:
            await _fail(job, error.code, error.detail)
        except Exception as error:
            log.error("import_failed", id=str(made.id), exc_info=error)
            await _fail(job, "internal_error", "系统出错，请稍后重试；若仍失败请与管理员联系")
    return True


async def _fail(job: Job, code: str, detail: str) -> None:
    async with job.shop.database.transaction() as connection:
        await _finish_failed(connection, job, code, detail)


async def _finish_failed(connection: Connection, job: Job, code: str, detail: str) -> None:
    job.made.errors = [Finding(field="file", code=code, raw=job.made.file, detail=detail)]
    await job.finish(connection, "failed")


async def _try_again(job: Job) -> None:
    """Let an import whose child died be taken up again; after some deaths it is the file that they died of."""
    async with job.shop.database.transaction() as connection:
        deaths = await ImportStore(connection).died(job.made.id, job.shop.worker)
        if deaths >= DEATHS:
            error = FileTooHeavy(times=deaths)
            await _finish_failed(connection, job, error.code, error.detail)
    log.error("import_child_died", id=str(job.made.id), deaths=deaths)


async def _bring_to_its_end(job: Job) -> None:
    beating = asyncio.create_task(_beat(job))
    try:
        await _read(job)
        run = await _run_of(job)
        for _ in range(ATTEMPTS):
            rejected = await _check(job, run)
            if job.made.mode == "check" or (rejected and not job.made.accept_valid):
                break
            try:
                await _apply(job, run)
                return
            except SomeoneWasFaster:
                run.made.clear()
                run.created.clear()
        async with job.shop.database.transaction() as connection:
            await job.finish(connection, "done")
    finally:
        await ended(beating)


async def _beat(job: Job) -> None:
    """Say that the work goes on, and how much of the file was read so far."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            await job.say(await _done_of(job), job.made.progress.total)
        except Exception as error:  # whatever it is: without a beat somebody else would take the import over
            log.warning("import_beat_missed", id=str(job.made.id), exc_info=error)


async def _done_of(job: Job) -> int:
    progress = job.folder / "progress"
    if job.made.progress.total is None and progress.exists():
        return int(await asyncio.to_thread(progress.read_text) or 0)
    return job.made.progress.done


async def _read(job: Job) -> None:
    """Have the file read in a process of its own."""
    source = job.folder / "source"
    async with job.shop.database.connection() as connection:
        with source.open("wb") as file:
            async for part in ImportStore(connection).parts(job.digest):
                file.write(part)
    if not source.stat().st_size:
        raise FileForgotten()
    knowledge = await job.shop.catalog.plan(job.made.plan)
    words = {code: json.dumps(as_json(words), ensure_ascii=False) for code, words in knowledge.vocabularies.items()}
    plan = json.dumps(as_json(knowledge.plan), ensure_ascii=False)
    found = await in_child(
        READER, "read_to", str(source), str(job.rows_file), str(job.folder / "progress"), job.made.file, plan, words
    )
    if "refused" in found:
        raise Refused(found["refused"]["code"], found["refused"]["detail"])
    job.sheets, job.rows = found["sheets"], found["rows"]
    job.made.format = found["format"]


async def _run_of(job: Job) -> Run:
    knowledge = await job.shop.catalog.plan(job.made.plan)
    columns = {sheet["name"]: frozenset(sheet["columns"]) for sheet in job.sheets}
    return Run(job.caller, knowledge, job.made, job.made.file, columns, job.made.as_of or knowledge.today())


async def _check(job: Job, run: Run) -> bool:
    """Judge every row and keep the verdicts; whether some row is rejected."""
    counts: dict[str, int] = {}
    done = 0
    await job.say(0, job.rows)
    async with job.shop.database.transaction() as connection:
        await ImportStore(connection).clear_rows(job.made.id)
    for batch in rows_in(job.rows_file, BATCH):
        async with job.shop.database.transaction() as connection:
            planned = await judge(connection, batch, run)
            await _keep(connection, job, done, planned, counts)
        done += len(batch)
        await job.say(done, job.rows)
    job.made.counts = job.made.counts.model_validate(counts)
    return job.made.counts.rejected > 0


async def _apply(job: Job, run: Run) -> None:
    """Do what the rows ask for, all in one transaction that ends with the word done."""
    write = Write(caller=job.caller, route=f"POST /api/v1/imports/{job.made.id}", body=b"", if_match="*")
    counts: dict[str, int] = {}
    done = 0
    run.made.clear()
    run.created.clear()
    before = job.made
    try:
        async with job.shop.database.transaction() as connection:
            store = ImportStore(connection)
            await store.lock_plan(job.made.plan)
            await store.clear_rows(job.made.id)
            for batch in rows_in(job.rows_file, BATCH):
                planned = await judge(connection, batch, run)
                for one in planned:
                    await do(connection, write, one, run)
                    if one.row.verdict == "rejected" and not job.made.accept_valid:
                        raise SomeoneWasFaster
                await _keep(connection, job, done, planned, counts)
                done += len(batch)
                job.made.progress = Progress(done=done, total=job.rows)
            job.made.counts = job.made.counts.model_validate(counts)
            job.made.applied = True
            await job.finish(connection, "done")
    except BaseException:
        job.made = before.model_copy(update={"applied": False, "status": "running", "finished_at": None})
        raise
    job.shop.journal.written()


def rows_in(path: Path, batch: int) -> Iterator[list[ImportRow]]:
    """The rows of a file of JSON lines, batch by batch."""
    with path.open(encoding="utf-8") as file:
        while lines := list(islice(file, batch)):
            yield [ImportRow.model_validate_json(line) for line in lines]


async def _keep(connection: Connection, job: Job, place: int, planned: list[Planned], counts: dict[str, int]) -> None:
    rows = [one.row for one in planned]
    await ImportStore(connection).add_rows(job.made.id, place + 1, rows)
    for name, count in counted(rows).items():
        counts[name] = counts.get(name, 0) + count
