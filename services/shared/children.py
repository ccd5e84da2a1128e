"""Work that computes long or needs much memory, in a child process: the event loop goes on, memory is given back."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from typing import Any

from services.shared.errors import Unavailable

AT_ONCE = 2
_room = asyncio.Semaphore(AT_ONCE)


class WorkerDied(Unavailable):
    """The process that worked on this came to an untimely end: try again, with less at once if you can."""


async def in_child(module: str, function: str, *given: Any) -> Any:
    """What a function of a module returns, computed in a process of its own; its exceptions are raised here.

    The module is named and not imported here, so that what it needs is loaded in the child alone. What is given and
    returned has to be picklable. Of many, so many run at once; the rest wait. Whoever is cancelled takes his child with
    him: nobody waits for what nobody wants any more.
    """
    async with _room:
        pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        work = asyncio.get_running_loop().run_in_executor(pool, _call, module, function, given)
        try:
            return await asyncio.shield(work)
        except BrokenProcessPool as error:
            raise WorkerDied() from error
        except asyncio.CancelledError:
            for child in (pool._processes or {}).values():
                child.terminate()
            raise
        finally:
            # It waits for the child's end, and would hold up the loop as long.
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)


def _call(module: str, function: str, given: tuple[Any, ...]) -> Any:
    return getattr(import_module(module), function)(*given)
