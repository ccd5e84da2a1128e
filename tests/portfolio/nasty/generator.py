"""Workbooks of project lists drawn from a seed, with what must be found in each of their rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.portfolio.nasty import writing, wrongs
from tests.portfolio.nasty.layouts import AMOUNTS, TOTAL, Layout, two_levels, units_in_cells, units_in_columns
from tests.portfolio.nasty.others import no_lists
from tests.portfolio.nasty.truth import FISCAL, Invention, Row, Truth, When

MONEY_KINDS = ("amount", "slip", "sum", "over", "both", "derived", "yuan")
KINDS = (
    *("project_no", "title", "lead_org_name", "pi_name", "uscc", "start", "end", "order", "tasks", "weights"),
    *("fund_class", "status", "progress", "tasks", "start", "uscc", *MONEY_KINDS, *MONEY_KINDS),
)
"""What may be wrong with a row; `progress`, `derived` and `yuan` do not reject."""


@dataclass
class Book:
    """Rows as they must be found, and the lines of each sheet to write down."""

    seed: int
    rows: list[Row] = field(default_factory=list)
    good: list[Truth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.invention = Invention(self.seed)
        self.chance = self.invention.chance

    def save(self, path: Path, size: int = 400) -> None:
        """A workbook of three lists among sheets that are none."""
        book = Workbook()
        del book[book.worksheets[0].title]
        lists = (two_levels(self.chance), units_in_cells(self.chance), units_in_columns(self.chance))
        for place, layout in enumerate(lists):
            for other in no_lists(self.chance, place):
                _other(book, other)
            self._list(book.create_sheet(layout.sheet), layout, size // 3)
        book.save(path)

    def _list(self, sheet: Worksheet, layout: Layout, size: int) -> None:
        for line in layout.above:
            sheet.append(list(line))
        if layout.above:
            sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(layout.columns))
        _header(sheet, layout)
        count = 0
        while count < size:
            count += self._some(sheet, layout)
        sheet.append(["合  计", None, None, *[None] * 10, 12345.6])
        sheet.append([])
        sheet.append(["注：1.以上均为演示。2.经费以任务书为准。"])
        sheet.append(["填报人：演示甲", None, None, "审核人：演示乙", None, None, "填报日期：2017年3月15日"])
        sheet.append([None, "单位负责人（签字）：", None, None, "联系电话：021-00000000"])

    def _some(self, sheet: Worksheet, layout: Layout) -> int:
        """A handful of rows, perhaps of one lead with merged cells, and lines between them."""
        chance = self.chance
        merged = layout.sheet.startswith("二") and chance.random() < 0.5
        lead = chance.choice(self.invention.leads)
        rows = list(self.some_rows(layout, chance.randrange(2, 7), lead if merged else None))
        first = sheet.max_row + 1
        for place, row in enumerate(rows):
            if merged and place:
                row.cells |= {"lead_org_name": None, "lead_org_uscc": None}
            row.number, row.sheet = first + place, layout.sheet
            self._write(sheet, layout, row, len(self.rows) + 1)
            self.rows.append(row)
        if merged:
            for column, one in enumerate(layout.columns, 1):
                if one.field in ("lead_org_name", "lead_org_uscc"):
                    last = first + len(rows) - 1
                    sheet.merge_cells(start_row=first, end_row=last, start_column=column, end_column=column)
        self._between(sheet, layout)
        return len(rows)

    def _between(self, sheet: Worksheet, layout: Layout) -> None:
        """Section labels, subtotals, blanks, a header again."""
        chance = self.chance
        labels = ("一、基础研究类", "（二）应用开发", "三、重大专项", "（一）在研项目", "第一批", "Ⅱ. 市级项目")
        lines: list[list[Any]] = [
            [chance.choice(labels)],
            [None, chance.choice(labels)],
            ["小计", None, None, *[None] * 9, 310, 250, "60"],
            [None, "小  计", None, *[None] * 9, "310万元"],
            ["本页合计", *[None] * 10, 465],
            ["总计（12项）", *[None] * 10, 465.5, 100],
            ["\u3000"],
            [],
            ["（续表）"],
            ["（续上表）", None, "\xa0"],
            ["注：本页数据截至2019年底"],
            ["备注：*为重点项目"],
            ["说明：金额以批复为准"],
            ["第 2 页 共 9 页"],
            ["二、应用开发类", *[None] * 9, 3100, 2500, 600],
            [None, "（三）其他项目", "共3项", *[None] * 8, 310],
            ["基础前沿类小计", *[None] * 10, 1550],
            [None, "以上合计", "12项", *[None] * 8, 1550],
            ["甲", "乙", *range(1, len(layout.columns) - 1)],
            list(range(1, len(layout.columns) + 1)),
        ]
        way = chance.random()
        if way < 0.15:
            _header(sheet, layout)
        elif way < 0.6:
            line = chance.choice(lines)
            sheet.append(line or [None, "", " "])
            if len(line) == 1 and line[0] and chance.random() < 0.5:
                at = sheet.max_row
                sheet.merge_cells(start_row=at, end_row=at, start_column=1, end_column=len(layout.columns))

    def some_rows(self, layout: Layout, many: int, lead: tuple[str, str] | None) -> Iterator[Row]:
        """Rows, some right, some wrong in one way or several, some of them repeated."""
        chance = self.chance
        for _ in range(many):
            again = chance.random()
            if again < 0.08 and self.good and not lead:
                yield self._repeated(layout)
                continue
            truth = self.invention.truth(**({"lead": lead} if lead else {}))
            wrong = set(chance.sample(KINDS, chance.choice((1, 1, 1, 2, 3, 4)))) if chance.random() < 0.4 else set()
            row = self.written(truth, layout, wrong - ({"uscc", "lead_org_name"} if lead else set()))
            if not row.errors and row.values == truth.values():
                self.good.append(truth)
            yield row

    def _repeated(self, layout: Layout) -> Row:
        """A row accepted before: the same again, with something else in it, or under another number."""
        chance = self.chance
        truth = chance.choice(self.good)
        kind = chance.choice(("exact", "conflict", "possible"))
        other = self.invention.truth()
        if kind == "exact":
            row = self.written(truth, layout, set())
            row.errors.add(("project_no", "duplicate_exact"))
        elif kind == "conflict":
            different = chance.choice(({"title": other.title}, {"lead": other.lead}, {"start": When(2016, 1, 4)}))
            row = self.written(replace(truth, **different), layout, set())
            same = replace(truth, **different) == truth
            row.errors.add(("project_no", "duplicate_exact" if same else "duplicate_conflict"))
        else:
            renumbered = replace(truth, project_no=other.project_no)
            row = self.written(renumbered, layout, set())
            row.warnings.add(("title", "possible_duplicate"))
            self.good.append(renumbered)
        row.judge()
        return row

    def written(self, truth: Truth, layout: Layout, wrong: set[str]) -> Row:
        """A row as somebody writes it, right but for what shall be wrong."""
        chance = self.chance
        row = Row({}, values=truth.values())
        row.cells = {
            "project_no": writing.project_no(chance, truth.project_no),
            "title": writing.name(chance, truth.title),
            "lead_org_name": writing.name(chance, truth.lead[0]),
            "lead_org_uscc": writing.uscc(chance, truth.lead[1]),
            "pi_name": writing.name(chance, truth.pi_name),
            "pi_phone": writing.phone(chance, truth.pi_phone),
            "fund_class": writing.word(chance, "fund_class", truth.fund_class),
            "status": writing.word(chance, "project_state", truth.status),
            "remark": chance.choice((None, None, "合计", "小计3项", "见附件", "注：延期")),
        }
        self._dates(row, truth, layout, wrong)
        self._tasks(row, truth, layout, wrong)
        self._money(row, truth, layout, wrong & set(MONEY_KINDS))
        row.cells["progress"], row.formats["progress"] = writing.percent(chance, truth.progress)
        for name in wrong & {"project_no", "title", "lead_org_name", "pi_name"}:
            row.cells[name] = writing.empty(chance)
            row.errors.add((name, "required"))
        for name in wrong & {"fund_class", "status"}:
            row.cells[name] = wrongs.word(chance, name)
            row.errors.add((name, "unknown_value"))
        if "uscc" in wrong:
            row.cells["lead_org_uscc"], code = wrongs.uscc(chance, truth.lead[1])
            row.errors.add(("lead_org_uscc", code))
        if "progress" in wrong:
            row.cells["progress"], row.formats["progress"] = (
                chance.choice(("过半", "约一半", "正常", "八成")),
                "General",
            )
            row.values["progress_pct"] = None
            row.warnings.add(("progress_pct", "progress_unparsed"))
        if layout.sheet.startswith("二") and chance.random() < 0.06:
            row.hidden = True
            row.warnings.add(("row", "hidden_row"))
        row.judge()
        return row

    def _dates(self, row: Row, truth: Truth, layout: Layout, wrong: set[str]) -> None:
        chance = self.chance
        start, end = truth.start, truth.end
        if layout.has("period"):
            cell, codes = writing.period(chance, start, end)
            row.warnings |= {(name, code) for code in codes for name in ("start_date", "end_date")}
            if wrong & {"start", "end", "order"}:
                row.warnings -= {(name, code) for code in codes for name in ("start_date", "end_date")}
                cell, errors = wrongs.period(chance)
                row.errors |= errors
                row.values |= dict.fromkeys(("start_date", "start_precision", "end_date", "end_precision"), ...)
            row.cells["period"] = cell
            return
        if "order" in wrong and not wrong & {"start", "end"}:
            start = When(2021, 12, 31)
            end = chance.choice((When(2021, 12, 30), When(2021, 11), When(2020, 3)))
            row.errors.add(("end_date", "end_before_start"))
            row.values |= {"start_date": start.first(), "start_precision": "day"}
        for name, when in (("start", start), ("end", end)):
            if name in wrong:
                row.cells[name], code = wrongs.date(chance)
                row.errors.add((f"{name}_date", code))
            else:
                row.cells[name], codes = writing.date(chance, when)
                row.warnings |= {(f"{name}_date", code) for code in codes}

    def _tasks(self, row: Row, truth: Truth, layout: Layout, wrong: set[str]) -> None:
        chance = self.chance
        if "tasks" in wrong:
            row.cells["tasks"], code = wrongs.task(chance)
            row.errors.add(("tasks", code))
        elif "weights" in wrong:
            row.cells["tasks"], apart = wrongs.weights(chance)
            while apart and not layout.has("weights"):
                row.cells["tasks"], apart = wrongs.weights(chance)
            row.cells["weights"] = apart
            row.errors.add(("tasks", "weights_not_100"))
        else:
            written = writing.tasks(chance, truth.tasks, truth.weighted, layout.has("weights"))
            row.cells["tasks"], row.cells["weights"], codes = written
            row.warnings |= {("tasks", code) for code in codes}

    def _money(self, row: Row, truth: Truth, layout: Layout, kinds: set[str]) -> None:
        chance = self.chance
        kind = chance.choice(sorted(kinds)) if kinds else ""
        fiscal = sum((truth.amounts.get(name, Decimal(0)) for name in FISCAL), Decimal(0))
        total = sum(truth.amounts.values(), Decimal(0))
        amounts: dict[str, Decimal | None] = {TOTAL: total, **truth.amounts, "amount_disbursed": truth.disbursed}
        if kind in ("sum", "both"):
            amounts[TOTAL] = total + Decimal(chance.choice(("1.01", "-1.01", "10000", "250000")))
            row.errors.add((TOTAL, "sum_mismatch"))
        if kind in ("over", "both"):
            amounts["amount_disbursed"] = fiscal + Decimal(chance.choice(("0.01", "1", "150000")))
            row.errors.add(("amount_disbursed", "disbursed_exceeds_fiscal"))
        if kind == "derived":
            amounts[TOTAL] = None
            row.warnings.add((TOTAL, "total_derived"))
        if kind == "yuan":
            amounts[TOTAL] = total + chance.choice((1, -1))
        for name in AMOUNTS:
            if layout.has(name):
                amount = amounts.get(name)
                row.cells[name] = (
                    writing.empty(chance) if amount is None else writing.amount(chance, amount, layout.unit(name))
                )
                if amount is not None:
                    row.values[name] = f"{amount:.2f}"
        if kind == "amount":
            name = chance.choice([name for name in AMOUNTS if layout.has(name)])
            row.cells[name], code = wrongs.amount(chance, layout.unit(name))
            row.errors.add((name, code))
        if kind == "slip":
            row.cells[TOTAL] = wrongs.slip(chance, layout.unit(TOTAL))
            row.errors.add((TOTAL, "amount_implausible"))

    def _write(self, sheet: Worksheet, layout: Layout, row: Row, serial: int) -> None:
        for column, one in enumerate(layout.columns, 1):
            value = serial if one.field == "serial" else row.cells.get(one.field)
            cell = sheet.cell(row.number, column, value)
            if one.field in row.formats:
                cell.number_format = row.formats[one.field]
        sheet.row_dimensions[row.number].hidden = row.hidden


def _header(sheet: Worksheet, layout: Layout) -> None:
    """The header, the second time too, with the upper labels merged over theirs."""
    first = sheet.max_row + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value is not None else 1
    last = first + layout.levels - 1
    run = 1
    for column, one in enumerate(layout.columns, 1):
        for level, label in enumerate(one.labels):
            sheet.cell(first + level, column, label)
        if layout.levels == 1:
            continue
        if len(one.labels) == 1:
            sheet.merge_cells(start_row=first, end_row=last, start_column=column, end_column=column)
        follows = column < len(layout.columns) and layout.columns[column].labels[0] == one.labels[0]
        if not follows:
            if len(one.labels) == 2 and run < column:
                sheet.merge_cells(start_row=first, end_row=first, start_column=run, end_column=column)
            run = column + 1


def _other(book: Workbook, other: tuple[str, list[list[Any]]]) -> None:
    sheet = book.create_sheet(other[0])
    for line in other[1]:
        sheet.append(line)
