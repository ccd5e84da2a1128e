"""Work in the background ends, even where a cancellation is lost."""

import asyncio
import contextlib

import pytest

from services.shared import tasks


async def test_a_task_that_forgets_a_cancellation_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PATIENCE_SECONDS", 0.01)
    forgotten = 0

    async def forgetful() -> None:
        nonlocal forgotten
        while forgotten < 2:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
            forgotten += 1
        await asyncio.sleep(60)

    task, other = asyncio.create_task(forgetful()), asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    await asyncio.wait_for(tasks.ended(task, other), 10)
    assert task.cancelled() and other.cancelled() and forgotten == 2


async def test_a_task_that_has_ended_is_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    await task
    await tasks.ended(task)
    assert not task.cancelled()
