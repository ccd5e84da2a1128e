"""Packages of invented journals, made without server or database, and what a forger may do to them."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import rfc8785

from services.reporting.contract import Thresholds
from services.reporting.package.bag import manifest
from services.reporting.package.catalog import Catalog
from services.reporting.package.describing import SOFTWARE, data_package
from services.reporting.package.entries import Entries, Scope
from services.reporting.package.figuring import About, Figuring
from services.reporting.package.parameters import FORMAT
from services.reporting.package.verifying import Trust, verify
from services.reporting.package.writing import ACCESS_LOG, Order, Packed, spooled, write_package
from services.reporting.rules.heads import Head, filters
from services.reporting.rules.tally import stale_since
from services.shared import merkle
from services.shared.accesschain import chain_hash
from services.shared.journal import Entry
from services.shared.notes import Checkpoint, NoteSigner, signed
from services.shared.text import moment_text

DAY = date(2018, 6, 30)
LOGS = {
    "catalog": NoteSigner("kepan/catalog/invented", bytes([1]) * 32),
    "portfolio": NoteSigner("kepan/portfolio/invented", bytes([2]) * 32),
}
SIGNER = NoteSigner("kepan/snapshots/invented", bytes([3]) * 32)


@dataclass
class Making:
    """How a package is made."""

    scope: Scope = field(default_factory=lambda: Scope("small"))
    as_of: date = DAY
    edition: int = 1
    previous: Packed | None = None
    before: dict[str, int] | None = None
    """Positions of the previous one."""
    signers: tuple[NoteSigner, ...] = (SIGNER,)
    tsa_url: str | None = None
    access_log: Sequence[dict[str, Any]] = ()


def access_entries(number: int, first: int = 5) -> list[dict[str, Any]]:
    """So many entries of an access log from a position on, as the gateway answers them."""
    found: list[dict[str, Any]] = []
    for position in range(first, first + number):
        previous = found[-1]["hash"] if found else "11" * 32
        entry = {"position": position, "at": f"2019-01-01T00:00:{position:02}.000000Z", "request_id": f"r-{position}"}
        entry |= {"subject": "clerk@demo", "role": "staff", "agency": None, "kind": "read", "method": "GET"}
        entry |= {"path": "/api/v1/projects", "status": 200, "detail": {"from": "::1"}, "previous_hash": previous}
        found.append(entry | {"hash": chain_hash(entry).hex()})
    return found


def made(folder: Path, catalog: Sequence[Entry], portfolio: Sequence[Entry], how: Making | None = None) -> Packed:
    """A package of two journals."""
    how = how or Making()
    (folder / "reports").mkdir(parents=True)
    journals = {"catalog": catalog, "portfolio": portfolio}
    for name, entries in journals.items():
        (folder / f"{name}.bodies").write_text("".join(f"{one.body}\n" for one in entries), encoding="utf-8")
        moments = [moment_text(one.recorded_at) + "\n" for one in entries]
        (folder / f"{name}.moments").write_text("".join(moments), encoding="ascii")
        (folder / f"{name}.checkpoint").write_text(checkpoint(name, entries), encoding="utf-8")
        if how.before is not None:
            (folder / f"{name}.consistency").write_text(consistency(entries, how.before[name]), encoding="utf-8")
    (folder / "signers").write_text("".join(f"{signer.written()}\n" for signer in how.signers))
    (folder / "log-keys").write_text("".join(f"{signer.verifier}\n" for signer in LOGS.values()))
    about = {
        "format": FORMAT,
        "plan": "small",
        "edition": how.edition,
        "as_of": how.as_of.isoformat(),
        "recorded_at": max(one.recorded_at for one in (*catalog, *portfolio)).isoformat().replace("+00:00", "Z"),
        "positions": {name: len(entries) for name, entries in journals.items()},
        "scope": {"agency": how.scope.agency, "district": how.scope.district},
        "previous": None,
        "reports": ["coverage", "gaps", "indicators", "summary"],
        "access_log": None,
    }
    if how.access_log:
        ends = {"first": how.access_log[0]["position"], "last": how.access_log[-1]["position"]}
        about["access_log"] = {"since": "2019-01-01T00:00:00Z", "until": "2019-02-01T00:00:00Z"} | ends
        lines = b"".join(rfc8785.dumps(entry) + b"\n" for entry in how.access_log)
        (folder / ACCESS_LOG).write_bytes(lines)
    if how.previous is not None:
        about["previous"] = {"tagmanifest_sha256": how.previous.tagmanifest_sha256, "positions": how.before}
    write_reports(folder, about, how)
    order = Order(folder, "kepan-small", "小计划：快照", about, SOFTWARE, folder / "signers", folder / "log-keys")
    order = replace(order, tsa_url=how.tsa_url)
    return write_package(order)


def write_reports(folder: Path, about: dict[str, Any], how: Making) -> None:
    """Write the reports of a package into the folder of its order."""
    for name, report in figured(folder, about, how).items():
        text = json.dumps(report, ensure_ascii=False) + "\n"
        (folder / "reports" / f"{name}.json").write_text(text, encoding="utf-8")


def figured(folder: Path, about: dict[str, Any], how: Making) -> dict[str, Any]:
    """The reports of a package, as its journals tell them."""
    journals = {name: spooled(folder, name) for name in LOGS}
    moment = datetime.fromisoformat(about["recorded_at"])
    since = moment_text(stale_since(moment, Thresholds().stale_months))
    with journals["portfolio"].moments.open(encoding="ascii") as moments:
        stale_until = sum(one.rstrip() <= since for one in moments)
    catalog = Catalog.told(how.scope.plan, (body for _, _, body in journals["catalog"].lines()))
    figuring = Figuring(catalog, About(how.scope, how.edition, how.as_of, stale_until))
    entries = Entries(folder / "portfolio.bodies", Path(tempfile.mkdtemp(dir=folder)) / "index")
    for entry in journals["portfolio"].lines():
        entries.add(*entry)
    for told in entries.projects(how.scope):
        figuring.add(told)
    entries.close()
    head = Head(how.as_of, moment, about["positions"], filters("all", how.scope.agency, how.scope.district))
    return figuring.reports(head, entries.agencies)


def _nodes(entries: Sequence[Entry]) -> dict[merkle.Node, bytes]:
    leaves = [merkle.leaf_hash(one.body.encode()) for one in entries]
    above = {(level, place): hash for level, place, hash in merkle.grown(0, [], leaves)}
    return above | {(0, place): leaf for place, leaf in enumerate(leaves)}


def checkpoint(name: str, entries: Sequence[Entry]) -> str:
    """The checkpoint that a log signs over entries."""
    root = merkle.root(_nodes(entries), len(entries))
    return signed(Checkpoint(LOGS[name].verifier.name, len(entries), root).text(), [LOGS[name]])


def consistency(entries: Sequence[Entry], old: int) -> str:
    """The proof that entries begin with the first ones, as the interface gives it."""
    nodes = _nodes(entries)
    proof = {
        "old_size": old,
        "new_size": len(entries),
        "old_root": merkle.root(nodes, old).hex(),
        "new_root": merkle.root(nodes, len(entries)).hex(),
        "hashes": [merkle.hash_of(nodes, span).hex() for span in merkle.consistency_spans(old, len(entries))],
    }
    return json.dumps(proof) + "\n"


def unpacked(package: Path, folder: Path) -> Path:
    """The bag of a package."""
    with zipfile.ZipFile(package) as file:
        file.extractall(folder)
    (bag,) = folder.iterdir()
    return bag


def problems(package: Path, trust: Trust | None = None) -> list[str]:
    """Everything that a verification finds wrong."""
    return [problem for check in verify(package, trust or Trust()) for problem in check.problems]


def signed_anew(bag: Path, signer: NoteSigner = SIGNER) -> None:
    """What somebody with the snapshots' key can do: every hash and the signature made anew over changed files."""
    data = bag / "data"
    described = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    files = {file.relative_to(data).as_posix(): file for file in sorted(data.rglob("*")) if file.is_file()}
    payload = {
        path: (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size)
        for path, file in files.items()
        if path != "datapackage.json"
    }
    content = data_package(described["name"], described["title"], described["kepan"], payload)
    (data / "datapackage.json").write_bytes(content)
    payload["datapackage.json"] = hashlib.sha256(content).hexdigest(), len(content)
    (bag / "manifest-sha256.txt").write_bytes(
        manifest((f"data/{path}", digest) for path, (digest, _) in payload.items())
    )
    info = (bag / "bag-info.txt").read_text(encoding="utf-8").splitlines()
    oxum = f"Payload-Oxum: {sum(size for _, size in payload.values())}.{len(payload)}"
    lines = [oxum if line.startswith("Payload-Oxum") else line for line in info]
    (bag / "bag-info.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    tags = [
        file
        for file in sorted(bag.rglob("*"))
        if file.is_file() and file.relative_to(bag).parts[0] not in ("data", "signatures", "tagmanifest-sha256.txt")
    ]
    listed = ((file.relative_to(bag).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()) for file in tags)
    (bag / "tagmanifest-sha256.txt").write_bytes(manifest(listed))
    (bag / "signatures/tagmanifest.ed25519").write_bytes(
        signer.signature((bag / "tagmanifest-sha256.txt").read_bytes())
    )
