"""`kepan import …`: project lists and IATI files in, by way of the front door."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from deploy.asking import PLAN, asking, door, refused
from deploy.seed import Door
from services.portfolio import iati
from services.portfolio.contract import Policy

commands = typer.Typer(no_args_is_help=True, help="Project lists (.xlsx, .xls, .csv) and IATI files in")
POLL_SECONDS = 0.3
ROWS_REJECTED = 2
"""Exit code where the file was read and some of its rows are rejected."""


FileGiven = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="the list")]
PlanGiven = Annotated[str, typer.Option("--plan", help="the plan's slug")]
PolicyGiven = Annotated[Policy, typer.Option(help="what becomes of a row whose project stands already")]
Json = Annotated[bool, typer.Option("--json", help="print JSON alone")]


@commands.command()
def check(file: FileGiven, plan: PlanGiven = PLAN, policy: PolicyGiven = "add", as_json: Json = False) -> None:
    """Judge every row of a list; nothing is written."""
    with asking():
        _end(_imported(door(), file, {"plan": plan, "mode": "check", "policy": policy}, as_json), as_json)


@commands.command()
def apply(
    file: FileGiven,
    plan: PlanGiven = PLAN,
    policy: PolicyGiven = "add",
    accept_valid: Annotated[bool, typer.Option(help="take the good rows although others are rejected")] = False,
    as_of: Annotated[str | None, typer.Option(help="the day that the list is about, YYYY-MM-DD")] = None,
    result: Annotated[Path | None, typer.Option(help="write the list with its verdicts to this file")] = None,
    make_plan: Annotated[bool, typer.Option(help="of an IATI file: publish a plan of its sectors first")] = False,
    as_json: Json = False,
) -> None:
    """Apply a list: all rows or none, unless the good ones are asked for."""
    with asking():
        fields = {"plan": plan, "mode": "apply", "policy": policy, "accept_valid": str(accept_valid).lower()}
        if as_of is not None:
            fields["as_of"] = as_of
        if make_plan:
            _publish_plan(file, plan)
        asked = door()
        made = _imported(asked, file, fields, as_json)
        if result is not None:
            result.write_bytes(asked.content(f"/imports/{made['id']}/result.xlsx"))
        _end(made, as_json)


@commands.command()
def result(
    id: Annotated[str, typer.Argument(help="the import's id")],
    target: Annotated[Path, typer.Argument(help="where to write the workbook")],
) -> None:
    """Fetch the sender's own workbook with the verdicts written into it."""
    with asking():
        target.write_bytes(door().content(f"/imports/{id}/result.xlsx"))


@commands.command()
def template(
    target: Annotated[Path, typer.Argument(help="where to write the workbook")], plan: PlanGiven = PLAN
) -> None:
    """Fetch the empty workbook for agencies."""
    with asking():
        target.write_bytes(door().content("/imports/template.xlsx", plan=plan))


def _publish_plan(file: Path, slug: str) -> None:
    """Publish the plan that an IATI file implies: its sectors, in its currency. A plan that stands is left as it is."""
    currency = iati.currency_of(file)
    if currency is None:
        raise refused(f"{file.name}: no activity states its default-currency, so that the plan's can not be told")
    document = iati.plan_of(iati.sectors_of(file), slug, currency)
    door("editor").post("/plans", document.model_dump(mode="json", exclude_unset=True), accept=(409,))


def _imported(asked: Door, file: Path, fields: dict[str, str], quiet: bool) -> dict[str, Any]:
    """Send a file and wait for the end of its import; its rows that are rejected stand in `rejected`."""
    made: dict[str, Any] = asked.upload("/imports", file, fields)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        line = bar.add_task(file.name, total=None)
        while made["status"] in ("queued", "running"):
            time.sleep(POLL_SECONDS)
            made = asked.get(f"/imports/{made['id']}")
            progress = made["progress"]
            bar.update(line, completed=progress["done"], total=progress["total"])
    rejected = asked.all(f"/imports/{made['id']}/rows", verdict="rejected")
    return made | {"rejected": list(rejected)}


def _end(made: dict[str, Any], as_json: bool) -> None:
    """Say how it ended; the exit code says it to scripts: 0 all taken, 1 failed, 2 rows rejected."""
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    if made["status"] == "failed":
        raise refused("; ".join(f"{error['code']}: {error['detail']}" for error in made["errors"]))
    if not as_json:
        _show(made)
    if made["rejected"]:
        raise typer.Exit(ROWS_REJECTED)


def _show(made: dict[str, Any]) -> None:
    console = Console()
    if made["rejected"]:
        table = Table("sheet", "row", "field", "code", "read", "what to do")
        for cells in _findings(made["rejected"]):
            table.add_row(*cells)
        console.print(table)
    counts = {name: count for name, count in made["counts"].items() if count}
    done = "applied" if made["applied"] else "checked, nothing written"
    console.print(f"{done}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


def _findings(rows: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        for error in row["errors"]:
            yield row["sheet"], str(row["row"]), error["field"], error["code"], error["raw"], error["detail"]
