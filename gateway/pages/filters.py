"""What the address of a page asks for: read, held against what is possible, said in words. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.pages import words
from gateway.pages.plan import address, terms, years
from services.catalog.contract import PlanDocument, Vocabulary
from services.reporting.contract import UnknownFilterValue
from services.shared.errors import ServiceError

NAMES = {
    "as_of": "截至日期",
    "level": "层级",
    "year": "年度",
    "source": "资金来源",
    "agency": "牵头单位",
    "district": "区",
    "fund_class": "专项类别",
    "stage": "创新链阶段",
    "edition": "版次",
    "denominator": "分母",
}
"""What the address of a page may say."""
MANY = ("year", "source")
"""Of these it may name several values, repeated or with commas."""
NARROWING = ("year", "source", "agency", "district", "fund_class", "stage", "edition")
"""What leaves something out, or states it otherwise, and can be taken off."""
TERMS = ("source", "district", "fund_class", "stage")
"""What is named by a term of the vocabulary of the same name."""
UNCLASSIFIED = {"unclassified": "未分类"}
"""What has no district, class or stage is asked for by this code."""
SHOWN = 60
"""Characters of a wrong value that a page repeats."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A value that a page is narrowed to, in words, and the page without it."""

    name: str
    said: str
    without: str


def _is_day(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


FORMS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "as_of": (_is_day, "请写成年-月-日，例如 2018-06-30"),
    "year": (re.compile(r"[0-9]{4}").fullmatch, "请写成四位数字，例如 2018"),
    "edition": (re.compile(r"[1-9][0-9]{0,5}").fullmatch, "请写成版次的序号，例如 1"),
    "denominator": (words.DENOMINATORS.__contains__, words.possible(words.DENOMINATORS)),
}
"""What a value has to look like, whatever the services know."""


def read(given: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What an address asks for, without what it leaves empty; of several values each once, with commas between.
    UnknownFilterValue where a value can not be one."""
    found, wrong = {}, []
    for name in NAMES:
        parts = (part for text in given.get(name, ()) for part in (text.split(",") if name in MANY else [text]))
        values = list(dict.fromkeys(part.strip() for part in parts if part.strip()))
        possible, form = FORMS.get(name, (bool, ""))
        wrong += [_wrong(name, value, form) for value in values if not possible(value)]
        if len(values) > 1 and name not in MANY:
            wrong.append(_wrong(name, "、".join(values), "只能有一个值"))
        if values:
            found[name] = ",".join(values)
    if wrong:
        raise UnknownFilterValue(errors=wrong)
    return found


def level_of(document: PlanDocument, query: Mapping[str, str]) -> str:
    """The level that a list shows: the one asked for, else the first that carries shares; UnknownFilterValue where the
    plan has no such level."""
    known = {level.code: level.title for level in document.levels}
    asked = query.get("level")
    if asked is None:
        return next((level.code for level in document.levels if level.carries_shares), document.levels[-1].code)
    if asked not in known:
        raise UnknownFilterValue(errors=[_wrong("level", asked, words.possible(known))])
    return asked


def told_in_chinese(
    error: ServiceError, query: Mapping[str, str], vocabularies: Sequence[Vocabulary], editions: Sequence[int]
) -> UnknownFilterValue:
    """What reporting refused of an address, in the words of a page: parameter, value, and what is possible."""
    possible = {name: words.possible(_terms(vocabularies, name)) for name in TERMS}
    possible["edition"] = f"可以是 {'、'.join(map(str, editions))}"
    possible["agency"] = "请写已登记单位的编号，例如 local:A-01"
    parts = []
    for part in error.errors:
        name = str(part.get("pointer")).removeprefix("query/")
        values = query.get(name, "").split(",")
        value = next((value for value in values if str(part.get("detail")).startswith(f"{value} ")), ",".join(values))
        parts.append(_wrong(name, value, possible.get(name, "请改正")))
    return UnknownFilterValue(errors=parts)


def narrowed(
    plan: str, code: str, query: Mapping[str, str], vocabularies: Sequence[Vocabulary], lead: str
) -> list[Narrowed]:
    """Every value that a page of a plan or a node is narrowed to; `lead` is the name of the agency, if one is asked
    for."""
    found = []
    for name in NARROWING:
        values = query[name].split(",") if name in query else []
        for value in values:
            rest = ",".join(other for other in values if other != value)
            said = _said(name, value, vocabularies, lead)
            found.append(Narrowed(NAMES[name], said, address(plan, code, **{**query, name: rest})))
    return found


def choices(
    document: PlanDocument, vocabularies: Sequence[Vocabulary], query: Mapping[str, str], lead: str
) -> list[tuple[str, str, dict[str, str]]]:
    """The filters of the form: name, title, and what may be chosen, whatever the address asks for among it."""
    offered: dict[str, dict[str, str]] = {"year": {year: year for year in years(document)}}
    offered |= {name: _terms(vocabularies, name) for name in TERMS}
    found = [("level", NAMES["level"], {level.code: level.title for level in document.levels})]
    for name in NARROWING:
        chosen = offered.get(name, {})
        if name in query:
            said = "、".join(_said(name, value, vocabularies, lead) for value in query[name].split(","))
            chosen.setdefault(query[name], said)
        found.append((name, NAMES[name], chosen))
    return found


def _said(name: str, value: str, vocabularies: Sequence[Vocabulary], lead: str) -> str:
    if name == "edition":
        return f"第 {value} 版"
    if name == "agency":
        return f"{lead}（{value}）" if lead else value
    return _terms(vocabularies, name).get(value, value)


def _terms(vocabularies: Sequence[Vocabulary], name: str) -> dict[str, str]:
    """The terms that a filter may name; there is no money without a source."""
    return terms(vocabularies, name) | (UNCLASSIFIED if name in TERMS and name != "source" else {})


def _wrong(name: str, value: str, possible: str) -> dict[str, str]:
    shown = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
    detail = f"{NAMES.get(name, name)}（{name}）不能是“{shown}”：{possible}"
    return {"pointer": f"query/{name}", "code": f"unknown_{name}", "detail": detail}
