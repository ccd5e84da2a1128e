"""The work on snapshots: one at a time in each process, taken from a queue in PostgreSQL that survives every process.

The journals are read over HTTP into files, the reports are asked as anybody asks them, and a child process makes the
package of both. Its pieces and the word `ready` are one transaction: a worker that dies leaves nothing behind, and
another one starts again.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog

from services.reporting.contract import Package, Snapshot, SnapshotError, SnapshotProgress, Stage, Thresholds
from services.reporting.operations.asking import Asked, Reported, opened
from services.reporting.operations.coverage import coverage, gaps
from services.reporting.operations.following import JOURNALS, Feeds, JournalName, KnownPlans
from services.reporting.operations.indicators import indicators
from services.reporting.operations.snapshots import asked_of, snapshot_of
from services.reporting.operations.summary import summary
from services.reporting.package import describing
from services.reporting.package.journal import JournalDiffers
from services.reporting.package.parameters import FORMAT
from services.reporting.package.writing import ACCESS_LOG, Order, Packed
from services.reporting.settings import Settings
from services.reporting.store import SnapshotStore
from services.reporting.store.snapshots import PART
from services.shared.children import WorkerDied, in_child
from services.shared.database import Database
from services.shared.errors import ServiceError, Unavailable
from services.shared.tasks import ended
from services.shared.text import moment_text
from services.shared.timestamps import NotStamped
from services.shared.tokens import Caller

PAGE = 2_000
BEAT_SECONDS = 1.0
MOST_DEATHS = 3
WRITER = "services.reporting.package.writing"
REPORTS: dict[str, Callable[[Database, KnownPlans, Caller, Asked], Awaitable[Reported]]] = {
    "coverage": coverage,
    "gaps": gaps,
    "indicators": indicators,
    "summary": partial(summary, thresholds=Thresholds()),
}
"""The reports of a package: those whose every figure is made anew from its journals when it is verified."""
log = structlog.get_logger()


class TakenOver(Exception):
    """Another worker has this snapshot now."""


@dataclass
class Darkroom:
    """What a worker needs, and who it is."""

    database: Database
    plans: KnownPlans
    feeds: Feeds
    settings: Settings
    worker: UUID = field(default_factory=uuid4)


@dataclass
class Job:
    """A snapshot under work."""

    room: Darkroom
    snapshot: Snapshot
    caller: Caller
    folder: Path
    access_log: tuple[int | None, int | None] = (None, None)
    """Positions of the first and the last entry of the access log that the package holds."""

    def at(self, stage: Stage, done: int = 0, total: int | None = None) -> None:
        """Note how far the work is; the beat tells it."""
        self.snapshot.progress = SnapshotProgress(stage=stage, done=done, total=total)

    async def say(self) -> None:
        """Keep how far the work is, and that it is going on."""
        async with self.room.database.transaction() as connection:
            body = self.snapshot.model_dump_json()
            if not await SnapshotStore(connection).hear(self.snapshot.id, self.room.worker, body):
                raise TakenOver

    async def fail(self, code: str, detail: str) -> None:
        """Write why it came to nothing."""
        async with self.room.database.transaction() as connection:
            store = SnapshotStore(connection)
            made = {"status": "failed", "finished_at": await store.now()}
            failed = self.snapshot.model_copy(update=made | {"error": SnapshotError(code=code, detail=detail[:500])})
            await store.finish(failed.id, self.room.worker, "failed", failed.model_dump_json())


async def pack_next(room: Darkroom) -> bool:
    """Take the next snapshot and bring it to its end; False where none waits."""
    async with room.database.transaction() as connection:
        row = await SnapshotStore(connection).claim(room.worker)
    if row is None:
        return False
    with tempfile.TemporaryDirectory(prefix="kepan-snapshot-") as folder:
        snapshot = Snapshot.model_validate_json(row["body"]).model_copy(update={"status": "running"})
        job = Job(room, snapshot, Caller.model_validate_json(row["caller"]), Path(folder))
        try:
            await _bring_to_its_end(job)
        except TakenOver:
            log.warning("snapshot_taken_over", id=str(snapshot.id))
        except WorkerDied:
            if not await _given_up(job):
                raise
        except Unavailable:
            raise  # it stays in the queue: what it needs will be there again
        except JournalDiffers as error:
            await job.fail("journal_differs", str(error))
        except NotStamped as error:
            await job.fail("not_stamped", str(error))
        except ServiceError as error:
            await job.fail(error.code, error.detail)
        except Exception as error:
            log.error("snapshot_failed", id=str(snapshot.id), exc_info=error)
            await job.fail(
                "internal_error", "the work on it failed: ask for it again, and tell the operator if it fails"
            )
    return True


async def _given_up(job: Job) -> bool:
    """Whether the process that makes the package came to an untimely end too often to be started again."""
    async with job.room.database.transaction() as connection:
        deaths = await SnapshotStore(connection).died(job.snapshot.id, job.room.worker)
    if deaths < MOST_DEATHS:
        return False
    detail = f"the process that makes its package ended {deaths} times before it was done, as where memory is short"
    await job.fail("worker_died", f"{detail}: tell the operator, or take a narrower one")
    return True


async def _bring_to_its_end(job: Job) -> None:
    beating = asyncio.create_task(_beat(job))
    try:
        for journal in JOURNALS:
            await _read_journal(job, journal)
        job.at("reports")
        await _ask_reports(job)
        if job.snapshot.access_log is not None:
            await _read_access_log(job)
        job.at("tables")
        order = await _order(job)
        packed: Packed = await in_child(WRITER, "write_package", order)
        job.at("keeping")
        await _keep(job, order.name, packed)
    finally:
        await ended(beating)


async def _beat(job: Job) -> None:
    progress = job.folder / "progress"
    while True:
        if job.snapshot.progress.stage == "tables" and progress.exists():
            job.at("tables", int(progress.read_text(encoding="ascii") or 0))
        try:
            await job.say()
        except TakenOver:
            return  # keeping the package finds it as well, and ends the work
        except Unavailable as error:
            log.warning("snapshot_beat_missed", error=str(error))
        await asyncio.sleep(BEAT_SECONDS)


async def _read_journal(job: Job, journal: JournalName) -> None:
    """A journal up to the snapshot's position, into files of bodies and moments; its checkpoint, and the proof that
    the previous snapshot's journal is its beginning."""
    feed = job.room.feeds.catalog if journal == "catalog" else job.room.feeds.portfolio
    size: int = getattr(job.snapshot.positions, journal)
    after = 0
    with (
        (job.folder / f"{journal}.bodies").open("w", encoding="utf-8", newline="\n") as bodies,
        (job.folder / f"{journal}.moments").open("w", encoding="ascii") as moments,
    ):
        while after < size:
            page = await feed.journal(after, min(PAGE, size - after))
            if not page.items:
                raise JournalDiffers(f"the journal of {journal} ends at {after}, before the position {size}")
            bodies.writelines(f"{entry.body}\n" for entry in page.items)
            moments.writelines(f"{moment_text(entry.recorded_at)}\n" for entry in page.items)
            after = page.next
            job.at("journals", after, size)
    (job.folder / f"{journal}.checkpoint").write_text(await feed.checkpoint(size), encoding="utf-8")
    previous = await _previous(job)
    if previous is not None:
        old: int = getattr(previous.positions, journal)
        proof = await feed.consistency_proof(old, size)
        (job.folder / f"{journal}.consistency").write_text(proof.model_dump_json() + "\n", encoding="utf-8")


async def _previous(job: Job) -> Snapshot | None:
    if job.snapshot.previous is None:
        return None
    async with job.room.database.connection() as connection:
        return await snapshot_of(SnapshotStore(connection), job.snapshot.previous)


async def _read_access_log(job: Job) -> None:
    """The part of the access log that the gateway brought, into a file."""
    after, first = 0, None
    with (job.folder / ACCESS_LOG).open("w", encoding="utf-8", newline="\n") as file:
        while True:
            async with job.room.database.connection() as connection:
                row = await SnapshotStore(connection).access_log(job.snapshot.id, after)
            if row is None:
                break
            file.write(row["lines"])
            first, after = first or row["position"], row["last"]
    job.access_log = first, after or None
    if first is None:
        (job.folder / ACCESS_LOG).unlink()  # nothing lies between the two moments


async def _ask_reports(job: Job) -> None:
    folder = job.folder / "reports"
    folder.mkdir()
    for name, ask in REPORTS.items():
        found = await ask(job.room.database, job.room.plans, job.caller, asked_of(job.snapshot))
        (folder / f"{name}.json").write_text(found.body + "\n", encoding="utf-8")


async def _order(job: Job) -> Order:
    snapshot, previous = job.snapshot, await _previous(job)
    async with opened(job.room.database, job.room.plans, job.caller, asked_of(snapshot)) as question:
        title = question.plan.plan.title
        recorded_at = question.head()["recorded_at"]
    about: dict[str, Any] = {
        "format": FORMAT,
        "plan": snapshot.plan,
        "edition": snapshot.edition,
        "as_of": snapshot.as_of.isoformat(),
        "recorded_at": recorded_at,
        "positions": snapshot.positions.model_dump(),
        "scope": snapshot.scope.model_dump(),
        "previous": None,
        "reports": sorted(REPORTS),
        "access_log": None,
    }
    if snapshot.access_log is not None:
        first, last = job.access_log
        about["access_log"] = snapshot.access_log.model_dump(mode="json") | {"first": first, "last": last}
    if previous is not None and previous.package is not None:
        before = {
            "tagmanifest_sha256": previous.package.tagmanifest_sha256,
            "positions": previous.positions.model_dump(),
        }
        about["previous"] = before
    return Order(
        folder=job.folder,
        name=describing.name_of(about),
        title=f"{title}：快照",
        about=about,
        software=describing.SOFTWARE,
        signing_keys=job.room.settings.snapshot_key,
        log_keys=job.room.settings.log_keys,
        tsa_url=job.room.settings.tsa_url,
    )


async def _keep(job: Job, name: str, packed: Packed) -> None:
    """The pieces of the package and the word `ready`, in one transaction."""
    async with job.room.database.transaction() as connection:
        store = SnapshotStore(connection)
        package = Package(
            name=f"{name}.zip",
            bytes=packed.bytes,
            sha256=packed.sha256,
            tagmanifest_sha256=packed.tagmanifest_sha256,
        )
        made = {"status": "ready", "finished_at": await store.now(), "package": package}
        ready = job.snapshot.model_copy(update=made)
        if not await store.finish(ready.id, job.room.worker, "ready", ready.model_dump_json()):
            raise TakenOver
        with packed.path.open("rb") as file:
            place = 0
            while piece := file.read(PART):
                await store.add_part(ready.id, place, piece)
                place += 1
        await store.forget_access_log(ready.id)
