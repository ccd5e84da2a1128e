"""`kepan`: the one executable."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import httpx
import psycopg
import typer
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from deploy import asking, backups, demo, desk, importing, keys, registering, reports, seed, snapshots, witness
from deploy.home import NoHome, holding, home_of, make_home, standing
from deploy.keys import ensure_keys
from deploy.local import (
    REBUILDING,
    AlreadyRunning,
    LocalRun,
    PortTaken,
    interruptible,
    note_of,
    settings_of,
    superuser_of,
)
from deploy.logs import MIB
from deploy.migrate import at_head
from deploy.migrate import migrate as migrate_all
from deploy.postgres import PostgresFailed
from deploy.roles import SCHEMAS, ensure_roles
from deploy.supervisor import DidNotStart
from deploy.topology import BY_NAME, PROCESSES
from gateway.sessions import ticket_of
from services.shared.errors import ServiceError
from services.shared.tokens import OF_ONE_AGENCY, PEOPLE, ROLES, Signer

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Kepan 科盘")
demo_commands = typer.Typer(no_args_is_help=True, help="The invented demonstration portfolio")
keys_commands = typer.Typer(no_args_is_help=True, help="The keys that sign the journals' checkpoints")
reporting_commands = typer.Typer(no_args_is_help=True, help="The reports' own upkeep")
app.add_typer(demo_commands, name="demo")
app.add_typer(keys_commands, name="keys")
app.add_typer(reporting_commands, name="reporting")
app.add_typer(importing.commands, name="import")
app.add_typer(registering.commands, name="project")
app.add_typer(reports.commands, name="report")
app.add_typer(snapshots.commands, name="snapshot")
app.add_typer(desk.commands, name="audit")
app.command()(asking.suggest)
app.command("explain")(reports.explain)
app.command("verify")(snapshots.judge)
app.command()(witness.witness)
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
ROOT = Path(__file__).parent.parent
DOES_NOT_START = (
    *(AlreadyRunning, PortTaken, PostgresFailed, DidNotStart, seed.Refused),
    *(httpx.HTTPError, psycopg.Error, DBAPIError, CommandError),
)
Url = Annotated[str | None, typer.Option(help="the gateway; by default that of this home's run")]


def say(text: str) -> None:
    """A line for the person at the terminal."""
    typer.echo(text)


def fail(text: str) -> typer.Exit:
    """What to raise when a person must be told why nothing was done."""
    typer.echo(text, err=True)
    return typer.Exit(1)


def home_here() -> Path:
    """This home, with all its keys; refused where there is none."""
    try:
        return ensure_keys(standing(home_of())).parent
    except NoHome as error:
        raise fail(f"kepan: {error}") from None


def token_of(role: str, agency: str | None = None, subject: str | None = None, lifetime: int = 12 * 3600) -> str:
    """A person's bearer token, signed with the gateway's key of this home."""
    signer = Signer("gateway", home_here() / "keys" / "gateway.pem")
    return signer.sign(subject or f"{role}@local", role, PEOPLE, agency, lifetime)


def sign_in_link(address: str, role: str, agency: str | None = None, subject: str | None = None) -> str:
    """A link that signs a person in to the pages, once; signed with the gateway's key of this home."""
    signer = Signer("gateway", home_here() / "keys" / "gateway.pem")
    return f"{address}/sign-in?ticket={ticket_of(signer, subject or f'{role}@local', role, agency)}"


@app.command()
def up() -> None:
    """Start everything on this machine and stay in the foreground; Ctrl-C stops it cleanly."""
    port = os.environ.get("KEPAN_PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise fail(f"KEPAN_PORT is a port number, not {port!r}")
    log_mib = os.environ.get("KEPAN_LOG_MIB") or "64"
    if not log_mib.isdecimal() or int(log_mib) == 0:
        raise fail(f"KEPAN_LOG_MIB is how many MiB a log may have, not {log_mib!r}")
    interruptible()
    host = os.environ.get("KEPAN_HOST") or "127.0.0.1"
    run = LocalRun(home_of(), int(port), say, host, int(log_mib) * MIB)
    try:
        run.start()
        load(run)
        welcome(run)
        run.serve()
        say("stopping …")
    except KeyboardInterrupt:
        say("stopping …")
    except DOES_NOT_START as error:
        raise fail(str(error)) from None
    finally:
        run.stop()


def load(run: LocalRun) -> None:
    """The plan at every start (nothing happens where it stands), the demonstration once in an empty home."""
    seed.load_plan(run.address, token_of("editor"), say)
    if run.first and os.environ.get("KEPAN_DEMO", "1") != "0":
        say("demonstration portfolio (invented) …")
        demo.load(run.address, token_of("manager", subject="demo-loader"), token_of("editor"))
    (run.home / "loaded").touch()


def welcome(run: LocalRun) -> None:
    """Address, accounts and tokens."""
    say(f"\nKepan is ready: {run.address}   (interface: {run.address}/docs, API: {run.address}/api/v1)\n")
    say(f"Sign in as manager, once, within 12 hours:\n  {sign_in_link(run.address, 'manager')}\n")
    for role, agency in (("manager", None), ("staff", "local:DEMO-01"), ("auditor", None), ("editor", None)):
        say(f"{role}{f' of {agency}' if agency else ''}:\n  {token_of(role, agency)}\n")
    say("More: .venv/bin/kepan token ROLE [--agency SCHEME:VALUE] [--ttl 12h], .venv/bin/kepan signin [ROLE]")
    say("Ctrl-C stops everything.")
    sys.stdout.flush()


@app.command()
def serve(name: str, host: str = "0.0.0.0") -> None:
    """Serve one process in the foreground, as a container does."""
    import uvicorn

    process = BY_NAME.get(name)
    if process is None:
        raise typer.BadParameter(f"one of {', '.join(BY_NAME)}")
    uvicorn.run(
        process.factory,
        factory=True,
        host=host,
        port=process.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


@app.command()
def migrate(check: Annotated[bool, typer.Option(help="only say which are not at their head")] = False) -> None:
    """Upgrade the four schemas of KEPAN_DATABASE_URL, making roles, schemas and keys where they are absent."""
    url = os.environ.get("KEPAN_DATABASE_URL")
    if not url:
        raise fail("set KEPAN_DATABASE_URL to an administrator's URL")
    try:
        if check:
            behind = [schema for schema in SCHEMAS if not at_head(url, schema)]
            if behind:
                raise fail(f"not at head: {', '.join(behind)}")
            return
        ensure_roles(url, make_home(home_of()))
        ensure_keys(home_of())
        migrate_all(url)
    except (psycopg.Error, DBAPIError, CommandError) as error:
        raise fail(str(error)) from None


@app.command()
def token(
    role: str,
    agency: Annotated[str | None, typer.Option(help="SCHEME:VALUE, for staff and approvers")] = None,
    ttl: Annotated[str, typer.Option(help="such as 30m, 12h, 7d")] = "12h",
    subject: Annotated[str | None, typer.Option(help="who it is for")] = None,
) -> None:
    """Print a bearer token."""
    check_role(role, agency)
    if not ttl[:-1].isdigit() or ttl[-1] not in UNITS:
        raise typer.BadParameter("a --ttl looks like 30m, 12h or 7d")
    lifetime = timedelta(seconds=int(ttl[:-1]) * UNITS[ttl[-1]])
    typer.echo(token_of(role, agency, subject, int(lifetime.total_seconds())))


def check_role(role: str, agency: str | None) -> None:
    """Refuse a role that no person has, and one of an agency without that agency."""
    people = sorted(ROLES - {"service"})
    if role not in people:
        raise typer.BadParameter(f"one of {', '.join(people)}")
    if role in OF_ONE_AGENCY and not agency:
        raise typer.BadParameter(f"the role {role} needs --agency SCHEME:VALUE")


@app.command()
def signin(
    role: Annotated[str, typer.Argument(help="what the person may do")] = "manager",
    agency: Annotated[str | None, typer.Option(help="SCHEME:VALUE, for staff and approvers")] = None,
    subject: Annotated[str | None, typer.Option(help="who it is for")] = None,
    url: Url = None,
) -> None:
    """Print a link that signs a person in to the pages, once, within 12 hours."""
    check_role(role, agency)
    typer.echo(sign_in_link(running_at(url), role, agency, subject))


def document_of(name: str) -> tuple[Path, str]:
    """Where a process's OpenAPI document is committed, and what it should be."""
    module, _, function = BY_NAME[name].factory.partition(":")
    document: dict[str, Any] = getattr(import_module(module), function)().openapi()
    folder = ROOT / module.rpartition(".")[0].replace(".", "/")
    return folder / "openapi.json", json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def journal_schemas(name: str) -> Iterator[tuple[Path, str]]:
    """Where the JSON Schema of each kind of entry is committed, and what it should be."""
    contract = import_module(f"services.{name}.contract")
    for kind in contract.JOURNAL_KINDS:
        text = json.dumps(contract.journal_schema(kind), ensure_ascii=False, sort_keys=True, indent=2) + "\n"
        yield ROOT / "services" / name / "journal_schemas" / f"{kind}.json", text


@app.command()
def openapi(check: Annotated[bool, typer.Option(help="only compare")] = False) -> None:
    """Write the OpenAPI document of each process, and the schemas of the journals' entries, beside the code."""
    stale = []
    # The gateway's document is made of the committed ones: it comes last, and is made when they are written.
    last = sorted(PROCESSES, key=lambda process: process.name == "gateway")
    documents = (document_of(process.name) for process in last)
    for file, text in chain(journal_schemas("catalog"), journal_schemas("portfolio"), documents):
        if not check:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(str(file.relative_to(ROOT)))
    if stale:
        raise fail(f"not up to date: {', '.join(stale)}; run `make openapi`")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="the file to write; it holds the keys: keep it as you keep them")],
) -> None:
    """Write everything of this home to one file, while it runs: database, keys, and what the journals stand at."""
    url = os.environ.get("KEPAN_DATABASE_URL") or superuser_of(home_of())
    if url is None:
        raise fail(f"{home_of()} does not run: start it with `make up`, or set KEPAN_DATABASE_URL")
    _told(lambda: backups.backup(home_of(), url, file), f"written to {file}")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="a file that `kepan backup` wrote")]) -> None:
    """Make this home, which has to be empty, of a backup; `kepan up` starts it then."""
    _told(lambda: backups.restore(home_of(), file), f"restored into {home_of()}")


def _told(work: Callable[[], dict[str, backups.Rooted]], word: str) -> None:
    try:
        roots = work()
    except (backups.NoBackup, PostgresFailed, psycopg.Error, OSError) as error:
        raise fail(f"kepan: {error}") from None
    for log, rooted in roots.items():
        say(f"{log}: {rooted.size} entries, root {rooted.root}")
    say(word)
    for log, rooted in roots.items():
        if rooted.changed is not None:
            said = f"entry {rooted.changed} of {log} is not the one that its log signed"
            raise fail(f"kepan: {said}: the database was tampered with; the file holds it as it is")


@keys_commands.command("add")
def add_keys() -> None:
    """Give each log a second key: from the next start on its checkpoints bear both signatures."""
    _changed_keys(keys.add_log_keys, "give these to every auditor and witness, beside those that they have:")


@keys_commands.command("sm2")
def add_sm2_keys() -> None:
    """Give each log an SM2 key: from the next start on its checkpoints bear an SM2 signature beside the Ed25519 one."""
    _changed_keys(keys.add_sm2_keys, "give these to every auditor and witness that goes by SM2:")


@keys_commands.command("retire")
def retire_keys() -> None:
    """Take the first of two keys away from each log, once every auditor and witness has the second."""
    _changed_keys(keys.retire_log_keys, "from the next start on these alone sign; the retired ones stay published:")


def _changed_keys(change: Callable[[Path], list[str]], word: str) -> None:
    try:
        verifiers = change(home_here())
    except keys.KeysInTheWay as error:
        raise fail(f"kepan: {error}") from None
    say("\n".join((word, *verifiers, "start Kepan anew for it to take effect")))


@reporting_commands.command()
def rebuild() -> None:
    """Throw away facts and cells and make them again from the journals of the running system.

    Where REPORTING_DATABASE_URL is not set, the settings are those of this home's run, which may still be waiting for
    reporting.
    """
    own = "REPORTING_DATABASE_URL" not in os.environ
    if own:
        found = settings_of(home_of(), "reporting")
        if not found:
            raise fail(f"{home_of()} does not run: {BESIDE}; or set REPORTING_*")
        os.environ.update(found)
    try:
        # The lock tells a run that waits for reporting why it sees no progress.
        with holding(home_of() / REBUILDING) if own else nullcontext():
            _rebuild()
    except (ServiceError, psycopg.Error, ValidationError, OSError) as error:
        raise fail(f"kepan: the reports are as they were: {error}\n{BESIDE}") from None
    say("summed up: done")


def _rebuild() -> None:
    operations = import_module("services.reporting.operations")
    settings = import_module("services.reporting.settings")
    asyncio.run(operations.rebuild(settings.Settings(), Progress().told))


BESIDE = (
    "a rebuild needs PostgreSQL, catalog and portfolio: start them with `make up` and, while it says that reporting"
    " follows, run this in another terminal"
)


PROGRESS_SECONDS = 5.0
"""How long nothing is said of a rebuild at most."""


class Progress:
    """Says now and then how far a rebuild has come."""

    def __init__(self) -> None:
        self._said = 0.0

    def told(self, step: Any) -> None:
        """Say it, if it was not said for a while or if it is the last step."""
        if step.entries < step.of and step.seconds - self._said < PROGRESS_SECONDS:
            return
        self._said = step.seconds
        rate = step.entries / max(step.seconds, 0.001)
        left = (step.of - step.entries) / max(rate, 0.001)
        say(f"{step.entries} of {step.of} entries, {rate:.0f} a second, {left:.0f} s to go until they are summed up")


def running_at(url: str | None) -> str:
    """The address that was given, or where this home runs."""
    found = url or note_of(home_of()).get("address")
    if not found:
        raise fail(f"{home_of()} does not run: start it with `make up`, or give --url")
    return str(found)


@demo_commands.command("load")
def demo_load(url: Url = None) -> None:
    """Load the demonstration portfolio; loading it again changes nothing."""
    try:
        demo.load(running_at(url), token_of("manager", subject="demo-loader"), token_of("editor"))
    except (seed.Refused, httpx.HTTPError) as error:
        raise fail(str(error)) from None


@demo_commands.command("remove")
def demo_remove(url: Url = None) -> None:
    """Void every demonstration project: it leaves every report; its entries stay in the journal."""
    try:
        say(f"{demo.remove(running_at(url), token_of('manager', subject='demo-remover'))} projects voided")
    except (seed.Refused, httpx.HTTPError) as error:
        raise fail(str(error)) from None
