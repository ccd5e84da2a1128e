"""How two documents differ, field by field, and what a project went through between two positions."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from services.portfolio.contract import REPORTED
from services.shared.money import fen_of, from_fen

SHOWN = ("projects", "committed", "received", "disbursed", "spent", "target", "gap", "covered")
"""The figures of a node that a diff shows."""
WITHHELD = frozenset({"phone_hash", "email_hash"})
"""Fields that stand for personal values: who knows a person's number could try it on a hash, so none is shown."""
Kind = Literal["added", "changed", "removed"]


class Differing(NamedTuple):
    """A value that differs, by JSON pointer (RFC 6901); None where a side does not have it, or where it is withheld."""

    pointer: str
    change: Kind
    before: Any
    after: Any
    withheld: bool = False


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[Differing]:
    """Where two JSON values differ, as deep as objects and lists go. Elements of lists are met by their places; what
    one side alone has is given whole.

    Done one after another, as `add`, `replace` and `remove` of a JSON Patch (RFC 6902), they make the later value of
    the earlier one: that is why elements at the end of a list go from the last one.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            place = f"{pointer}/{_escaped(name)}"
            if name not in after:
                yield _alone(place, "removed", before[name], name)
            elif name not in before:
                yield _alone(place, "added", after[name], name)
                yield from _withheld(after[name], place)
            elif name not in WITHHELD:
                yield from differences(before[name], after[name], place)
            elif before[name] != after[name]:
                yield Differing(place, "changed", None, None, withheld=True)
    elif isinstance(before, list) and isinstance(after, list):
        both = min(len(before), len(after))
        for at in range(both):
            yield from differences(before[at], after[at], f"{pointer}/{at}")
        for at in reversed(range(both, len(before))):
            yield _alone(f"{pointer}/{at}", "removed", before[at])
        for at in range(both, len(after)):
            yield _alone(f"{pointer}/{at}", "added", after[at])
            yield from _withheld(after[at], f"{pointer}/{at}")
    # True equals 1 in Python and not in JSON.
    elif type(before) is not type(after) or before != after:
        yield Differing(pointer, "changed", _shown(before), _shown(after))
        yield from _withheld(after, pointer)


def _alone(pointer: str, change: Kind, value: Any, name: str = "") -> Differing:
    """What one side alone has."""
    if name in WITHHELD:
        return Differing(pointer, change, None, None, withheld=True)
    before, after = (_shown(value), None) if change == "removed" else (None, _shown(value))
    return Differing(pointer, change, before, after)


def _shown(value: Any) -> Any:
    """A value without what is withheld."""
    if isinstance(value, Mapping):
        return {name: _shown(one) for name, one in value.items() if name not in WITHHELD}
    return [_shown(one) for one in value] if isinstance(value, list) else value


def _withheld(value: Any, pointer: str) -> Iterator[Differing]:
    """What `_shown` left out of a value that the later side alone has."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        place = f"{pointer}/{_escaped(str(name))}"
        if name in WITHHELD:
            yield Differing(place, "added", None, None, withheld=True)
        else:
            yield from _withheld(one, place)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def change_of(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Kind:
    """What became of a project: added, removed (it is no longer published), or changed."""
    if before is None:
        return "added"
    if before["record_status"] in REPORTED and after["record_status"] not in REPORTED:
        return "removed"
    return "changed"


def sides(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The figures of a node on both sides, and the later less the earlier ones; None where a side has none."""
    difference = {
        name: None if before[name] is None or after[name] is None else _less(after[name], before[name])
        for name in SHOWN
        if name != "covered"
    }
    return {
        "before": {name: before[name] for name in SHOWN},
        "after": {name: after[name] for name in SHOWN},
        "difference": difference,
    }


def _less(one: Any, other: Any) -> Any:
    return one - other if isinstance(one, int) else from_fen(fen_of(one) - fen_of(other))
