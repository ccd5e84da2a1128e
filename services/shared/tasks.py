"""The end of work in the background."""

import asyncio
from typing import Any

PATIENCE_SECONDS = 1.0


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended.

    Once may not be enough: up to Python 3.11 `asyncio.wait_for`, on which every statement waits, forgets a cancellation
    that comes at the moment in which its work is done (cpython gh-86296). What was forgotten is asked for again.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=PATIENCE_SECONDS)
