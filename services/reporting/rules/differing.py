"""How two documents differ, field by field, and what a project went through between two positions."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from services.portfolio.contract import REPORTED

SHOWN = ("projects", "committed", "received", "disbursed", "spent", "target", "gap", "covered")
"""The figures of a node that a diff shows."""


class Differing(NamedTuple):
    """A value that differs, by JSON pointer (RFC 6901); None where a side does not have it."""

    pointer: str
    before: Any
    after: Any


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[Differing]:
    """Where two JSON values differ, as deep as objects and lists go. Elements of lists are met by their places; what
    one side alone has is given whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            yield from differences(before.get(name), after.get(name), f"{pointer}/{_escaped(name)}")
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            was = before[place] if place < len(before) else None
            now = after[place] if place < len(after) else None
            yield from differences(was, now, f"{pointer}/{place}")
    elif before != after:
        yield Differing(pointer, before, after)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def change_of(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str:
    """What became of a project: added, removed (it is no longer published), or changed."""
    if before is None:
        return "added"
    if before["record_status"] in REPORTED and after["record_status"] not in REPORTED:
        return "removed"
    return "changed"


def shown(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a node as a diff has them."""
    return {name: figures[name] for name in SHOWN}
