"""Verifying a package without server or database: each check in turn, and what it found."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from services.reporting.contract import Thresholds
from services.reporting.package import bagcheck, describing, journalcheck
from services.reporting.package.accesscheck import check_access_log, check_against
from services.reporting.package.bag import PAYLOAD, TAG_MANIFEST
from services.reporting.package.bagcheck import verifiers_of
from services.reporting.package.catalog import Catalog
from services.reporting.package.checks import Check
from services.reporting.package.entries import Entries, Scope, Told
from services.reporting.package.figuring import About, Figuring
from services.reporting.package.journalcheck import JournalRead
from services.reporting.package.parameters import REPORTS
from services.reporting.package.personcheck import check_persons
from services.reporting.package.reading import NoPackage, digest_of, opened
from services.reporting.package.tablecheck import KeyCheck, check_tables
from services.reporting.package.tables import write_tables
from services.reporting.rules.heads import Head, filters
from services.reporting.rules.lines import ALL_LEVELS
from services.reporting.rules.tally import stale_since
from services.shared.notes import NoteVerifier, verifiers_in
from services.shared.timestamps import certificates_in

T = TypeVar("T")
UNREADABLE = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, ArithmeticError, OSError),
    *(RecursionError, csv.Error),
)
"""What reading something that is not what it says may raise."""


@dataclass
class Trust:
    """What the auditor holds from elsewhere."""

    key: Path | None = None
    """The signer's public keys, PEM: where his key changed, those before it as well."""
    log_keys: Path | None = None
    """The verifiers of the journals' checkpoints."""
    previous: Path | None = None
    """An earlier package."""
    tsa: Path | None = None
    """The certificates of the time-stamping authority, PEM."""
    persons: Path | None = None
    """Personal values that were taken beside the package."""


@dataclass
class Held:
    """The same, read."""

    signers: list[NoteVerifier]
    log_keys: list[NoteVerifier] | None
    authority: bytes | None

    @classmethod
    def read(cls, trust: Trust) -> "Held":
        """What the files say; NoPackage where one can not be read, as nothing is known of the package then."""
        return cls(
            signers=_read_as("public key", trust.key, verifiers_of) or [],
            log_keys=_read_as("verifier of checkpoints", trust.log_keys, lambda text: verifiers_in(text.decode())),
            authority=_read_as("certificate", trust.tsa, certificates_in),
        )


def _read_as(what: str, file: Path | None, read: Callable[[bytes], T]) -> T | None:
    if file is None:
        return None
    try:
        found = read(file.read_bytes())
    except (OSError, ValueError) as error:
        raise NoPackage(f"{file} can not be read: {error}") from None
    if not found:
        raise NoPackage(f"{file} holds no {what}")
    return found


@dataclass
class Verification:
    """The state of a verification."""

    bag: Path
    held: Held
    previous: Path | None
    work: Path
    package: Mapping[str, Any] = field(default_factory=dict)
    reads: dict[str, JournalRead] = field(default_factory=dict)

    @property
    def about(self) -> Mapping[str, Any]:
        """The parameters that the package states."""
        found: Mapping[str, Any] = self.package["kepan"]
        return found


def verify(package: Path, trust: Trust) -> Iterator[Check]:
    """The checks of a package, each as soon as it is done; NoPackage where there is nothing to check."""
    with ExitStack() as stack:
        held = Held.read(trust)
        bag = stack.enter_context(opened(package))
        previous = stack.enter_context(opened(trust.previous)) if trust.previous else None
        work = Path(stack.enter_context(TemporaryDirectory(prefix="kepan-replay-")))
        run = Verification(bag, held, previous, work)
        yield bagcheck.check_files(bag)
        if not bagcheck.is_bag(bag):
            return
        yield bagcheck.check_signature(bag, held.signers)
        stamp = bagcheck.check_timestamp(bag, held.authority)
        if stamp is not None:
            yield stamp
        try:
            run.package = bagcheck.described(bag)
        except ValueError as error:
            yield Check("data package", [str(error)])
            return
        yield bagcheck.check_description(bag, run.package)
        extract = _access_log(bag, run.about)
        if extract is not None:
            yield extract
        entries = Entries(bag / PAYLOAD / describing.entries_path("portfolio"), work / "index")
        stack.callback(entries.close)
        journals = _journals(run, entries)
        yield journals
        if run.previous is not None:
            yield _previous(run, run.previous)
        if journals.holds:
            yield from _replay(run, entries)
        yield KeyCheck(bag, work / "keys").check()
        if trust.persons is not None:
            yield _persons(bag, trust.persons)


def _access_log(bag: Path, about: Mapping[str, Any]) -> Check | None:
    try:
        return check_access_log(bag, about)
    except UNREADABLE as error:
        return Check("access log", [f"it can not be read: {error!r}"])


def _persons(bag: Path, values: Path) -> Check:
    try:
        return check_persons(bag, values)
    except UNREADABLE as error:
        return Check("personal values", [f"they can not be held against the package: {error}"])


def _journals(run: Verification, entries: Entries) -> Check:
    check = Check("journals")
    try:
        for name in describing.JOURNALS:
            sizes = [one for one in (_size_before(run, name), _proved_from(run, name)) if one is not None]
            read = journalcheck.read_journal(run.bag, name, check, entries if name == "portfolio" else None, sizes)
            run.reads[name] = read
            journalcheck.check_checkpoint(run.bag, read, check, run.held.log_keys)
            journalcheck.check_proof(run.bag, read, check)
            if read.included < read.size:
                check.remarks.append(f"{read.size - read.included} entries of {name} are given as hashes alone")
        journalcheck.check_moments(run.reads, run.about, check)
    except UNREADABLE as error:
        check.wrong(f"the journals can not be read: {error!r}")
    if run.held.log_keys is None:
        check.remarks.append("checkpoints checked against the enclosed keys; give --log-keys to confirm the logs")
    return check


def _size_before(run: Verification, name: str) -> int | None:
    """The size of a journal in the previous package, where one was given that can be read."""
    if run.previous is None:
        return None
    try:
        return journalcheck.checkpoint_in(run.previous, name).size
    except (OSError, ValueError):
        return None  # the check of the previous package names it


def _proved_from(run: Verification, name: str) -> int | None:
    """The size that the enclosed proof starts from."""
    before = run.about["previous"]
    return None if before is None else int(before["positions"][name])


def _previous(run: Verification, previous: Path) -> Check:
    files = bagcheck.check_files(previous)
    if not bagcheck.is_bag(previous):
        return Check("previous snapshot", [f"previous package: {problem}" for problem in files.problems])
    check = journalcheck.check_previous(run.bag, previous, run.reads)
    for own in (files, bagcheck.check_signature(previous, run.held.signers)):
        check.all_wrong(f"previous package: {problem}" for problem in own.problems)
    stated = bagcheck.bag_info(run.bag).get("Previous-Snapshot")
    has = digest_of(previous / TAG_MANIFEST) if (previous / TAG_MANIFEST).is_file() else None
    if stated is None:
        check.remarks.append("the package names no previous snapshot; its journals were compared all the same")
    elif stated != has:
        check.remarks.append(f"the package names another predecessor, {stated}; this one's journals begin it as well")
    try:
        check.all_wrong(check_against(run.bag, previous))
    except UNREADABLE as error:
        check.wrong(f"the access logs can not be compared: {error!r}")
    return check


def _replay(run: Verification, entries: Entries) -> Iterator[Check]:
    """Tables and reports made anew from the entries."""
    tables, reports = Check("tables against the journals"), Check("reports against the journals")
    try:
        scope = Scope(run.about["plan"], run.about["scope"]["agency"], run.about["scope"]["district"])
        catalog_entries = run.bag / PAYLOAD / describing.entries_path("catalog")
        with catalog_entries.open("rb") as lines:
            catalog = Catalog.told(scope.plan, (line[:-1] for line in lines))
        figuring = Figuring(catalog, _about(run, scope))
        made = run.work / "tables"
        made.mkdir()
        withheld: list[str] = []
        write_tables(made, catalog, entries.agencies, _figured(figuring, entries.projects(scope), withheld))
        tables = check_tables(run.bag, made)
        tables.all_wrong(withheld)
        in_scope = sum(1 for _ in entries.positions(scope))
        if in_scope != run.reads["portfolio"].included:
            outside = run.reads["portfolio"].included - in_scope
            tables.wrong(f"{outside} entries of the portfolio are given whole that are not of the scope")
        expected = figuring.reports(_head(run.about, figuring), entries.agencies)
    except UNREADABLE as error:
        tables.wrong(f"the journals can not be replayed: {error!r}")
        yield tables
        return
    yield tables
    for name in REPORTS[run.about["format"]]:
        reports.all_wrong(_report_problems(run.bag / PAYLOAD / describing.report_path(name), name, expected))
    yield reports


def _figured(figuring: Figuring, projects: Iterator[Told], withheld: list[str]) -> Iterator[Told]:
    """The projects, added up; `withheld` is told of those of which an entry is not given, or does not follow."""
    for told in projects:
        withheld += [
            f"portfolio position {position} changes another record of project {told.id} than the entry before it left"
            for position in told.broken
        ]
        if told.serials and sorted(told.serials) != list(range(1, len(told.serials) + 1)):
            missing = sorted(set(range(1, max(told.serials))) - set(told.serials))
            withheld.append(f"of project {told.id} entries are withheld, or given twice: missing are its {missing}")
        figuring.add(told)
        yield told


def _about(run: Verification, scope: Scope) -> About:
    stated = run.about["recorded_at"]
    since = stale_since(datetime.fromisoformat(stated), Thresholds().stale_months) if stated else None
    stale_until = journalcheck.position_at(run.bag, "portfolio", since) if since else 0
    return About(scope, run.about["edition"], date.fromisoformat(run.about["as_of"]), stale_until)


def _head(about: Mapping[str, Any], figuring: Figuring) -> Head:
    recorded = about["recorded_at"]
    narrowed = filters(ALL_LEVELS, about["scope"]["agency"], about["scope"]["district"])
    moment = datetime.fromisoformat(recorded) if recorded else None
    return Head(figuring.about.as_of, moment, about["positions"], narrowed)


def _report_problems(file: Path, name: str, expected: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if name not in expected:
        yield f"{file.name} is a report that can not be made from the journals"
        return
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        given = given | {"notes": [_without_origin(note) for note in given["notes"]]}
    except UNREADABLE as error:
        yield f"{file.name} can not be read: {error!r}"
        return
    wanted = json.loads(json.dumps(expected[name]))
    wanted["notes"] = [_without_origin(note) for note in wanted["notes"]]
    for pointer, has, wants in _differences("", given, wanted):
        yield f"{file.name} says {has!r} at {pointer}, the journals say {wants!r}"


def _without_origin(note: Mapping[str, Any]) -> Mapping[str, Any]:
    """A note as it is compared: what a report was read from is no figure."""
    return {"code": note["code"]} if note["code"] == "answered_from" else note


def _differences(pointer: str, given: Any, wanted: Any) -> Iterator[tuple[str, Any, Any]]:
    """Where two JSON values differ: pointer, and both values."""
    if isinstance(given, dict) and isinstance(wanted, dict):
        for name in sorted(given.keys() | wanted.keys()):
            yield from _differences(f"{pointer}/{name}", given.get(name, "(nothing)"), wanted.get(name, "(nothing)"))
    elif isinstance(given, list) and isinstance(wanted, list) and len(given) == len(wanted):
        for place, (has, wants) in enumerate(zip(given, wanted, strict=True)):
            yield from _differences(f"{pointer}/{place}", has, wants)
    elif type(given) is not type(wanted) or given != wanted:
        yield pointer, given, wanted


__all__ = ["Check", "NoPackage", "Trust", "verify"]
