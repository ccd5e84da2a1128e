"""What the gateway adds to a call, beside nginx in front of the same service; memory of the processes."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from deploy.postgres import free_port
from tests.bench.running import PLAN, Burst, burst, caller
from tests.bench.table import Line, quantile
from tests.system.conftest import System

ROUTE = f"api/v1/plans/{PLAN}/nodes/4.8"
CALLS = 1_500
IDLE_MIB = 120


async def measure(system: System) -> list[Line]:
    """The same route, asked of the service itself, through nginx and through the gateway."""
    direct = f"http://127.0.0.1:{system.note()['processes']['catalog']['port']}"
    lines = []
    for clients in (1, 16):
        found = {"service": await _asked(system, direct, clients)}
        async with _nginx(direct) as proxied:
            if proxied is not None:
                found["nginx"] = await _asked(system, proxied, clients)
        found["gateway"] = await _asked(system, system.url, clients)
        own = found["service"].milliseconds
        for name, asked in found.items():
            spread = [quantile(asked.milliseconds, part) for part in (0.5, 0.99)]
            added = [spent - quantile(own, part) for spent, part in zip(spread, (0.5, 0.99), strict=True)]
            text = f"p50 {spread[0]:.2f} ms, p99 {spread[1]:.2f} ms"
            more = "" if name == "service" else f"; adds {added[0]:.2f} and {added[1]:.2f} ms"
            lines.append(Line(f"{clients} clients, {name}", text + more))
        if "nginx" not in found:
            lines.append(Line(f"{clients} clients, nginx", "skipped: no nginx here (Debian: nginx-light)"))
    return lines


async def _asked(system: System, base: str, clients: int) -> Burst:
    async with caller(system, base) as session:

        async def call(_: int) -> None:
            async with session.get(ROUTE) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()

        await burst(clients, 200, call)
        return await burst(clients, CALLS, call)


@asynccontextmanager
async def _nginx(upstream: str) -> AsyncIterator[str | None]:
    """nginx in front of a service, with connections that are kept; None where there is no nginx."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="kepan-nginx-") as folder:
        port = free_port()
        file = Path(folder) / "nginx.conf"
        file.write_text(_CONFIGURATION.format(folder=folder, port=port, upstream=upstream.removeprefix("http://")))
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(program, "-c", str(file), "-p", folder, stderr=quiet)
        try:
            await _answers(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.wait()


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(100):
            try:
                async with session.get(f"{url}/healthz"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    raise AssertionError("nginx does not answer")


_CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream service {{ server {upstream}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def memory(system: System) -> list[Line]:
    """Resident memory of each process, idle; shared pages are counted in parts (PSS) where the kernel says so."""
    lines = []
    for name, process in sorted(system.note()["processes"].items()):
        text = Path(f"/proc/{process['pid']}/smaps_rollup").read_text()
        sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in text.splitlines()[1:]}
        rss = sizes["Rss"]
        measured = f"{rss:.0f} MiB resident, {sizes['Pss']:.0f} MiB its own part"
        lines.append(Line(name, measured, f"< {IDLE_MIB} MiB", rss < IDLE_MIB))
    return lines
