"""What a row means before anybody writes it down: values drawn at random, and what the rules make of them."""

import calendar
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from deploy.seed import DATA

PLAN: dict[str, Any] = tomllib.loads((DATA / "plans" / "shanghai-sti-13.toml").read_text(encoding="utf-8"))
NODES = {node["code"]: node for node in PLAN["nodes"]}
TASKS = [node["code"] for node in PLAN["nodes"] if node["level"] == "task"]
MEASURES = [code for code in NODES if code.startswith("7-") and "-m" in code]
ORDER = {code: place for place, code in enumerate(NODES)}
VOCABULARIES = {
    vocabulary["code"]: [term for term in vocabulary["terms"] if term.get("active", True)]
    for vocabulary in tomllib.loads((DATA / "vocabularies.toml").read_text(encoding="utf-8"))["vocabularies"]
}
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100: without I, O, S, V and Z."""
FISCAL = ("amount_central", "amount_municipal", "amount_district")
COMPONENTS = (*FISCAL, "amount_self", "amount_other")


@dataclass(frozen=True)
class When:
    """A day, or a month when `day` is 0."""

    year: int
    month: int
    day: int = 0

    @property
    def precision(self) -> str:
        """As `values` name it."""
        return "day" if self.day else "month"

    def first(self) -> str:
        """What a start means."""
        return date(self.year, self.month, self.day or 1).isoformat()

    def last(self) -> str:
        """What an end means."""
        return date(self.year, self.month, self.day or calendar.monthrange(self.year, self.month)[1]).isoformat()


@dataclass(frozen=True)
class Truth:
    """A project as its agency means it."""

    project_no: str
    title: str
    lead: tuple[str, str]
    pi_name: str
    pi_phone: str | None
    fund_class: str
    status: str
    tasks: tuple[tuple[str, Decimal], ...]
    weighted: bool
    start: When
    end: When
    amounts: dict[str, Decimal]
    disbursed: Decimal | None
    progress: Decimal | None

    def values(self) -> dict[str, Any]:
        """The normalised values of a row that says all of this."""
        found: dict[str, Any] = {
            "project_no": self.project_no,
            "title": self.title,
            "lead_org_name": self.lead[0],
            "lead_org_uscc": self.lead[1],
            "pi_name": self.pi_name,
            "pi_phone": self.pi_phone,
            "fund_class": self.fund_class,
            "status": self.status,
            "tasks": [{"task": code, "weight": f"{weight:.2f}"} for code, weight in self.tasks],
            "start_date": self.start.first(),
            "start_precision": self.start.precision,
            "end_date": self.end.last(),
            "end_precision": self.end.precision,
            "amount_total": f"{sum(self.amounts.values()):.2f}",
            "amount_disbursed": None if self.disbursed is None else f"{self.disbursed:.2f}",
            "progress_pct": None if self.progress is None else f"{self.progress:.2f}",
        }
        return found | {name: f"{self.amounts.get(name, Decimal(0)):.2f}" for name in COMPONENTS}


@dataclass
class Row:
    """A line of a sheet with what must be found in it. Cells by column; formats of numbers where they matter."""

    cells: dict[str, Any]
    verdict: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    errors: set[tuple[str, str]] = field(default_factory=set)
    warnings: set[tuple[str, str]] = field(default_factory=set)
    formats: dict[str, str] = field(default_factory=dict)
    hidden: bool = False
    sheet: str = ""
    number: int = 0

    def judge(self) -> None:
        """The verdict that errors and warnings make."""
        doubtful = "accepted_with_warnings" if self.warnings else "accepted"
        self.verdict = "rejected" if self.errors else doubtful


def equal_split(codes: Iterable[str]) -> tuple[tuple[str, Decimal], ...]:
    """Equal weights by largest remainder at 0.01, in plan order."""
    ordered = sorted(codes, key=ORDER.__getitem__)
    least, over = divmod(10_000, len(ordered))
    return tuple((code, Decimal(least + (place < over)) / 100) for place, code in enumerate(ordered))


def a_code(chance: Random) -> str:
    """An invented social credit code with its right check character."""
    head = chance.choice(("91310000", "91310115", "12310000", "52310104", "N2310115", "11310000", "53310000"))
    body = head + "".join(chance.choice(ALPHABET if chance.random() < 0.7 else "0123456789") for _ in range(9))
    total = sum(ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def a_numeric_code(chance: Random) -> str:
    """A code of digits alone."""
    while True:
        code = f"91310000{chance.randrange(10**9):09d}"
        total = sum(int(letter) * pow(3, place, 31) for place, letter in enumerate(code))
        if (check := (31 - total % 31) % 31) < 10:
            return f"{code}{check}"


class Invention:
    """Projects that differ from one another, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.number = 0
        kinds = ("研究院", "大学", "有限公司", "（上海）研究所", "附属医院", "Ａ＋实验室")
        self.leads = [(f"演示{place}号{self.chance.choice(kinds)}", a_code(self.chance)) for place in range(1, 40)]
        self.leads = [(name.replace("Ａ", "A"), code) for name, code in self.leads]

    def truth(self, **differing: Any) -> Truth:
        """A project nothing is wrong with."""
        chance = self.chance
        self.number += 1
        start, end = self._period()
        amounts, disbursed = self._money()
        tasks, weighted = self._tasks()
        found = Truth(
            project_no=self._project_no(),
            title=f"{chance.choice(('', '演示：'))}{chance.choice(TITLES)}（{self.number}）",
            lead=chance.choice(self.leads),
            pi_name="演示" + chance.choice("甲乙丙丁戊己庚辛壬癸") + chance.choice(("", "一", "二")),
            pi_phone=f"1990000{self.number:04d}" if chance.random() < 0.8 else None,
            fund_class=chance.choice(VOCABULARIES["fund_class"])["code"],
            status=chance.choice(VOCABULARIES["project_state"])["code"],
            tasks=tasks,
            weighted=weighted,
            start=start,
            end=end,
            amounts=amounts,
            disbursed=disbursed,
            progress=Decimal(chance.randrange(0, 201)) / 2 if chance.random() < 0.8 else None,
        )
        return replace(found, **differing)

    def _project_no(self) -> str:
        forms = (
            "{y}DZ226{n:04d}",
            "{y}JC142{n:04d}",
            "{y}51112{n:04d}",
            "20{y}SHZDZX{n:04d}",
            "{y}TQ140{n:04d}-20",
            "{y}YF140{n:04d}",
        )
        return self.chance.choice(forms).format(y=self.chance.randrange(16, 21), n=self.number)

    def _period(self) -> tuple[When, When]:
        chance = self.chance
        first, last = chance.randrange(2016, 2019), chance.randrange(2019, 2022)
        return self._when(first), self._when(last)

    def _when(self, year: int) -> When:
        month = self.chance.randrange(1, 13)
        day = self.chance.randrange(1, calendar.monthrange(year, month)[1] + 1)
        return When(year, month, day if self.chance.random() < 0.5 else 0)

    def _money(self) -> tuple[dict[str, Decimal], Decimal | None]:
        chance = self.chance
        size = chance.choice((50_000, 1_000_000, 30_000_000))
        amounts = {"amount_municipal": Decimal(chance.randrange(200, size // 100) * 100)}
        for name, share in (("amount_district", 0.5), ("amount_self", 0.7)):
            if chance.random() < share:
                amounts[name] = Decimal(chance.randrange(10, size // 100) * 100)
        fiscal = amounts["amount_municipal"] + amounts.get("amount_district", Decimal(0))
        paid = (fiscal * chance.randrange(0, 101) / 10_000).quantize(Decimal(1)) * 100
        disbursed = chance.choice((None, fiscal, paid, paid))
        return amounts, None if disbursed is None else min(disbursed, fiscal)

    def _tasks(self) -> tuple[tuple[tuple[str, Decimal], ...], bool]:
        chance = self.chance
        if chance.random() < 0.7:
            return ((chance.choice(TASKS * 6 + MEASURES), Decimal(100)),), True
        codes = chance.sample(TASKS, chance.choice((2, 2, 3, 3, 6, 7)))
        if chance.random() < 0.4:
            return equal_split(codes), False
        cuts = sorted(chance.sample(range(1, 200), len(codes) - 1))
        weights = [(b - a) * 50 for a, b in zip([0, *cuts], [*cuts, 200], strict=True)]
        return tuple((code, Decimal(weight) / 100) for code, weight in zip(codes, weights, strict=True)), True


TITLES = (
    "高通量材料计算平台",
    "面向5G的高端芯片设计",
    "“互联网+”交通信息服务示范",
    "Ga2O3功率器件关键技术，第一期",
    "城市地下空间安全监测（中试）",
    "合成生物学元件库①",
    "大飞机复合材料构件……无损检测",
    "基于Deep Learning的影像诊断",
    "小计算量神经网络",
    "合计算法与存储一体化芯片",
    "注意力机制下的类脑计算",
    "说明性人工智能",
)
"""Some open like a subtotal or a note, and are projects."""
