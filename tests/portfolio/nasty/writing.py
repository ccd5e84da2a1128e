"""The same value in each of the ways in which people write it; each answers the cell, and codes of warnings."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from tests.portfolio.nasty.truth import NODES, VOCABULARIES, When

UNITS = {"元": Decimal(1), "万元": Decimal(10**4), "万": Decimal(10**4), "亿元": Decimal(10**8), "亿": Decimal(10**8)}
EMPTY: tuple[Any, ...] = (None, None, "", "-", "—", "——", "/", "无", "暂无", "\u3000", " ", "\xa0", "－", "／")
NUMERALS = "〇一二三四五六七八九十"
INVISIBLE = ("\u200b", "\ufeff", "\u2060", "\xa0", "\u3000", " ")
Written = tuple[Any, tuple[str, ...]]
Weighed = tuple[tuple[str, Decimal], ...]


def wide(text: str) -> str:
    """Letters and digits in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text)


def sprinkled(chance: Random, text: str) -> str:
    """The text with something invisible in it."""
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(INVISIBLE) + text[place:]


def empty(chance: Random) -> Any:
    """Nothing, as people write it."""
    return chance.choice(EMPTY)


def code(chance: Random, text: str) -> Any:
    """A project number or a credit code."""
    ways: list[Callable[[], Any]] = [
        lambda: text,
        lambda: text,
        lambda: text.lower(),
        lambda: wide(text),
        lambda: sprinkled(chance, text),
        lambda: f" {text}\n",
        lambda: text[:4] + " " + text[4:],
    ]
    return chance.choice(ways)()


def project_no(chance: Random, text: str) -> Any:
    """All-digit numbers arrive as numbers."""
    if text.isdigit() and chance.random() < 0.5:
        return chance.choice((int(text), float(text)))
    return code(chance, text)


def uscc(chance: Random, text: str) -> Any:
    """Hyphens are allowed as well."""
    return chance.choice((code(chance, text), f"{text[:8]}-{text[8:17]}-{text[17]}"))


def name(chance: Random, text: str) -> Any:
    """White space next to a Chinese character, line breaks, full-width letters."""
    chinese = [place for place, c in enumerate(text) if "\u4e00" <= c <= "\u9fff"]
    place = chance.choice(chinese)
    ways = (
        text,
        text,
        wide(text),
        text[:place] + "\n" + text[place:],
        text[:place] + chance.choice((" ", "\u3000", "\xa0", "  ", "\r\n")) + text[place:],
        f"  {text}\u3000",
        text[: place + 1] + "\u200b" + text[place + 1 :],
    )
    return chance.choice(ways)


def phone(chance: Random, text: str | None) -> Any:
    """Phones are numbers for Excel."""
    return empty(chance) if text is None else chance.choice((text, int(text), wide(text), f"{text} "))


def word(chance: Random, vocabulary: str, term: str) -> Any:
    """Name, short name or synonym."""
    found = next(one for one in VOCABULARIES[vocabulary] if one["code"] == term)
    text = chance.choice((found["title"], *found.get("aliases", ())))
    return chance.choice((text, text, f" {text} ", text[:1] + "\u3000" + text[1:], text + "\u200b"))


def amount(chance: Random, yuan: Decimal, unit: str | None) -> Any:
    """In the unit of its column, or with its own."""
    if unit is None or chance.random() < 0.25:
        own = chance.choice(tuple(UNITS))
        figure = f"{yuan / UNITS[own]:f}"
        grouped = f"{yuan / UNITS[own]:,f}"
        text = chance.choice((figure, grouped, grouped.replace(",", "，"), wide(figure), f"¥{grouped}", f"￥{figure}"))
        return chance.choice((f"{text}{own}", f"{text}{own}", f"{text} {own}", f" {text}\xa0{own}"))
    plain = yuan / UNITS[unit]
    figure, grouped = f"{plain:f}", f"{plain:,f}"
    number = int(plain) if plain == plain.to_integral_value() else float(plain)
    ways = [
        *(number, number, number, figure, grouped, grouped.replace(",", "，"), wide(figure)),
        *(sprinkled(chance, figure), f" {figure} ", figure + ("0" if "." in figure else ".00")),
    ]
    return chance.choice(ways)


def percent(chance: Random, value: Decimal | None) -> tuple[Any, str]:
    """Progress, and the format of its cell."""
    if value is None:
        return empty(chance), "General"
    text = f"{value.normalize():f}"
    ways: list[tuple[Any, str]] = [(f"{text}%", "General"), (f"{wide(text)}％", "General"), (f"{text} %", "General")]
    ways += [(float(value / 100), "0%"), (float(value / 100), "0.00%")]
    if value > 1:
        ways += [(float(value), "General"), (text, "General")]
    return chance.choice(ways)


def date(chance: Random, when: When) -> Written:
    """A day or a month, as text, number or date."""
    y, m, d = when.year, when.month, when.day
    if not d:
        texts: list[Any] = [f"{y}.{m}", f"{y}.{m:02}", f"{y}-{m:02}", f"{y}年{m}月", f"{y}年{m:02}月", f"{y}{m:02}"]
        texts += [
            f"{y}年{m}月份",
            f"{y}.{m}月",
            f"{y}-{m}",
            f"{y}/{m}",
            f"{y}/{m:02}",
            f"{y} 年 {m} 月",
            int(f"{y}{m:02}"),
            wide(f"{y}.{m:02}"),
            f"{y}年{m}月\n",
        ]
        if m != 10:
            texts.append(float(f"{y}.{m:02}"))
        if m not in (1, 10):
            texts.append(float(f"{y}.{m}"))
        return chance.choice([(text, ()) for text in texts] + [(f"{y % 100}年{m}月", ("two_digit_year",))])
    on = dt.date(y, m, d)
    forms = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]
    days: list[Any] = [on.strftime(form) for form in forms]
    days += [f"{y}-{m}-{d}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}年{m}月{d}日", int(f"{on:%Y%m%d}"), on]
    days += [f"{y}-{m:02}-{d:02} 00:00:00", f"{y}/{m}/{d} 0:00:00", f"{y}.{m:02}.{d:02}日"]
    days += [dt.datetime(y, m, d), dt.datetime(y, m, d), wide(f"{y}-{m:02}-{d:02}"), f"{y} 年{m}月 {d}日"]
    serial: tuple[Any, tuple[str, ...]] = ((on - dt.date(1899, 12, 30)).days, ("excel_serial_date",))
    return chance.choice([(day, ()) for day in days] + [serial, (f"{y % 100}年{m}月{d}日", ("two_digit_year",))])


def period(chance: Random, start: When, end: When) -> Written:
    """Both ends in one cell."""
    forms: list[Callable[[When], str]] = [
        lambda w: f"{w.year}.{w.month}" + (f".{w.day}" if w.day else ""),
        lambda w: f"{w.year}.{w.month:02}" + (f".{w.day:02}" if w.day else ""),
        lambda w: f"{w.year}年{w.month}月" + (f"{w.day}日" if w.day else ""),
        lambda w: f"{w.year}/{w.month:02}" + (f"/{w.day:02}" if w.day else ""),
        lambda w: f"{w.year}{w.month:02}" + (f"{w.day:02}" if w.day else ""),
        lambda w: wide(f"{w.year}.{w.month}" + (f".{w.day}" if w.day else "")),
    ]
    dashed: Callable[[When], str] = lambda w: f"{w.year}-{w.month:02}" + (f"-{w.day:02}" if w.day else "")  # noqa: E731
    short: Callable[[When], str] = lambda w: f"{w.year % 100}年{w.month}月" + (f"{w.day}日" if w.day else "")  # noqa: E731
    way = chance.random()
    if way < 0.1:
        return f"{short(start)}至{short(end)}", ("two_digit_year",)
    if way < 0.4:
        return chance.choice(("至", "~", "～", " 至 ", "—", "到")).join((dashed(start), dashed(end))), ()
    form = chance.choice(forms)
    return chance.choice(("-", "—", "–", "~", "～", "至", " - ", "--", "——", "－", "\n至\n")).join(
        (form(start), form(end))
    ), ()


def task(chance: Random, code: str) -> Written:
    """One task as text: by code, by title, by number within its chapter, by alias."""
    node = NODES[code]
    title = node["title"]
    ways: list[tuple[str, tuple[str, ...]]] = [(code, ()), (code, ()), (wide(code), ())]
    ways += [
        (title, ()),
        (title.replace("“", "").replace("”", ""), ()),
        (title.replace("“", '"').replace("”", '"'), ()),
    ]
    ways += [(f"{code} {title}", ()), (f"{code}{title}", ()), (f"{code}\u3000{title}", ()), (f"“{title}”", ())]
    ways += [(alias, ("task_alias",)) for alias in node["aliases"][:2]]
    if node["level"] == "task":
        chapter, number = code.split(".")
        section = NODES[node["parent"]]["code"].partition("-s")[2]
        ways += [(f"{NUMERALS[int(chapter)]}（{NUMERALS[int(section)]}）{number}.{title}", ())]
        ways += [(f"{NUMERALS[int(chapter)]}({NUMERALS[int(section)]}){number}.{title}", ())]
        ways += [(f"{NUMERALS[int(chapter)]}-{number}", ()), (f"第{NUMERALS[int(chapter)]}章第{number}项", ())]
        ways += [(f"{NUMERALS[int(chapter)]}、（{NUMERALS[int(section)]}）{number}.{title}", ())]
        ways += [(f"{number}.{title}", ()), (f"{title}（{code}）", ()), (f" {code}\n", ()), (f"{code}　{title} ", ())]
    return chance.choice(ways)


def lone_task(chance: Random, code: str) -> Written:
    """A cell that holds one task, perhaps as a number where only one reading is left."""
    if "." in code and code not in AMBIGUOUS_NUMBERS and code not in ENDING_IN_ZERO and chance.random() < 0.3:
        return float(code), ()
    if chance.random() < 0.1:
        return f"{code}\n{NODES[code]['title']}", ()
    return task(chance, code)


AMBIGUOUS_NUMBERS = ("3.1", "4.1", "5.1", "5.2", "6.1")
ENDING_IN_ZERO = ("3.10", "4.10", "5.10", "5.20", "6.10")


def tasks(chance: Random, weighed: Weighed, weighted: bool, apart: bool) -> tuple[Any, Any, set[str]]:
    """Tasks, the cell of weights, and warnings. Weights stand in the cell or, where there is one, in their column."""
    if len(weighed) == 1:
        cell, codes = lone_task(chance, weighed[0][0])
        return cell, chance.choice((None, 100, "100", "100%", "—")) if apart else None, set(codes)
    written = [task(chance, code) for code, _ in weighed]
    codes_said = {code for _, codes in written for code in codes}
    between = chance.choice(("；", ";", "、", "\n", "；\n", " ; "))
    if any("、" in text for text, _ in written):
        between = "；"
    if not weighted:
        return between.join(text for text, _ in written), None, codes_said | {"weights_defaulted"}
    figures = [f"{weight.normalize():f}" for _, weight in weighed]
    if apart and chance.random() < 0.7:
        mark = chance.choice(("", "%", "％"))
        by = chance.choice(("；", ";", "、", "\n"))
        return (
            between.join(text for text, _ in written),
            by.join(f"{wide(f)}{mark}" if mark == "％" else f + mark for f in figures),
            codes_said,
        )
    form = chance.choice(("{} {}%", "{}（{}%）", "{}({}%)", "{}：{}%", "{}:{}", "{} ({}％)"))
    return (
        between.join(form.format(text.strip(), f) for (text, _), f in zip(written, figures, strict=True)),
        None,
        codes_said,
    )
