"""What columns are called: the synonyms of every header, for lists with one header row and with two.

A header is compared after NFKC, without white space, marks and the unit that it names; exactly, never by likeness.
One that is not known as it stands is looked up without 项目 in front and without a remark in brackets.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

_TENS = {"亿元": 8, "百万元": 6, "万元": 4, "千元": 3, "亿": 8, "万": 4, "元": 0}
UNITS = {name: Decimal(10**tens) for name, tens in _TENS.items()}
"""What one of each is in yuan; the longer names first."""
UNIT_WORD = "|".join(UNITS)

TABLE = tomllib.loads((Path(__file__).parent / "headers.toml").read_text(encoding="utf-8"))
SYNONYMS: dict[str, list[str]] = TABLE["synonyms"]
"""What a header of its own may be called, by the field that it stands for."""
for _name, _built in TABLE["compounds"].items():
    SYNONYMS[_name] += [stem + ending for stem in _built["stems"] for ending in ("", *_built["endings"])]
VAGUE = frozenset(TABLE["vague"]["words"])
"""Words that name a column only where no other column has a name of its own for the same field."""
NAMED_LIKE = {
    "period": "period",
    "lead": "lead_org_name",
    "leader": "pi_name",
    "tasks": "tasks",
    "disbursed": "amount_disbursed",
}
"""Groups that may be called as a field is."""
GROUPS = {name: [*words, *SYNONYMS.get(NAMED_LIKE.get(name, ""), ())] for name, words in TABLE["groups"].items()}
"""What a header above others may be called."""
CHILDREN: dict[str, dict[str, list[str]]] = TABLE["children"]
"""What the headers below one of a group may be called, beside their own synonyms."""
REQUIRED_TOGETHER = ("project_no", "title")
"""A row is a header when it names one of these and enough others."""
ENOUGH = 4
RESULT_HEADERS = ("导入结果", "错误", "警告", "警告/说明", "说明")
"""Columns that an earlier import wrote."""

_UNIT = re.compile(
    rf"[(\[【](?:[^()]*[,;、:])?(?:单位)?(?:人民币|rmb)?({UNIT_WORD})(?:[,;、:][^()]*)?[)\]】]"
    rf"|[/,]({UNIT_WORD})$|单位[::]({UNIT_WORD})|(亿元|万元)$"
)
_LINE = re.compile(rf"单位\s*:?\s*\(?(?:人民币)?\s*\(?({UNIT_WORD})\)?(?!\w)")
_MARKS = re.compile(r"[*#:;,.。、\"'“”‘’《》\[\]_\-]+")
_PERCENT = re.compile(r"[(\[]?%[)\]]?")
_FOREIGN = re.compile(r"[美欧港日]元|英镑|外币|usd|eur|hkd")
"""Money that no rule here turns into yuan."""
_LATIN = re.compile(r"^[a-z/ ]+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff)])[a-z/]+$")
"""The English beside a Chinese name: 项目名称 Title."""
_OF_WHICH = re.compile(r"^其中[::]?")
_PROJECT = re.compile(r"^(?:科研|计划)?(?:项目|课题)(?:[/(、或](?:项目|课题)\)?)?")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_NOT_OF_A_PROJECT = ("tasks", "weights", "title")
"""项目任务 and 项目名 may be anything: these are known by their full names alone."""


def folded(text: object) -> str:
    """NFKC, without white space and what can not be seen, lower-case."""
    wide = unicodedata.normalize("NFKC", str(text))
    return "".join(char for char in wide if not char.isspace() and unicodedata.category(char) != "Cf").casefold()


def header_key(text: object) -> str:
    """What headers are compared by: folded, without its unit, a remark in brackets about it, and marks."""
    key = _OF_WHICH.sub("", _PERCENT.sub("", _UNIT.sub("", folded(text))))
    return _MARKS.sub("", key)


def unit_in(text: object) -> Decimal | None:
    """The unit that a header names: 总经费（万元）, 金额/元."""
    found = _UNIT.search(folded(text))
    return UNITS[next(word for word in found.groups() if word)] if found else None


def unit_line(text: object) -> Decimal | None:
    """The unit that a line about the whole table names: 单位：万元."""
    found = _LINE.search(unicodedata.normalize("NFKC", str(text)))
    return UNITS[found[1]] if found else None


def _by_key(table: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {header_key(word): name for name, words in table.items() for word in words}


_FIELDS = _by_key(SYNONYMS) | {header_key(name): name for name in SYNONYMS}
_GROUPS = {header_key(word): group for group, words in reversed(GROUPS.items()) for word in words}
_CHILDREN = {group: _by_key(table) for group, table in CHILDREN.items()}


def is_header_word(text: object) -> bool:
    """Whether a header may say this: a column's name or that of a group of columns."""
    key = header_key(text)
    return key in _FIELDS or key in _GROUPS


def field_of(labels: tuple[str, ...]) -> str | None:
    """The field that a column is for, by its labels from the top down (one that repeats the one above counts once)."""
    keys = [key for place, label in enumerate(labels) if (key := header_key(label)) and label not in labels[:place]]
    if not keys:
        return None
    return _field(keys[0]) if len(keys) == 1 else _below(keys[-2], keys[-1])


def _below(above: str, own: str) -> str | None:
    """The field of a header below another; what was paid by each source is no field."""
    group = _GROUPS.get(above)
    if group is not None and own in _CHILDREN[group]:
        return _CHILDREN[group][own]
    return None if group == "disbursed" else _FIELDS.get(above + own) or _field(own)


def _field(key: str) -> str | None:
    """The field of a header alone: as it stands, with its brackets as a header below, without remarks and 项目."""
    if key in _FIELDS:
        return _FIELDS[key]
    if _FOREIGN.search(key):
        return None
    if (chinese := _LATIN.sub("", key)) != key:
        return _field(chinese)
    inner = _BRACKETS.search(key)
    if inner is not None and inner.end() == len(key) and _says_more(key[: inner.start()], inner[1]):
        return _below(key[: inner.start()], inner[1])
    if inner is not None and (found := _field(_BRACKETS.sub("", key))) is not None:
        return found
    if "/" in key and len(named := {_FIELDS.get(part) for part in key.split("/")}) == 1:
        return named.pop()
    short = _PROJECT.sub("", key)
    if short == key:
        return None
    found = _FIELDS.get(short)
    return _FIELDS.get("项目" + short, None if found in _NOT_OF_A_PROJECT else found)


def _says_more(above: str, own: str) -> bool:
    """Whether a word in brackets is a header below the one before it, as in 经费（市级）, and no remark."""
    group = _GROUPS.get(above)
    return (own in _FIELDS and own not in VAGUE) or (group is not None and own in _CHILDREN[group])
