"""Child processes end with whoever wanted their work."""

import asyncio
import multiprocessing
import time

import pytest

from services.shared.children import WorkerDied, in_child


async def longest_gap(until: asyncio.Task[object]) -> float:
    """How long the loop stood still, at most, until a task ended."""
    longest, last = 0.0, time.monotonic()
    while not until.done():
        await asyncio.sleep(0.01)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


async def test_a_cancelled_child_is_gone_and_holds_up_nobody() -> None:
    before = set(multiprocessing.active_children())
    work = asyncio.create_task(in_child("time", "sleep", 60))
    while not set(multiprocessing.active_children()) - before:
        await asyncio.sleep(0.01)
    (child,) = set(multiprocessing.active_children()) - before
    work.cancel()
    assert await longest_gap(work) < 2
    assert work.cancelled()
    assert not child.is_alive()


async def test_what_a_child_returns_raises_or_dies_of_comes_back() -> None:
    assert await in_child("math", "sqrt", 16.0) == 4.0
    with pytest.raises(ValueError, match="math domain error"):
        await in_child("math", "sqrt", -1.0)
    with pytest.raises(WorkerDied):
        await in_child("os", "_exit", 9)
