"""`kepan`: the one executable."""

import asyncio
import json
import os
import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy import demo, seed
from deploy.home import home_of
from deploy.keys import ensure_keys
from deploy.local import LocalRun, PortTaken
from deploy.migrate import migrate as migrate_all
from deploy.postgres import PostgresFailed
from deploy.supervisor import DidNotStart
from deploy.topology import BY_NAME, PROCESSES
from services.shared.tokens import OF_ONE_AGENCY, PEOPLE, ROLES, Signer

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Kepan 科盘")
demo_commands = typer.Typer(no_args_is_help=True, help="The invented demonstration portfolio")
reporting_commands = typer.Typer(no_args_is_help=True, help="The reports' own upkeep")
app.add_typer(demo_commands, name="demo")
app.add_typer(reporting_commands, name="reporting")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def say(text: str) -> None:
    """A line for the person at the terminal."""
    typer.echo(text)


def token_of(role: str, agency: str | None = None, subject: str | None = None, lifetime: int = 12 * 3600) -> str:
    """A person's bearer token, signed with the gateway's key of this home."""
    signer = Signer("gateway", ensure_keys(home_of()) / "gateway.pem")
    return signer.sign(subject or f"{role}@local", role, PEOPLE, agency, lifetime)


@app.command()
def up() -> None:
    """Start everything on this machine and stay in the foreground; Ctrl-C stops it cleanly."""
    run = LocalRun(home_of(), int(os.environ.get("KEPAN_PORT", "8000")), say)
    try:
        run.start()
        load(run)
        welcome(run)
        run.serve()
        say("stopping …")
    except KeyboardInterrupt:
        say("stopping …")
    except (PortTaken, PostgresFailed, DidNotStart, seed.Refused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    finally:
        run.stop()


def load(run: LocalRun) -> None:
    """The plan at every start (nothing happens where it stands), the demonstration once in an empty home."""
    seed.load_plan(run.address, token_of("editor"))
    if run.first and os.environ.get("KEPAN_DEMO", "1") != "0":
        say("demonstration portfolio (invented) …")
        demo.load(run.address, token_of("manager", subject="demo-loader"), token_of("editor"))
    (run.home / "loaded").touch()


def welcome(run: LocalRun) -> None:
    """Address, accounts and tokens."""
    say(f"\nKepan is ready: {run.address}/docs   (API: {run.address}/api/v1)\n")
    for role, agency in (("manager", None), ("staff", "local:DEMO-01"), ("auditor", None), ("editor", None)):
        say(f"{role}{f' of {agency}' if agency else ''}:\n  {token_of(role, agency)}\n")
    say("More: .venv/bin/kepan token ROLE [--agency SCHEME:VALUE] [--ttl 12h]      Ctrl-C stops everything.")
    sys.stdout.flush()


@app.command()
def serve(name: str, host: str = "0.0.0.0") -> None:
    """Serve one process in the foreground, as a container does."""
    import uvicorn

    process = BY_NAME.get(name)
    if process is None:
        raise typer.BadParameter(f"one of {', '.join(BY_NAME)}")
    uvicorn.run(process.factory, factory=True, host=host, port=process.port, access_log=False, log_level="warning")


@app.command()
def migrate() -> None:
    """Upgrade the four schemas of KEPAN_DATABASE_URL, making roles and schemas where they are absent."""
    from deploy.roles import ensure_roles

    url = os.environ.get("KEPAN_DATABASE_URL")
    if not url:
        typer.echo("set KEPAN_DATABASE_URL to an administrator's URL", err=True)
        raise typer.Exit(1)
    from deploy.home import make_home

    ensure_roles(url, make_home(home_of()))
    ensure_keys(home_of())
    migrate_all(url)


@app.command()
def token(
    role: str,
    agency: Annotated[str | None, typer.Option(help="SCHEME:VALUE, for staff and approvers")] = None,
    ttl: Annotated[str, typer.Option(help="such as 30m, 12h, 7d")] = "12h",
    subject: Annotated[str | None, typer.Option(help="who it is for")] = None,
) -> None:
    """Print a bearer token."""
    people = sorted(ROLES - {"service"})
    if role not in people:
        raise typer.BadParameter(f"one of {', '.join(people)}")
    if role in OF_ONE_AGENCY and not agency:
        raise typer.BadParameter(f"a token of role {role} needs --agency SCHEME:VALUE")
    if not ttl[:-1].isdigit() or ttl[-1] not in UNITS:
        raise typer.BadParameter("a --ttl looks like 30m, 12h or 7d")
    lifetime = timedelta(seconds=int(ttl[:-1]) * UNITS[ttl[-1]])
    typer.echo(token_of(role, agency, subject, int(lifetime.total_seconds())))


def document_of(name: str) -> tuple[Path, str]:
    """Where a process's OpenAPI document is committed, and what it should be."""
    module, _, function = BY_NAME[name].factory.partition(":")
    document: dict[str, Any] = getattr(import_module(module), function)().openapi()
    folder = Path(__file__).parent.parent / module.rpartition(".")[0].replace(".", "/")
    return folder / "openapi.json", json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2) + "\n"


@app.command()
def openapi(check: Annotated[bool, typer.Option(help="only compare")] = False) -> None:
    """Write the OpenAPI document of each process beside its code."""
    stale = []
    for process in PROCESSES:
        file, text = document_of(process.name)
        if not check:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(str(file.relative_to(Path.cwd())))
    if stale:
        typer.echo(f"not up to date: {', '.join(stale)}; run `make openapi`", err=True)
        raise typer.Exit(1)


@reporting_commands.command()
def rebuild() -> None:
    """Throw away facts and cells and make them again from the journals of the running system."""
    operations = import_module("services.reporting.operations")
    settings = import_module("services.reporting.settings")
    asyncio.run(operations.rebuild(settings.Settings()))


@demo_commands.command("load")
def demo_load(url: str = "http://127.0.0.1:8000") -> None:
    """Load the demonstration portfolio."""
    demo.load(url, token_of("manager", subject="demo-loader"), token_of("editor"))


@demo_commands.command("remove")
def demo_remove(url: str = "http://127.0.0.1:8000") -> None:
    """Void every demonstration project: it leaves every report; its entries stay in the journal."""
    say(f"{demo.remove(url, token_of('manager', subject='demo-remover'))} projects voided")
