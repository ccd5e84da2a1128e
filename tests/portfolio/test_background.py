"""Work in the background goes on, whatever befalls it once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from services.portfolio import importer
from services.portfolio.contract import Progress
from services.portfolio.operations.imports import Workshop, work, working
from services.portfolio.store import ImportStore
from services.shared import journal
from services.shared.children import WorkerDied
from services.shared.database import Database
from services.shared.journal import Journal
from services.shared.tokens import Caller
from tests.conftest import Cluster
from tests.portfolio.lists import a_list, a_row, send


def failing_once(done: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A bug that shows once."""
    failed = False

    async def function(*given: Any) -> Any:
        nonlocal failed
        if not failed:
            failed = True
            raise KeyError("a bug")
        return await done(*given)

    return function


async def test_an_import_waits_for_no_restart_where_work_failed(
    app: FastAPI, manager: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importer, "IDLE_SECONDS", 0.05)
    monkeypatch.setattr(importer, "work", failing_once(work))
    app.state.importer.asked()
    made = await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1)]))
    assert made["status"] == "done", made


async def test_files_are_forgotten_although_it_failed_once(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> None:
    monkeypatch.setattr(importer, "TIDY_SECONDS", 0.01)
    tidied = asyncio.Event()

    async def forget(_: object, days: int) -> None:
        tidied.set()

    monkeypatch.setattr(ImportStore, "forget_files", failing_once(forget))
    database = Database(cluster.fresh()["portfolio"], "portfolio")
    await database.open()
    worker = importer.Importer(Workshop(database, cast(Any, None), Journal(database)))
    await worker.start()
    assert await asyncio.wait_for(tidied.wait(), 10)
    await worker.stop()
    await database.close()


async def test_an_entry_is_sequenced_although_sequencing_failed_once(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "AGAIN_SECONDS", 0.01)
    database = Database(cluster.fresh()["portfolio"], "portfolio")
    await database.open()
    feed = Journal(database)
    monkeypatch.setattr(feed, "sequence", failing_once(feed.sequence))
    await feed.start()
    somebody = Caller(subject="somebody@test", role="manager")
    async with database.transaction() as connection:
        id, body = journal.canonical("agency_registered", "local:A", 1, somebody, date(2017, 1, 1), None, {})
        await journal.append(connection, id, "agency_registered", "local:A", 1, body)
    assert len((await feed.page(0, 10, 10)).items) == 1
    await feed.stop()
    await database.close()


async def test_an_import_is_heard_of_although_a_beat_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(working, "BEAT_SECONDS", 0.01)
    beaten = asyncio.Event()

    async def say(done: int, total: int | None) -> None:
        beaten.set()

    class Stub:
        """As much of a job as a beat needs."""

        folder = tmp_path

        class made:
            id = "x"
            progress = Progress(done=0, total=None)

    job = Stub()
    job.say = failing_once(say)  # type: ignore[attr-defined]
    beating = asyncio.create_task(working._beat(cast(Any, job)))
    async with asyncio.timeout(10):
        await beaten.wait()
    assert not beating.done()
    beating.cancel()
    await asyncio.wait([beating])


async def test_an_import_whose_child_dies_is_tried_again_and_fails_after_three_deaths(
    manager: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    died = 0

    async def dying(*_: object) -> Any:
        nonlocal died
        died += 1
        raise WorkerDied()

    monkeypatch.setattr(working, "in_child", dying)
    made = await send(manager, a_list(tmp_path / "a.xlsx", [a_row(1)]))
    assert (made["status"], made["errors"][0]["code"], died) == ("failed", "file_too_heavy", 3)
    assert "3 times" in made["errors"][0]["detail"]
    monkeypatch.undo()
    again = await send(manager, a_list(tmp_path / "b.xlsx", [a_row(1)]))
    assert again["status"] == "done"
