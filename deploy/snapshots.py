"""`kepan snapshot …` and `kepan verify`: packages of evidence taken through the front door, and judged without it."""

import csv
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy import keys, parquet
from deploy.asking import PLAN, address, asking, door, refused
from deploy.printing import brief, narrowed
from deploy.seed import Door
from services.reporting.package.bagcheck import described
from services.reporting.package.personcheck import COLUMNS, Hashes
from services.reporting.package.reading import NoPackage, opened
from services.reporting.package.verifying import Check, Trust, verify

commands = typer.Typer(no_args_is_help=True, help="Snapshots: packages that an auditor takes away and verifies alone")
POLL_SECONDS = 0.5
ATTEMPTS = 5
"""How often a download that breaks off is gone on with."""
Json = Annotated[bool, typer.Option("--json", help="print JSON alone")]
FAILED, NOTHING_LEARNED = 2, 1
"""What `kepan verify` ends with: something is wrong with the package, or it could not be looked at."""


@commands.command()
def take(
    plan: Annotated[str, typer.Option(help="the plan's slug")] = PLAN,
    as_of: Annotated[str | None, typer.Option(help="business date YYYY-MM-DD; today by default")] = None,
    recorded_at: Annotated[str | None, typer.Option(help="what was known at that moment; now by default")] = None,
    edition: Annotated[int | None, typer.Option(help="the edition that its reports are stated in")] = None,
    agency: Annotated[str | None, typer.Option(help="only projects led by this agency, scheme:value")] = None,
    district: Annotated[str | None, typer.Option(help="only projects led by agencies of this district")] = None,
    previous: Annotated[str | None, typer.Option(help="the snapshot that it follows: its id, or `last`")] = None,
    access_log_since: Annotated[
        str | None, typer.Option(help="enclose the access log from this moment on, up to now")
    ] = None,
    access_log_until: Annotated[str | None, typer.Option(help="…or up to this moment")] = None,
    file: Annotated[Path | None, typer.Option(help="fetch the package into this file")] = None,
    as_json: Json = False,
) -> None:
    """Take a snapshot and wait until its package stands."""
    wanted: dict[str, Any] = {"plan": plan, "scope": {"agency": agency, "district": district}}
    wanted |= {
        name: value
        for name, value in (("as_of", as_of), ("recorded_at", recorded_at), ("edition", edition))
        if value is not None
    }
    if access_log_since is not None:
        wanted["access_log"] = {"since": access_log_since, "until": access_log_until}
    elif access_log_until is not None:
        raise refused("--access-log-until goes with --access-log-since")
    with asking():
        asked = door("auditor")
        if previous is not None:
            wanted["previous"] = _last(asked, plan, wanted["scope"]) if previous == "last" else previous
        snapshot = _waited(asked, asked.post("/snapshots", wanted), quiet=as_json)
        if file is not None:
            _fetch(asked, snapshot, file)
    typer.echo(json.dumps(snapshot, ensure_ascii=False)) if as_json else _show(snapshot, file)


@commands.command("list")
def listed(
    plan: Annotated[str | None, typer.Option(help="only those of this plan")] = None, as_json: Json = False
) -> None:
    """The snapshots, the latest first."""
    with asking():
        for snapshot in door("auditor").all("/snapshots", **({"plan": plan} if plan else {})):
            typer.echo(json.dumps(snapshot, ensure_ascii=False)) if as_json else _show(snapshot, None)


@commands.command()
def fetch(
    id: Annotated[str, typer.Argument(help="the snapshot's id")],
    file: Annotated[Path, typer.Argument(help="where to write it; a download that broke off is gone on with")],
) -> None:
    """Fetch a snapshot's package."""
    with asking():
        asked = door("auditor")
        snapshot = asked.get(f"/snapshots/{id}")
        _fetch(asked, snapshot, file)
    _show(snapshot, file)


@commands.command()
def persons(
    package: Annotated[Path, typer.Argument(help="the package whose hashes the values stand behind")],
    file: Annotated[Path, typer.Argument(help="write the values here (.csv); keep it apart, and erase it in the end")],
    reason: Annotated[str, typer.Option(help="why they are to be seen; the access log keeps it")],
) -> None:
    """Fetch phones and e-mails in clear for the persons of a package, each with the salt that proves it. Values that
    were erased or replaced since are not there any more."""
    with asking():
        try:
            with opened(package) as bag:
                found, left = _written(door("auditor"), bag, file, reason)
        except (NoPackage, OSError, ValueError, KeyError) as error:
            raise refused(f"{package} can not be read: {error}") from None
    typer.echo(f"{found} values written to {file}, {left} are not to be had any more")
    typer.echo(f"prove them with: kepan verify {package} --persons {file}")


@commands.command("keys")
def fetch_keys(
    folder: Annotated[Path, typer.Argument(help="the folder to write to, made where there is none")],
    url: Annotated[
        str | None, typer.Option(help="the gateway; by default KEPAN_URL, or that of this home's run")
    ] = None,
) -> None:
    """Fetch the keys that packages and checkpoints are verified with: signer.pem, those before it, log-keys.txt. No
    token is needed. What is there already is not replaced."""
    with asking():
        answer = httpx.get(f"{url or address()}/api/v1/keys", timeout=60, trust_env=False).raise_for_status()
        files = keys.published_files(answer.text)
        for name, text in files.items():
            if (folder / name).exists() and (folder / name).read_text(encoding="utf-8") != text:
                raise refused(f"{folder / name} is there and holds something else: fetch into another folder, compare")
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            typer.echo(folder / name)
    typer.echo("compare them with somebody who has them from elsewhere: nobody vouches for himself")


def _written(asked: Door, bag: Path, file: Path, reason: str) -> tuple[int, int]:
    """Write the values that stand behind hashes of a package; how many, and of how many there is the hash alone."""
    plan, hashes, found = described(bag)["kepan"]["plan"], Hashes(bag), 0
    part = file.with_name(f"{file.name}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(COLUMNS)
            for one in asked.all("/personal-values", plan=plan, reason=reason):
                key = one["project"], one["role"], one["field"]
                if hashes.of(key) == one["hash"]:
                    writer.writerow([one[name] for name in COLUMNS])
                    found += 1
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)  # half a file of personal values helps nobody
    hashes.end()
    return found, hashes.passed


def judge(
    package: Annotated[Path, typer.Argument(help="a package: .zip, .tar, or the folder that it was unpacked to")],
    key: Annotated[Path | None, typer.Option(help="the signer's public key (PEM), got by another way")] = None,
    previous: Annotated[Path | None, typer.Option(help="an earlier package, whose journals are to begin it")] = None,
    log_keys: Annotated[
        Path | None, typer.Option(help="the verifiers of the journals' checkpoints, got by another way")
    ] = None,
    tsa: Annotated[
        Path | None, typer.Option(help="the certificates (PEM) of the time-stamping authority, got by another way")
    ] = None,
    persons: Annotated[
        Path | None, typer.Option(help="personal values, as `kepan snapshot persons` wrote them beside the package")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify a package without server or database: 0 where everything holds, 2 where something is wrong, 1 where it
    could not be looked at."""
    found: list[Check] = []
    try:
        keys.refuse_json(key, log_keys)
        for check in verify(package, Trust(key, log_keys, previous, tsa, persons)):
            found.append(check)
            if not as_json:
                _say(check)
    except (NoPackage, keys.KeysAsJson, OSError) as error:
        typer.echo(f"kepan: {error}", err=True)
        raise typer.Exit(NOTHING_LEARNED) from None
    holds = all(check.holds for check in found)
    if as_json:
        checks = [
            {"check": check.title, "holds": check.holds, "problems": check.problems, "remarks": check.remarks}
            for check in found
        ]
        typer.echo(json.dumps({"holds": holds, "checks": checks}, ensure_ascii=False))
    else:
        typer.echo("everything holds" if holds else "the package does NOT hold: see what is marked ✗ above")
    raise typer.Exit(0 if holds else FAILED)


def _say(check: Check) -> None:
    typer.echo(f"{'✓' if check.holds else '✗'} {check.title}")
    for problem in check.problems:
        typer.echo(f"    {problem}")
    if check.more:
        typer.echo(f"    … and {check.more} more")
    for remark in check.remarks:
        typer.echo(f"  · {remark}")


def _last(asked: Door, plan: str, scope: Any) -> str:
    """The latest snapshot of a plan and a scope that has a package."""
    for snapshot in asked.all("/snapshots", plan=plan):
        if snapshot["status"] == "ready" and snapshot["scope"] == scope:
            return str(snapshot["id"])
    raise refused(f"no snapshot of {plan} in this scope has a package yet: leave --previous out, or name one by its id")


def _waited(asked: Door, snapshot: Any, quiet: bool) -> Any:
    """The snapshot once its package stands."""
    said = ""
    while snapshot["status"] in ("queued", "running"):
        progress = snapshot["progress"]
        of = f" {progress['done']} of {progress['total']}" if progress["total"] else ""
        line = f"{progress['stage']}{of}"
        if line != said and not quiet:
            typer.echo(line)
        said = line
        time.sleep(POLL_SECONDS)
        snapshot = asked.get(f"/snapshots/{snapshot['id']}")
    if snapshot["status"] == "failed":
        raise refused(f"the snapshot was not made: {snapshot['error']['code']}: {snapshot['error']['detail']}")
    return snapshot


def _fetch(asked: Door, snapshot: Any, file: Path) -> None:
    """Download a package: what is there already is kept, the whole is checked against its SHA-256."""
    if snapshot["status"] != "ready":
        raise refused(f"the snapshot is {snapshot['status']}: its package stands once it is ready")
    package, part = snapshot["package"], file.with_name(f"{file.name}.part")
    for attempt in range(ATTEMPTS):
        try:
            _go_on(asked, f"/snapshots/{snapshot['id']}/package", package, part)
            break
        except httpx.TransportError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(POLL_SECONDS)
    with part.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != package["sha256"]:
        part.unlink()
        raise refused(f"what came is not the package ({digest}, not {package['sha256']}): fetch it again")
    part.replace(file)


def _go_on(asked: Door, path: str, package: Any, part: Path) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have >= package["bytes"]:
        return
    headers = {"Range": f"bytes={have}-", "If-Range": f'"{package["sha256"]}"'} if have else {}
    with asked.stream(path, **headers) as answer, part.open("ab" if answer.status_code == 206 else "wb") as target:
        for chunk in answer.iter_bytes():
            target.write(chunk)


def _show(snapshot: Any, file: Path | None) -> None:
    positions, package = snapshot["positions"], snapshot["package"]
    about = f"{snapshot['plan']} edition {snapshot['edition']}, as of {snapshot['as_of']}"
    typer.echo(f"{snapshot['id']}  {snapshot['status']}  {about}, {narrowed(snapshot['scope'])}")
    typer.echo(f"  known up to catalog {positions['catalog']}, portfolio {positions['portfolio']}")
    if package:
        typer.echo(f"  {package['name']}, {package['bytes']} bytes, sha256 {package['sha256']}")
    if file is not None:
        typer.echo(f"  written to {file}; verify it with: kepan verify {file} --key PUBLIC_KEY.pem")


@commands.command()
def diff(
    earlier: Annotated[str, typer.Argument(help="a snapshot's id, or positions CATALOG-PORTFOLIO")],
    later: Annotated[str, typer.Argument(help="the same of the later one")],
    plan: Annotated[str, typer.Option(help="the plan's slug, between positions")] = PLAN,
    as_of: Annotated[str | None, typer.Option(help="business date, between positions; today by default")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="write this file")] = None,
    pdf: Annotated[Path | None, typer.Option(help="write this file")] = None,
    csv: Annotated[Path | None, typer.Option(help="write this file")] = None,
    as_json: Json = False,
) -> None:
    """What changed between two snapshots, or two positions: records, money, coverage, gaps, and the entries."""
    between_snapshots = "-" in earlier and len(earlier) == len(later) == UUID_LENGTH
    path = f"/snapshots/{earlier}/diff/{later}" if between_snapshots else "/reports/diff"
    query = {} if between_snapshots else {"plan": plan, "from": earlier, "to": later}
    query |= {"as_of": as_of} if as_of and not between_snapshots else {}
    files = {name: file for name, file in (("xlsx", xlsx), ("pdf", pdf), ("csv", csv)) if file is not None}
    with asking():
        asked = door("auditor")
        for name, file in files.items():
            file.write_bytes(asked.content(f"{path}.{name}", **query))
        if not files:
            _show_diff(_whole_diff(asked, path, query), as_json)


UUID_LENGTH = 36


def _whole_diff(asked: Door, path: str, query: dict[str, str]) -> Any:
    """All pages of a diff as one."""
    whole = page = asked.get(path, limit=500, **query)
    while page["next"]:
        page = asked.get(path, limit=500, cursor=page["next"], **query)
        whole["projects"] += page["projects"]
    return whole | {"next": None}


def _show_diff(found: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for word, side in (("from", found["before"]), ("to", found["after"])):
        positions = side["positions"]
        known = f"catalog {positions['catalog']}, portfolio {positions['portfolio']}"
        typer.echo(f"{word} {known}, as of {side['as_of']}, known at {side['recorded_at'] or '—'}")
    typer.echo(f"both in edition {found['edition']}, {narrowed(found['filters'])}")
    for note in found["notes"]:
        typer.echo(f"  · {note['detail']}")
    before, after = found["totals"]["before"], found["totals"]["after"]
    if not (before != after or found["items"] or found["projects"] or found["catalog"]["targets"]):
        typer.echo("nothing differs")
    for name in before:
        if before[name] != after[name]:
            typer.echo(f"  {name}: {before[name]} → {after[name]}")
    for item in found["items"]:
        was, now = item["before"], item["after"]
        changed = ", ".join(f"{name} {was[name]} → {now[name]}" for name in was if was[name] != now[name])
        typer.echo(f"  {item['code']} {item['title']}: {changed}")
    for target in found["catalog"]["targets"]:
        typer.echo(f"  target of {target['node']}: {target['before']} → {target['after']}, {target['source_document']}")
    for one in found["projects"]:
        entries = ", ".join(str(entry["position"]) for entry in one["entries"])
        typer.echo(f"{one['change']} {one['project_no'] or one['project']} {one['title']} (entries {entries})")
        for field in one["fields"]:
            typer.echo(f"    {field['pointer']}: {brief(field['before'])} → {brief(field['after'])}")
        moved = ", ".join(f"{name} {amount}" for name, amount in one["moved"].items() if amount != "0.00")
        if moved:
            typer.echo(f"    moved: {moved}")


@commands.command("parquet")
def as_parquet(
    package: Annotated[Path, typer.Argument(help="a package: .zip, .tar, or the folder that it was unpacked to")],
    folder: Annotated[Path, typer.Argument(help="where to write the tables")],
) -> None:
    """Write the tables of a package as Parquet, to compute with; verify the package first."""
    try:
        for file, rows in parquet.written(package, folder):
            typer.echo(f"{file}: {rows} rows")
    except (NoPackage, parquet.NoDuckdb, OSError) as error:
        raise refused(str(error)) from None


@commands.command()
def schedule(
    every: Annotated[str, typer.Argument(help="month_end, quarter_end or year_end")],
    plan: Annotated[str, typer.Option(help="the plan's slug")] = PLAN,
    since: Annotated[str | None, typer.Option(help="make up for the ends from this day on; today by default")] = None,
    agency: Annotated[str | None, typer.Option(help="only projects led by this agency, scheme:value")] = None,
    district: Annotated[str | None, typer.Option(help="only projects led by agencies of this district")] = None,
) -> None:
    """Let snapshots be taken by themselves at the ends of periods."""
    given = {"plan": plan, "every": every, "since": since, "scope": {"agency": agency, "district": district}}
    with asking():
        _show_schedule(door("auditor").post("/snapshots/schedules", given))


@commands.command()
def schedules() -> None:
    """The schedules by which snapshots are taken."""
    with asking():
        for one in door("auditor").all("/snapshots/schedules"):
            _show_schedule(one)


@commands.command()
def unschedule(id: Annotated[str, typer.Argument(help="the schedule's id")]) -> None:
    """Take no more snapshots by a schedule; those that were taken stay."""
    path = f"/snapshots/schedules/{id}"
    with asking():
        asked = door("auditor")
        etag, found = asked.etag(path)
        if found is None:
            raise refused(f"there is no schedule {id}: kepan snapshot schedules lists them")
        asked.delete(path, etag)
    typer.echo(f"no more snapshots are taken by {id}")


def _show_schedule(one: Any) -> None:
    about = f"{one['plan']}, {narrowed(one['scope'])}"
    typer.echo(f"{one['id']}  {one['every']} since {one['since']}  {about}; last {one['last'] or 'none'}")
