"""Cells that nobody can take, and the codes that say why; fields are those of `values`."""

from random import Random
from typing import Any

from tests.portfolio.nasty.truth import ALPHABET, NODES, a_numeric_code
from tests.portfolio.nasty.writing import AMBIGUOUS_NUMBERS

UNREADABLE = (
    "待定",
    "约100",
    "面议",
    "100左右",
    "约100万元",
    "见附件",
    "12.5.3",
    "1-2",
    "100~200",
    "一百万",
    "暂缺",
    "TBD",
)
NO_DATE = (
    "年底",
    "2019年底",
    "2017.13",
    "2017年13月",
    "2017-02-30",
    "20170230",
    "2017-00",
    "待定",
    "长期",
    2017,
    "2018年",
)
THEMES = (
    "石墨烯",
    "量子通信",
    "干细胞",
    "智能制造",
    "燃气轮机",
    "合成生物",
    "微技术",
    "类脑",
    "芯片",
    "自动驾驶",
    "BIM",
    "储能",
)
NO_TASK = (
    "4.99",
    "2.1",
    "8.1",
    "7.1",
    "材料基因",
    "高端核心芯",
    "人工智能大模型",
    "四-88",
    "第四章第99项",
    "量子计算机器",
    "4.0",
)


def uscc(chance: Random, code: str) -> tuple[Any, str]:
    """A code that fails one test."""
    way = chance.randrange(6)
    if way == 0:
        return int(a_numeric_code(chance)), "uscc_numeric_cell"
    if way == 1:
        return float(a_numeric_code(chance)), "uscc_numeric_cell"
    if way == 2:
        return chance.choice((code[:-1], code + "0", code[:15], code[:9])), "uscc_length"
    if way == 3:
        place = chance.randrange(8, 18)
        letter = chance.choice("IOSVZiosvzＯ研*")
        return code[:place] + letter + code[place + 1 :], "uscc_illegal_char"
    place = chance.randrange(8, 18)
    other = ALPHABET[(ALPHABET.index(code[place]) + chance.randrange(1, 31)) % 31]
    return code[:place] + other + code[place + 1 :], "uscc_check_digit"


def amount(chance: Random, unit: str | None) -> tuple[Any, str]:
    """A negative or no number at all."""
    if chance.random() < 0.5:
        return chance.choice(UNREADABLE), "amount_unparseable"
    own = "万元" if unit is None else ""
    ways: list[Any] = [f"-12.5{own}", f"－１２{own}", f"−12{own}", f"-1，200{own}"]
    return chance.choice(ways if unit is None else [*ways, -12.5, -3]), "amount_negative"


def slip(chance: Random, unit: str | None) -> Any:
    """A total in the wrong unit."""
    return chance.choice(
        {
            "元": (155, 9999.99, "5,000,000,000.01"),
            "万元": (0.5, 0.9999, 500000.01, 1550000),
            "亿元": (0.00005, 50.1, 155),
            None: ("155元", "9999元", "155亿元", "51亿", "500,001万元"),
        }[unit]
    )


def date(chance: Random) -> tuple[Any, str]:
    """No date, or two."""
    if chance.random() < 0.3:
        return chance.choice((2017.1, 2018.1, 2019.1, 2020.1)), "date_ambiguous"
    return chance.choice(NO_DATE), "date_invalid"


def period(chance: Random) -> tuple[str, set[tuple[str, str]]]:
    """Both ends in a cell, one of them or both wrong."""
    ways: list[tuple[str, set[tuple[str, str]]]] = [
        ("2017.3-2016.12", {("end_date", "end_before_start")}),
        ("2019年3月至2018年12月", {("end_date", "end_before_start")}),
        ("2019-03-02~2019-03-01", {("end_date", "end_before_start")}),
        ("2017.3-2019.13", {("end_date", "date_invalid")}),
        ("2017年13月至2019年12月", {("start_date", "date_invalid")}),
        ("2017-02-30~2019-12-31", {("start_date", "date_invalid")}),
        ("2017.3-年底", {("end_date", "date_invalid")}),
        ("待定至2019年12月", {("start_date", "date_invalid")}),
        ("待定", {("start_date", "date_invalid"), ("end_date", "date_invalid")}),
    ]
    return chance.choice(ways)


def task(chance: Random) -> tuple[Any, str]:
    """A task with two readings or with none."""
    if chance.random() < 0.4:
        return chance.choice(NO_TASK), "task_unknown"
    numbers: list[Any] = [float(code) for code in AMBIGUOUS_NUMBERS]
    return chance.choice((*numbers, 8, 5, "8", "第8项", "８", *THEMES)), "task_ambiguous"


def weights(chance: Random) -> tuple[str, str | None]:
    """Tasks whose weights do not add up: in the cell, or in a column of their own."""
    ways: list[tuple[str, str | None]] = [
        ("4.8 70%；5.10 20%", None),
        ("4.8（60%）；5.10（50%）", None),
        ("4.8；5.10；6.9", "33.33；33.33；33.33"),
        ("4.8；5.10", "60；39.99"),
        ("4.8；5.10", "100"),
        ("4.8；5.10", "50；30；20"),
        ("四-8：70%\n五-9：31%", None),
    ]
    return chance.choice(ways)


def word(chance: Random, field: str) -> str:
    """No word of the vocabulary."""
    return chance.choice(
        ("不明", "待核实", "一般", "Ⅲ类") if field == "status" else ("面上项目", "A类", "自然基金", "未分类")
    )


assert "7.1" not in NODES
