"""`kepan project …`: projects registered, read and moved on from a terminal, by way of the front door."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from deploy.asking import PLAN, asking, door, refused
from deploy.seed import Door

commands = typer.Typer(no_args_is_help=True, help="Projects: register, show, list, hand in, publish, move on")
Json = Annotated[bool, typer.Option("--json", help="print JSON alone")]
Which = Annotated[str, typer.Argument(help="the project's id, or its number")]
Reason = Annotated[str | None, typer.Option(help="why")]
Key = Annotated[str | None, typer.Option(help="Idempotency-Key: sent again with it, it happens once")]


@commands.command()
def register(
    file: Annotated[str, typer.Argument(help="the registration as .json or .toml, - for JSON on standard input")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Register a project; what may be the same one is said."""
    with asking():
        project = _document(file)
        answer = door().post("/projects", {"plan": PLAN} | project, key=key)
        _say(answer, as_json)
        if not as_json:
            for warning in answer["warnings"]:
                typer.echo(f"warning {warning['code']}: {warning['detail']}")
            for other in answer["candidates"]:
                typer.echo(f"may be the same as {other['project']} {other['title']} ({', '.join(other['reasons'])})")


@commands.command()
def show(
    which: Which, history: Annotated[bool, typer.Option(help="tell its story")] = False, as_json: Json = False
) -> None:
    """Show a project, or its story."""
    with asking():
        asked = door()
        project = _project(asked, which)
        if not history:
            _say(project, as_json)
            return
        story = list(asked.all(f"/projects/{project['id']}/history"))
        if as_json:
            typer.echo(json.dumps(story, ensure_ascii=False))
            return
        for step in story:
            typer.echo(f"{step['recorded_at'][:19]}  {step['by']}  {step['told']}  {step.get('reason', '')}".rstrip())
            for change in step["changes"]:
                typer.echo(f"    {change['label']}: {_short(change['before'])} → {_short(change['after'])}")


@commands.command("list")
def list_(
    plan: Annotated[str, typer.Option(help="the plan's slug")] = PLAN,
    agency: Annotated[str | None, typer.Option(help="scheme:value of the lead")] = None,
    state: Annotated[str | None, typer.Option(help="the project's state")] = None,
    record: Annotated[str | None, typer.Option(help="the record's state, such as draft")] = None,
    task: Annotated[str | None, typer.Option(help="a task's code")] = None,
    as_json: Json = False,
) -> None:
    """List projects."""
    with asking():
        given = {"plan": plan, "agency": agency, "state": state, "record": record, "task": task}
        found = list(door().all("/projects", **{name: value for name, value in given.items() if value}))
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
            return
        table = Table("number", "title", "lead", "state", "record", "tasks", "flags")
        for project in found:
            tasks = "；".join(f"{share['code']} {share['weight']}%" for share in project["tasks"])
            states = project["state"], project["record_status"]
            flags = ", ".join(project.get("flags", ()))
            table.add_row(project["project_no"] or "", project["title"], project["lead"], *states, tasks, flags)
        Console().print(table)


@commands.command()
def submit(which: Which, as_json: Json = False) -> None:
    """Hand a draft in; what it still lacks is said at once."""
    _record(which, {"to": "submitted"}, as_json)


@commands.command()
def publish(which: Which, as_json: Json = False) -> None:
    """Publish a record that somebody else handed in."""
    _record(which, {"to": "published"}, as_json)


@commands.command("return")
def return_(
    which: Which,
    comment: Annotated[list[str] | None, typer.Option(help="/field=what to mend; may be repeated")] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Give a record back with comments on its fields."""
    pairs = [text.partition("=") for text in comment or ()]
    if any(not mark for _, mark, _ in pairs):
        raise typer.BadParameter("a --comment looks like /title=what to mend")
    comments = [{"pointer": pointer, "text": text} for pointer, _, text in pairs]
    _record(which, {"to": "returned", "reason": reason, "comments": comments}, as_json)


@commands.command()
def withdraw(which: Which, reason: Reason = None, as_json: Json = False) -> None:
    """Take a draft back."""
    _record(which, {"to": "withdrawn", "reason": reason}, as_json)


@commands.command()
def state(
    which: Which,
    to: Annotated[str, typer.Argument(help="the state to enter")],
    on: Annotated[str | None, typer.Option(help="the day, YYYY-MM-DD; today when not given")] = None,
    document: Annotated[str | None, typer.Option(help="what the state is founded on")] = None,
    opinion: Annotated[str | None, typer.Option(help="of the acceptance")] = None,
    deadline: Annotated[str | None, typer.Option(help="until when, YYYY-MM-DD")] = None,
    refund: Annotated[str | None, typer.Option(help="what is to be paid back")] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Enter a project's next state."""
    given = {"to": to, "on": on, "document": document, "opinion": opinion, "deadline": deadline}
    given |= {"refund": refund, "reason": reason}
    with asking():
        asked = door()
        _say(asked.post(f"/projects/{_project(asked, which)['id']}/transitions", _given(given)), as_json)


@commands.command()
def export(
    target: Annotated[Path, typer.Argument(help="where to write it: .xlsx or .csv")],
    plan: Annotated[str, typer.Option(help="the plan's slug")] = PLAN,
) -> None:
    """Write the projects as a list that import reads back."""
    if target.suffix not in (".xlsx", ".csv"):
        raise typer.BadParameter("the file's name ends in .xlsx or .csv")
    with asking():
        target.write_bytes(door().content(f"/projects{target.suffix}", plan=plan))


def _record(which: str, step: dict[str, Any], as_json: bool) -> None:
    with asking():
        asked = door()
        _say(asked.post(f"/projects/{_project(asked, which)['id']}/record-transitions", _given(step)), as_json)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, [])}


def _project(asked: Door, which: str) -> dict[str, Any]:
    """A project by id or number."""
    try:
        return dict(asked.get(f"/projects/{UUID(which)}"))
    except ValueError:
        found = list(asked.all("/projects", project_no=which))
    if len(found) != 1:
        raise refused(f"{len(found)} projects bear the number {quote(which, safe='')}: name one by its id")
    return dict(found[0])


def _document(file: str) -> dict[str, Any]:
    if file == "-":
        found = json.loads(sys.stdin.read())
    else:
        text = Path(file).read_text(encoding="utf-8")
        found = tomllib.loads(text) if file.endswith(".toml") else json.loads(text)
    if not isinstance(found, dict):
        raise refused("a registration is one JSON object")
    return dict(json.loads(json.dumps(found, default=str)))


def _say(project: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(project, ensure_ascii=False))
        return
    tasks = "；".join(f"{share['code']} {share['weight']}%" for share in project["tasks"])
    typer.echo(f"{project['id']}  {project['project_no'] or '(no number)'}  {project['title']}")
    typer.echo(
        f"  lead {project['lead']}, {project['state']} since {project['state_on']}, record {project['record_status']}"
    )
    typer.echo(f"  tasks {tasks or '(none)'}, version {project['version']}")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
