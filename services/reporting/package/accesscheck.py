"""The check of the part of the access log in a package: no entry is missing, changed or added, the chain holds."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785

from services.reporting.package import describing
from services.reporting.package.bag import PAYLOAD
from services.reporting.package.checks import Check
from services.shared.accesschain import chain_hash

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What an entry that is none of ours raises; rfc8785's errors are ValueErrors."""


NO_HASH = "00" * 32
"""What stands before the first entry of a log."""


def check_against(bag: Path, previous: Path) -> Iterator[str]:
    """Entries of the access log that both packages hold are the same; each has its hash, which covers all before it."""
    ours, theirs = bag / PAYLOAD / describing.ACCESS_LOG, previous / PAYLOAD / describing.ACCESS_LOG
    if not (ours.is_file() and theirs.is_file()):
        return
    with ours.open("rb") as lines, theirs.open("rb") as before:
        has, had = map(json.loads, lines), map(json.loads, before)
        mine, other = next(has, None), next(had, None)
        while mine and other:
            if mine["position"] == other["position"] and mine["hash"] != other["hash"]:
                yield f"access log position {mine['position']} is another entry than in the previous package"
                return
            ahead = mine["position"] - other["position"]
            mine, other = next(has, None) if ahead <= 0 else mine, next(had, None) if ahead >= 0 else other


def check_access_log(bag: Path, about: Mapping[str, Any]) -> Check | None:
    """The part of the access log; None where none was asked for and none is there."""
    file = bag / PAYLOAD / describing.ACCESS_LOG
    stated = about.get("access_log")
    if stated is None and not file.exists():
        return None
    check = Check("access log")
    if stated is None or stated["first"] is None:
        check.all_wrong([f"{describing.ACCESS_LOG} is there, and the package states none"] if file.exists() else [])
    elif not file.is_file():
        check.wrong(f"{describing.ACCESS_LOG} is missing")
    else:
        _check_chain(file, stated, check)
    return check


def _check_chain(file: Path, stated: Mapping[str, Any], check: Check) -> None:
    position, previous, at = 0, None, stated["since"]
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                position = entry["position"]
                problem = _problem(entry, line, stated, previous, number)
                previous, at = entry["hash"], entry["at"]
            except UNREADABLE as error:
                problem = f"is no entry: {error!r}"
            if problem:
                check.wrong(f"{file.name} line {number} {problem}")
                return
    if datetime.fromisoformat(at) > datetime.fromisoformat(stated["until"]):
        check.wrong(f"{file.name} ends with an entry of {at}, after {stated['until']}")
    if position != stated["last"]:
        check.wrong(f"{file.name} ends with position {position}, not {stated['last']}: entries are missing")


def _problem(
    entry: Mapping[str, Any], line: bytes, stated: Mapping[str, Any], previous: str | None, number: int
) -> str | None:
    wanted = stated["first"] + number - 1
    if rfc8785.dumps(dict(entry)) + b"\n" != line:
        return "is not written as RFC 8785 has it"
    if entry["position"] != wanted or wanted > stated["last"]:
        return f"has position {entry['position']}, not {wanted}: an entry is missing or was added"
    if previous not in (None, entry["previous_hash"]):
        return "does not follow the entry before it: one was changed, added or taken away"
    if chain_hash(entry).hex() != entry["hash"]:
        return "is not what its hash says: it was changed"
    if wanted == 1 and entry["previous_hash"] != NO_HASH:
        return "is the first of the log, and follows another one: what was before it was taken away"
    if number == 1 and datetime.fromisoformat(entry["at"]) < datetime.fromisoformat(stated["since"]):
        return f"is of {entry['at']}, before {stated['since']}"
    return None
