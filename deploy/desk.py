"""`kepan audit …`: the auditor's desk from a terminal, through the front door."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.asking import asking, door

commands = typer.Typer(no_args_is_help=True, help="Exceptions over a snapshot, samples, findings, the archive")
Snapshot = Annotated[str, typer.Argument(help="the snapshot's id")]
Json = Annotated[bool, typer.Option("--json", help="print JSON alone")]


def _made_of(pattern: str, words: str) -> Callable[[str | None], str | None]:
    """Lets a value pass that the front door would take, and says of another one what is possible."""

    def checked(value: str | None) -> str | None:
        if value is not None and not re.fullmatch(pattern, value):
            raise typer.BadParameter(f"{value!r} can not be taken: it is {words}")
        return value

    return checked


JOURNALS = {"catalog": "/catalog/journal", "portfolio": "/journal"}
SEED = _made_of(
    r"[ -~]{1,200}", "1 to 200 letters, digits and signs of ASCII, as everybody types it again who draws the sample"
)
FONDS = _made_of(r"[A-Za-z0-9]{1,20}", "1 to 20 letters and digits, such as X043")
ARCHIVAL_CODE = _made_of(r"[^\x00-\x20<>]{1,100}", "1 to 100 characters without spaces, < and >, such as X043-KJ-0001")
RESPONSIBLE = _made_of(r"[^\x00-\x1f]{1,100}", "1 to 100 characters")
RETENTION = _made_of("永久|30年|10年", "永久, 30年 or 10年")
SECRECY = _made_of("公开|国内|内部|秘密|机密|绝密", "公开, 国内, 内部, 秘密, 机密 or 绝密")


@commands.command()
def exceptions(
    snapshot: Snapshot,
    check: Annotated[str | None, typer.Option(help="all rows of one check, A1 to A14")] = None,
    as_json: Json = False,
) -> None:
    """The checks A1 to A14 over what a snapshot is about."""
    with asking():
        query = {"check": check, "limit": 500} if check else {}
        found = door("auditor").get(f"/snapshots/{snapshot}/exceptions", **query)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found["checks"]:
        typer.echo(f"{one['check']} {one['title']}: {one['rows']}")
        for row in found["items"]:
            if row["check"] == one["check"]:
                name = f"{row['project_no'] or row['project'] or row['agency']} {row['title']}"
                typer.echo(f"    {name}: {'; '.join(row['details'])}")


@commands.command()
def sample(
    snapshot: Snapshot,
    size: Annotated[int, typer.Option(help="how many items, or monetary units")],
    method: Annotated[str, typer.Option(help="random, or monetary_unit")] = "monetary_unit",
    population: Annotated[str, typer.Option(help="projects, or movements")] = "projects",
    figure: Annotated[str, typer.Option(help="committed, received, disbursed or spent")] = "committed",
    seed: Annotated[str | None, typer.Option(callback=SEED, help="the published seed; one is drawn by default")] = None,
    purpose: Annotated[str | None, typer.Option(help="what it is drawn for")] = None,
    as_json: Json = False,
) -> None:
    """Draw a sample and keep it; who has the seed draws the same one again."""
    given = {"method": method, "population": population, "figure": figure, "size": size}
    given |= {name: value for name, value in (("seed", seed), ("purpose", purpose)) if value is not None}
    with asking():
        found = door("auditor").post(f"/snapshots/{snapshot}/samples", given)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"seed {found['seed']}: {found['formula']}")
    typer.echo(
        f"of {found['count']} items, {found['value']} in all; {found['apart_count']} apart, {found['apart_value']}"
    )
    for item in found["items"]:
        hits = f" ×{item['hits']}" if item["hits"] > 1 else ""
        name = f"{item['project_no'] or item['project']} {item['title']}"
        typer.echo(f"{item['place']:>4}  {item['value']:>18}{hits}  {name}")


@commands.command()
def finding(
    snapshot: Snapshot,
    title: Annotated[str, typer.Option(help="what was found, in a line")],
    text: Annotated[str, typer.Option(help="what was found")],
    severity: Annotated[str, typer.Option(help="note, low, medium or high")] = "medium",
    check: Annotated[str | None, typer.Option(help="the check that it rests on, A1 to A14")] = None,
    project: Annotated[list[str] | None, typer.Option(help="a project's id; repeated for more")] = None,
    recommendation: Annotated[str, typer.Option(help="what is to be done")] = "",
    due_on: Annotated[str | None, typer.Option(help="by when an answer is due, YYYY-MM-DD")] = None,
) -> None:
    """Enter a finding about a snapshot."""
    given: dict[str, Any] = {"title": title, "text": text, "severity": severity, "recommendation": recommendation}
    given |= {"check": check, "projects": project or [], "due_on": due_on}
    with asking():
        _show(door("auditor").post(f"/snapshots/{snapshot}/findings", given))


@commands.command()
def follow(
    snapshot: Snapshot,
    finding: Annotated[str, typer.Argument(help="the finding's id")],
    to: Annotated[str, typer.Option(help="answered, resolved, accepted_risk or open")],
    text: Annotated[str, typer.Option(help="what was done")],
    role: Annotated[str, typer.Option(help="who speaks: auditor or manager")] = "auditor",
) -> None:
    """Say what is done about a finding."""
    path = f"/snapshots/{snapshot}/findings/{finding}"
    with asking():
        asked = door(role)
        etag, _ = asked.etag(path)
        _show(asked.post(f"{path}/steps", {"to": to, "text": text}, etag=etag))


@commands.command()
def findings(
    snapshot: Snapshot,
    status: Annotated[str | None, typer.Option(help="open, answered, resolved or accepted_risk")] = None,
    as_json: Json = False,
) -> None:
    """The findings about a snapshot with what became of them."""
    with asking():
        for one in door("auditor").all(f"/snapshots/{snapshot}/findings", **({"status": status} if status else {})):
            typer.echo(json.dumps(one, ensure_ascii=False)) if as_json else _show(one)


@commands.command()
def archive(
    snapshot: Snapshot,
    file: Annotated[Path, typer.Argument(help="the XML file to write")],
    fonds: Annotated[str, typer.Option(callback=FONDS, help="全宗号")],
    archival_code: Annotated[str, typer.Option(callback=ARCHIVAL_CODE, help="档号")],
    responsible: Annotated[str, typer.Option(callback=RESPONSIBLE, help="责任者")],
    retention: Annotated[str, typer.Option(callback=RETENTION, help="保管期限：永久、30年、10年")] = "永久",
    secrecy: Annotated[str, typer.Option(callback=SECRECY, help="密级")] = "内部",
) -> None:
    """Write the metadata with which a package is handed over to an archive (DA/T 46-2009)."""
    shelf = {"fonds": fonds, "archival_code": archival_code, "responsible": responsible}
    shelf |= {"retention": retention, "secrecy": secrecy}
    with asking():
        file.write_bytes(door("auditor").content(f"/snapshots/{snapshot}/archive.xml", **shelf))
    typer.echo(f"written to {file}")


def _show(one: Any) -> None:
    due = f", answer due {one['due_on']}" if one["due_on"] else ""
    typer.echo(f"{one['id']}  {one['severity']}  {one['status']}{due}  {one['title']}")
    for step in one["steps"]:
        typer.echo(f"    {step['at']} {step['by']} ({step['role']}): {step['to']}: {step['text']}")


@commands.command("journals")
def compare_journals(as_json: Json = False) -> None:
    """Compare the services' tables with the journals that they follow from; 2 where a row is not what they say."""
    with asking():
        asked = door("auditor")
        found = {name: asked.get(f"{path}/check") for name, path in JOURNALS.items()}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        for name, one in found.items():
            typer.echo(f"{name}: {one['rows']} rows, {one['entries']} entries: {'all agree' if one['holds'] else 'NO'}")
            for row in one["differing"]:
                of = f" (entry {row['position']})" if row["position"] else ""
                typer.echo(f"    {row['kind']} {row['id']} differs at {row['pointer'] or '/'}{of}")
    if not all(one["holds"] for one in found.values()):
        raise typer.Exit(2)
