"""How two records differ: told field by field, so exactly that the later one can be made of the earlier one."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.rules.differing import differences


def applied(document: Any, fields: list[dict[str, Any]]) -> Any:
    """A document with the differences done one after another, as RFC 6902 has add, replace and remove."""
    found = deepcopy(document)
    for field in fields:
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in field["pointer"].split("/")[1:]]
        place = found
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        at: Any = int(last) if isinstance(place, list) else last
        if field["change"] == "removed":
            del place[at]
        elif field["change"] == "added" and isinstance(place, list):
            assert at == len(place), "elements come at the end, one after another"
            place.append(field["after"])
        else:
            there = at < len(place) if isinstance(place, list) else at in place
            assert there == (field["change"] == "changed"), field
            place[at] = field["after"]
    return found


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(("", "甲", "a/b", "~1")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(("a", "b/c", "~", "", "0")), inner, max_size=4)
    ),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.sampled_from(("pi", "shares", "kpis")), VALUES)


def canonical(value: Any) -> str:
    """A JSON value as text: true is not 1."""
    return json.dumps(value, sort_keys=True)


@given(RECORDS, RECORDS)
def test_differences_of_any_two_records_make_the_later_of_the_earlier_one(before: Any, after: Any) -> None:
    found = [one._asdict() for one in differences(before, after)]
    assert canonical(applied(before, found)) == canonical(after)
    assert bool(found) == (canonical(before) != canonical(after))


def test_hashes_of_personal_values_are_told_of_and_not_shown() -> None:
    person = {"name": "甲", "phone_hash": "5f", "email_hash": None}
    before = {"pi": person, "contact": person, "former": [person]}
    after = {"pi": person | {"phone_hash": "6a"}, "contact": None, "former": [person, person], "deputy": person}
    found = list(differences(before, after))
    shown = {"name": "甲"}
    assert [(one.pointer, one.change, one.before, one.after, one.withheld) for one in found] == [
        ("/contact", "changed", shown, None, False),
        ("/deputy", "added", None, shown, False),
        ("/deputy/phone_hash", "added", None, None, True),
        ("/deputy/email_hash", "added", None, None, True),
        ("/former/1", "added", None, shown, False),
        ("/former/1/phone_hash", "added", None, None, True),
        ("/former/1/email_hash", "added", None, None, True),
        ("/pi/phone_hash", "changed", None, None, True),
    ]
    assert not list(differences(before, before))


def test_differences_name_what_one_side_alone_has() -> None:
    before = {"a": [1, {"b": "x"}], "c/d": "1", "same": {"deep": [1]}}
    after = {"a": [1, {"b": "y"}, 3], "same": {"deep": [1]}, "new": "n"}
    assert [one[:4] for one in differences(before, after)] == [
        ("/a/1/b", "changed", "x", "y"),
        ("/a/2", "added", None, 3),
        ("/c~1d", "removed", "1", None),
        ("/new", "added", None, "n"),
    ]
