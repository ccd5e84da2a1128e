"""Where in a sheet the list lies: header rows, columns, units, and which rows are no projects."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from services.portfolio.workbook.files import EMPTY, Cell, Sheet
from services.portfolio.workbook.headers import (
    ENOUGH,
    REQUIRED_TOGETHER,
    RESULT_HEADERS,
    VAGUE,
    field_of,
    folded,
    header_key,
    is_header_word,
    unit_in,
    unit_line,
)
from services.portfolio.workbook.values import is_empty

MANY = 6
"""Fields from which on a list needs no credit codes and no tasks to be one of projects."""
DEEPEST = 3
"""Header rows that belong together, at most."""
CONTINUED = re.compile(r"^[(\[]?(续表|接上表|接上页|续上表|转下页)[)\]]?\d*$")
REMARK = re.compile(r"^(备注|注|说明|填表说明|附注|注释|\*|※)\d*[::.、(]|^(备注|附注|填表说明|注|说明|注释)$")
SIGNED = re.compile(
    r"^(填表人?|制表人?|审核人?|填报人?|编制人?|经办人?|复核人?|审批人?|批准人?|负责人签字|单位负责人|填报单位|填表单位|制表单位|编制单位"
    r"|填报日期|填表日期|制表日期|日期|报送日期|报送单位|盖章|\(盖章\)|\(公章\)|单位盖章|联系人|签字|主管领导)(?:[:(]|$)"
)
TOTAL = re.compile(r"^.{0,12}?(?:小计|合计|总计|共计)(?:$|[:(\d]|金额|经费|共|项)")
"""合计, 本页小计, 基础研究类小计, 总计(12项); no title such as 合计算法."""
LABEL = re.compile(
    r"^(?:第?[一二三四五六七八九十]{1,3}[、.章批类]|\([一二三四五六七八九十]{1,3}\)|第\d+批|[ivx]{1,4}[、.]|\d{1,2}[、.]\D|其中|占比|平均)"
)
"""What a section of a list is headed by, its sums perhaps beside it, or a note is numbered by."""
IDENTIFYING = ("lead_org_uscc", "pi_name", "tasks")
"""What a project has and the heading of a section has not."""
NUMBERED = re.compile(r"^\(?(\d{1,2})\)?$")


@dataclass
class Header:
    """A header: its rows, the columns of each field, and the unit of each column of money that names one."""

    rows: tuple[int, ...]
    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    units: dict[int, Decimal] = field(default_factory=dict)
    vague: frozenset[str] = frozenset()
    """The fields that only a vague word names."""

    @property
    def said(self) -> tuple[int, int]:
        """How much a header says: fields, then units."""
        return len(self.columns), len(self.units)

    @property
    def is_of_projects(self) -> bool:
        """Whether a list of projects lies below: not their payments, nor tasks with numbers and names of their own."""
        named = [name for name in REQUIRED_TOGETHER if name in self.columns]
        known = len(self.columns)
        told = known >= MANY or any(name in self.columns for name in ("lead_org_uscc", "tasks"))
        return known >= ENOUGH and told and (len(named) > 1 or any(name not in self.vague for name in named))


class Line(NamedTuple):
    """A row of the sheet: what it is, under which header, in which unit."""

    number: int
    cells: list[Cell]
    is_project: bool
    header: Header
    unit: Decimal


def lines(sheet: Sheet) -> Iterator[Line]:
    """The rows of a sheet that is a project list, blanks left out; nothing where there is no header."""
    header = None
    unit = Decimal(1)
    pending: list[tuple[int, list[Cell]]] = []
    until = 0
    for number, cells in enumerate(sheet.rows, 1):
        if number <= until:
            if not _is_blank(cells):
                pending.append((number, cells))
            continue
        unit = _unit_of(cells) or unit
        found = header_at(sheet.rows, number)
        if found is not None and header is not None and not _heads(cells, sheet.rows[header.rows[0] - 1]):
            found = None  # a project of texts alone, with a header below it
        if found is not None:
            header, until = found, found.rows[-1]
            unit = next((u for row in found.rows if (u := _unit_of(sheet.rows[row - 1]))), unit)
        if _is_blank(cells):
            continue
        if header is None:
            pending.append((number, cells))
            continue
        for skipped in pending:
            yield Line(*skipped, False, header, unit)
        pending.clear()
        yield Line(number, cells, found is None and is_project(cells, header), header, unit)
    if header is not None:
        for skipped in pending:
            yield Line(*skipped, False, header, unit)


def _heads(cells: Sequence[Cell], first: Sequence[Cell]) -> bool:
    """Whether a row below a list opens another header: it repeats the first one, or is mostly words of headers."""
    words = {folded(cell.value) for cell in cells if not is_empty(cell)}
    known = sum(is_header_word(word) for word in words)
    return known * 2 >= len(words) or words == {folded(cell.value) for cell in first if not is_empty(cell)}


def header_at(rows: Sequence[Sequence[Cell]], number: int) -> Header | None:
    """The header whose first row this is: the fewest rows that together name the most fields."""
    if not _may_be_header(rows[number - 1]):
        return None
    best: Header | None = None
    for depth in range(1, DEEPEST + 1):
        block = range(number, number + depth)
        if block[-1] > len(rows) or (depth > 1 and not _continues(rows, block[-1])):
            break
        found = _columns(rows, block)
        if best is None or found.said > best.said:
            best = found
    return best if best is not None and best.is_of_projects else None


def _may_be_header(cells: Sequence[Cell]) -> bool:
    """A header is words: no numbers, no dates, more than one word."""
    values = [cell.value for cell in cells if not is_empty(cell)]
    words = {value for value in values if isinstance(value, str)}
    return len(words) > 1 and all(isinstance(value, str) for value in values)


def _continues(rows: Sequence[Sequence[Cell]], number: int) -> bool:
    """Whether a row may be the lower part of a header: words, some of which stand below a merged one."""
    above, cells = rows[number - 2], rows[number - 1]
    if _is_blank(cells, carried=True) or not all(isinstance(c.value, str) for c in cells if not is_empty(c)):
        return False
    own = [place for place, cell in enumerate(cells) if not is_empty(cell) and not cell.carried]
    return bool(own) and all(
        _below_a_group(above, place) or field_of((text := str(cells[place].value),)) or not header_key(text)
        for place in own
    )


def _below_a_group(above: Sequence[Cell], place: int) -> bool:
    """Whether the header above a column spans several: it is merged, or the cell beside it is empty."""
    cell = above[place] if place < len(above) else EMPTY
    beside = above[place + 1] if place + 1 < len(above) else EMPTY
    return cell.carried or beside.carried or is_empty(cell) or is_empty(beside)


def _columns(rows: Sequence[Sequence[Cell]], block: range) -> Header:
    header = Header(tuple(block))
    width = max(len(rows[number - 1]) for number in block)
    taken: dict[str, list[int]] = {}
    vague: set[str] = set()
    spanning = [""] * len(block)
    for place in range(width):
        labels = []
        for level, number in enumerate(block):
            row = rows[number - 1]
            text = str(row[place].value) if place < len(row) and not is_empty(row[place]) else ""
            if text:
                spanning[level] = text
                for deeper in range(level + 1, len(block)):
                    spanning[deeper] = ""
            elif level + 1 < len(block) and _has_text_below(rows, block[level + 1 :], place):
                text = spanning[level]  # a group whose cells are not merged
            labels.append(text)
        name = _named(tuple(labels))
        if name is None:
            continue
        is_vague = header_key("".join(labels)) in VAGUE
        if name in taken and name in vague and not is_vague:
            del taken[name]
        if name in taken and (is_vague or name not in ("tasks", "weights")):
            continue
        vague.discard(name)
        if is_vague:
            vague.add(name)
        taken.setdefault(name, []).append(place + 1)
        unit = next((u for label in reversed(labels) if label and (u := unit_in(label)) is not None), None)
        if unit is not None:
            header.units[place + 1] = unit
    header.vague = frozenset(vague)
    header.columns = {name: tuple(places) for name, places in taken.items()}
    return header


def _has_text_below(rows: Sequence[Sequence[Cell]], block: range, place: int) -> bool:
    return any(place < len(rows[n - 1]) and not is_empty(rows[n - 1][place]) for n in block)


def _named(labels: tuple[str, ...]) -> str | None:
    own = next((label for label in reversed(labels) if label), "")
    if header_key(own) in _RESULTS:
        return None
    name = field_of(labels)
    if name is None:
        # 任务1、任务2 …: several columns of one field.
        name = field_of(tuple(re.sub(r"[\d一二三四五①②③④⑤]+$", "", label.strip()) for label in labels))
        return name if name in ("tasks", "weights") else None
    return name


_RESULTS = {header_key(word) for word in RESULT_HEADERS if word != "说明"}


def _unit_of(cells: Sequence[Cell]) -> Decimal | None:
    for cell in cells:
        if isinstance(cell.value, str) and not cell.carried and (unit := unit_line(cell.value)) is not None:
            return unit
    return None


def _is_blank(cells: Sequence[Cell], carried: bool = False) -> bool:
    """Whether a row holds nothing of its own; what merged cells carry into it does not count."""
    return all(_nothing(cell) or (cell.carried and not carried) for cell in cells)


def _nothing(cell: Cell) -> bool:
    return cell.value is None or (isinstance(cell.value, str) and not folded(cell.value))


def is_project(cells: Sequence[Cell], header: Header) -> bool:
    """Whether a row below a header is a project: not a label, a total, a note, a line of signatures."""
    own = [cell for cell in cells if not _nothing(cell)]
    words = [folded(cell.value) for cell in own]
    first = words[0]
    if len({cell.value for cell in own}) == 1 or any(form.match(first) for form in (CONTINUED, REMARK, SIGNED)):
        return False
    if any(SIGNED.match(word) for word in words) and not _named_cells(cells, header, ("project_no",)):
        return False
    named = _named_cells(cells, header, ("project_no",))
    if any(TOTAL.match(word) for word in words[:4]) and not named:
        return False
    if _is_numbering(words) or (LABEL.match(first) and not _named_cells(cells, header, IDENTIFYING)):
        return False
    if _named_cells(cells, header, REQUIRED_TOGETHER):
        return True
    return len(_named_cells(cells, header, tuple(header.columns))) >= ENOUGH


def _is_numbering(words: Sequence[str]) -> bool:
    """Whether a row numbers the columns: 甲 乙 1 2 3 …, as forms do below their header."""
    numbers = [int(found[1]) for word in words if (found := NUMBERED.match(word))]
    others = [word for word in words if not NUMBERED.match(word)]
    counted = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    return (
        counted
        and len(numbers) >= ENOUGH
        and all(word in "甲乙丙丁戊己" or word in ("栏次", "列次") for word in others)
    )


def _named_cells(cells: Sequence[Cell], header: Header, names: Sequence[str]) -> list[Cell]:
    """The cells of a row that hold something of their own in the columns of some fields; a total's label is none."""
    found = []
    for name in names:
        for column in header.columns.get(name, ()):
            cell = cells[column - 1] if column <= len(cells) else EMPTY
            if not is_empty(cell) and not cell.carried and not TOTAL.match(folded(cell.value)):
                found.append(cell)
    return found
