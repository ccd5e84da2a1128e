"""The words of a plan that cells may hold: its tasks by every name, fund classes, states."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.catalog.contract import PlanDocument, Vocabulary, carrying_nodes
from services.portfolio.workbook.headers import folded
from services.shared.text import match_key

DIGITS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")}
VOCABULARIES = ("fund_class", "project_state")
_NUMERAL = r"[一二三四五六七八九十]{1,3}"
_CODE = re.compile(r"^(\d{1,3}\.\d{1,3}(?:-[a-z]\d+)?|\d{1,3}(?:-[a-z]\d+)+)(.*)$")
_SECTION = re.compile(rf"^第?({_NUMERAL})[章、]?\(({_NUMERAL})\)[第]?(\d{{1,3}}|{_NUMERAL})[.、:项条]?(.*)$")
_DASHED = re.compile(rf"^({_NUMERAL}|\d{{1,2}})[-—–－.·](\d{{1,3}}|{_NUMERAL})[.、:]?(.*)$")
_CHAPTER = re.compile(rf"^第({_NUMERAL}|\d{{1,2}})章第?(\d{{1,3}}|{_NUMERAL})[项条]?(?:任务)?[.、:]?(.*)$")
_BEHIND = re.compile(r"^([^\d:=]+)\(?(\d{1,3}\.\d{1,3})\)?$")
"""A code behind its title: 材料基因组（4.8）; behind a colon stands a weight."""
_NUMBERED = re.compile(rf"^(?:\({_NUMERAL}\))?(\d{{1,3}})[.、:](\D.*)$")
"""A title as the plan heads it, without its chapter: （二）8.材料基因组."""
_CALLED_TASK = re.compile(r"^(?:规划)?任务:?(?=[\d一二三四五六七八九第])")
_APART = re.compile(r"(?<=\d)\s+(?=\d)")
"""White space between digits keeps them apart: `3.1 2%` is not 3.12."""
_BARE = re.compile(r"^第?\d{1,3}[.项条]?$")


class Named(NamedTuple):
    """The task that a text names, or why none is."""

    code: str | None
    problem: str | None = None
    """`task_unknown` or `task_ambiguous`."""
    detail: str = ""
    by_alias: bool = False


def number_of(numeral: str) -> int:
    """十三 or 13 as a number."""
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return DIGITS.get(tens, 0)
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)


@dataclass(frozen=True)
class Dialect:
    """What cells may say in one plan."""

    order: dict[str, int]
    """The tasks in plan order."""
    titles: dict[str, tuple[str, ...]]
    """By match key of a title: the tasks that bear it."""
    names: dict[str, frozenset[str]]
    """By task: the match keys of its title and aliases."""
    sections: dict[str, tuple[int, int]]
    """By task: the numbers of its chapter and section."""
    themes: dict[str, tuple[str, ...]]
    """By match key: the homes of a theme that has several."""
    aliases: dict[str, tuple[str, ...]]
    """By match key: the tasks that an alias, or a theme with one home, stands for."""
    terms: dict[str, dict[str, str]]
    """By vocabulary and match key: the code of a term."""

    @classmethod
    def of(cls, plan: PlanDocument, vocabularies: Mapping[str, Vocabulary]) -> "Dialect":
        """The words of a plan and its vocabularies."""
        order = {code: place for place, code in enumerate(carrying_nodes(plan.levels, plan.nodes))}
        tasks = [node for node in plan.nodes if node.code in order]
        titles: dict[str, list[str]] = {}
        aliases: dict[str, list[str]] = {}
        themes: dict[str, tuple[str, ...]] = {}
        for node in tasks:
            titles.setdefault(match_key(node.title), []).append(node.code)
            for alias in node.aliases:
                aliases.setdefault(match_key(alias), []).append(node.code)
        for theme in plan.themes:
            homes = tuple(code for code in theme.nodes if code in order)
            if len(homes) > 1:
                themes[match_key(theme.term)] = homes
            elif homes:
                aliases.setdefault(match_key(theme.term), []).append(homes[0])
        return cls(
            order=order,
            titles={key: tuple(codes) for key, codes in titles.items()},
            names={n.code: frozenset(match_key(name) for name in (n.title, *n.aliases)) for n in tasks},
            sections=_sections(plan),
            themes=themes,
            aliases={key: tuple(dict.fromkeys(codes)) for key, codes in aliases.items()},
            terms={
                code: _terms(vocabularies[code]) for code in ("fund_class", "project_state") if code in vocabularies
            },
        )

    def term(self, vocabulary: str, text: str) -> str | None:
        """The code of an active term that a text names by code, title or alias."""
        return self.terms.get(vocabulary, {}).get(match_key(text))

    def task(self, text: str) -> Named:
        """The task that a text names: exact title, code form, a theme with several homes, alias; in this order, exact
        after normalising, never by likeness."""
        key = match_key(text)
        if key in self.titles:
            return self._only(self.titles[key], text)
        named = self._by_code(_CALLED_TASK.sub("", folded(_APART.sub("|", text))))
        if named is not None:
            return named
        if key in self.themes:
            homes = "、".join(self.themes[key])
            return Named(None, "task_ambiguous", f"“{text}”在规划中不止一处（{homes}）：请写任务编号")
        if key in self.aliases:
            return self._only(self.aliases[key], text, by_alias=True)
        return Named(None, "task_unknown", f"规划中没有任务“{text}”：请写任务编号（如 4.8）或任务标题")

    def number(self, value: float) -> Named:
        """The task that a number in a cell means, where only one can be meant: Excel drops the zero of 5.10."""
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        if "." not in text:
            return Named(None, "task_ambiguous", f"只有序号 {text}，看不出是哪一章：请以文本填写任务编号（如 4.8）")
        if len(text.partition(".")[2]) == 1 and text + "0" in self.order:
            detail = f"数字 {text} 可能是 {text} 或 {text}0：请把单元格设为文本后再填"
            return Named(None, "task_ambiguous", detail)
        if text in self.order:
            return Named(text)
        return Named(None, "task_unknown", f"规划中没有任务 {text}")

    def _only(self, codes: tuple[str, ...], text: str, by_alias: bool = False) -> Named:
        if len(codes) > 1:
            return Named(None, "task_ambiguous", f"“{text}”可指 {'、'.join(codes)}：请写任务编号")
        return Named(codes[0], by_alias=by_alias)

    def _numbered(self, number: str, title: str) -> Named | None:
        """`8.材料基因组`, as the plan's own headings are: the title names the task, if that has this number."""
        codes = self.titles.get(match_key(title), ())
        fitting = tuple(code for code in codes if code.rpartition(".")[2] == number)
        if codes and not fitting:
            return Named(None, "task_ambiguous", f"任务“{title}”的序号不是 {number}：请核对")
        return self._only(fitting, title) if fitting else None

    def _by_code(self, text: str) -> Named | None:
        """A task by one of the ways to write its code; None where the text has no such form."""
        if text in self.order:
            return Named(text)
        if _BARE.match(text):
            return Named(None, "task_ambiguous", f"只有序号 {text}，看不出是哪一章：请写任务编号（如 4.8）")
        section = None
        if found := _CODE.match(text):
            code, rest = found.groups()
        elif found := _SECTION.match(text):
            code, rest = f"{number_of(found[1])}.{number_of(found[3])}", found[4]
            section = number_of(found[1]), number_of(found[2])
        elif found := _DASHED.match(text) or _CHAPTER.match(text):
            code, rest = f"{number_of(found[1])}.{number_of(found[2])}", found[3]
        elif (found := _BEHIND.match(text)) and match_key(found[1]) in self.names.get(found[2], ()):
            return Named(found[2])
        elif found := _NUMBERED.match(text):
            return self._numbered(found[1], found[2])
        else:
            return None
        if code not in self.order:
            return Named(None, "task_unknown", f"规划中没有任务 {code}")
        if section is not None and self.sections.get(code) != section:
            return Named(None, "task_unknown", f"任务 {code} 不在“{text}”所写的那一节")
        title = match_key(rest)
        if (title or "%" in rest) and title not in self.names[code]:
            return Named(None, "task_ambiguous", f"编号 {code} 与标题“{rest}”不是同一任务：请核对")
        return Named(code)


def _sections(plan: PlanDocument) -> dict[str, tuple[int, int]]:
    nodes = {node.code: node for node in plan.nodes}
    found = {}
    for node in plan.nodes:
        section = nodes.get(node.parent or "")
        chapter = nodes.get(section.parent or "") if section else None
        if section is not None and chapter is not None:
            numbers = re.sub(r"[^一二三四五六七八九十\d]", "", section.number), chapter.number
            if all(numbers):
                found[node.code] = number_of(numbers[1]), number_of(numbers[0])
    return found


def _terms(vocabulary: Vocabulary) -> dict[str, str]:
    return {
        match_key(name): term.code
        for term in vocabulary.terms
        if term.active
        for name in (term.code, term.title, *term.aliases)
    }
