"""One row of a list as a row of an import: every cell read, everything that is wrong said at once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.portfolio.contract import Finding, ImportRow
from services.portfolio.workbook import values
from services.portfolio.workbook.dialect import Dialect
from services.portfolio.workbook.fields import FIELDS
from services.portfolio.workbook.files import ADDITION, EMPTY, Cell
from services.portfolio.workbook.shares import shares
from services.portfolio.workbook.tables import Line
from services.portfolio.workbook.values import Notes, is_empty, unreadable

COMPONENTS = ("amount_central", "amount_municipal", "amount_district", "amount_self", "amount_other")
FISCAL = COMPONENTS[:3]
LEAST, MOST = Decimal(10_000), Decimal(5_000_000_000)
"""A total below or above is implausible: a slip of the unit."""
TOLERANCE = Decimal(1)
"""Yuan by which a total may differ from the sum of its sources."""
VOCABULARIES = {"fund_class": "fund_class", "status": "project_state"}
REQUIRED = tuple(field.name for field in FIELDS if field.required)
ORDER = {field.name: place for place, field in enumerate(FIELDS)}
NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(field.name for field in FIELDS if not field.name.startswith("record_") and field.name != "weights"),
    "tasks": [],
    "start_precision": None,
    "end_precision": None,
}


def read_row(sheet: str, line: Line, hidden: bool, dialect: Dialect) -> ImportRow:
    """A project row, judged on its own. One that came from a list of ours may lack what its project lacks."""
    notes = Notes()
    found: dict[str, Any] = dict(NOTHING)
    cells = _cells(line)
    for name in ("project_no", "title", "lead_org_name", "pi_name", "pi_phone", "lead_org_uscc"):
        cell = cells[name][0]
        if not is_empty(cell) and not unreadable(name, cell, notes):
            found[name] = _text(name, cell, notes)
    for name, vocabulary in VOCABULARIES.items():
        _read_term(found, name, vocabulary, cells[name][0], dialect, notes)
    usable = [cell for cell in cells["tasks"] if is_empty(cell) or not unreadable("tasks", cell, notes)]
    found["tasks"] = shares(usable, cells["weights"], dialect, notes)
    _read_dates(found, cells, notes)
    ours = "record_id" in line.header.columns and not is_empty(cells["record_id"][0])
    _read_amounts(found, cells, line, ours, notes)
    _read_progress(found, cells["progress_pct"][0], notes)
    for name in ("record_id", "record_version"):
        if name in line.header.columns:
            cell = cells[name][0]
            found[name] = None if is_empty(cell) else values.flat(cell.value)
    if not ours:
        _require(cells, found, notes)
    if hidden:
        notes.say("row", "hidden_row", line.number)
    verdict = "rejected" if notes.errors else "accepted_with_warnings" if notes.warnings else "accepted"
    return ImportRow.model_validate(
        {
            "sheet": sheet,
            "row": line.number,
            "verdict": verdict,
            "values": found,
            "errors": _ordered(notes.errors),
            "warnings": _ordered(notes.warnings),
        }
    )


def _ordered(found: Sequence[Finding]) -> list[Finding]:
    """In the order of the columns."""
    return sorted(found, key=lambda one: ORDER.get(one.field, len(ORDER)))


def _cells(line: Line) -> dict[str, list[Cell]]:
    """The cells of each field; an empty one where the sheet has no column for it."""
    columns = line.header.columns
    found = {field.name: [_at(line, column) for column in columns.get(field.name, ())] or [EMPTY] for field in FIELDS}
    if "period" in columns:
        start, end = values.period(_at(line, columns["period"][0]))
        for name, cell in (("start_date", start), ("end_date", end)):
            if name not in columns:
                found[name] = [cell]
    return found


def _at(line: Line, column: int) -> Cell:
    return line.cells[column - 1] if column <= len(line.cells) else EMPTY


def _text(name: str, cell: Cell, notes: Notes) -> str | None:
    if name == "project_no":
        return values.code(cell.value)
    if name == "pi_phone":
        return values.phone(cell.value)
    if name == "lead_org_uscc":
        return values.uscc(name, cell, notes)
    return values.clean(cell.value)


def _read_term(found: dict[str, Any], name: str, vocabulary: str, cell: Cell, dialect: Dialect, notes: Notes) -> None:
    if is_empty(cell) or unreadable(name, cell, notes):
        return
    found[name] = dialect.term(vocabulary, values.clean(cell.value))
    if found[name] is None:
        notes.say(name, "unknown_value", cell.value)


def _read_dates(found: dict[str, Any], cells: Mapping[str, list[Cell]], notes: Notes) -> None:
    ends = {}
    for name, which in (("start", "first"), ("end", "last")):
        cell = cells[f"{name}_date"][0]
        if is_empty(cell) or unreadable(f"{name}_date", cell, notes):
            continue
        day = values.day(f"{name}_date", cell, notes)
        if day is not None:
            ends[name] = getattr(day, which)
            found[f"{name}_date"] = ends[name].isoformat()
            found[f"{name}_precision"] = day.precision
    if len(ends) == 2 and ends["end"] < ends["start"]:
        raw = f"{ends['start']} … {ends['end']}"
        notes.say("end_date", "end_before_start", raw)


def _read_amounts(found: dict[str, Any], cells: Mapping[str, list[Cell]], line: Line, ours: bool, notes: Notes) -> None:
    """Each amount in yuan, then what they say together; one that failed stops that."""
    amounts: dict[str, Decimal | None] = {}
    for name in ("amount_total", *COMPONENTS, "amount_disbursed"):
        cell = cells[name][0]
        if name == "amount_total" and cell.value is ADDITION and any(not is_empty(cells[c][0]) for c in COMPONENTS):
            cell = EMPTY
        amounts[name] = None
        if not is_empty(cell) and not unreadable(name, cell, notes):
            unit = line.header.units.get(line.header.columns[name][0], line.unit)
            amounts[name] = values.amount(name, cell, unit, notes)
    failed = notes.failed("amount_total", *COMPONENTS, "amount_disbursed")
    parts = {name: amounts[name] or Decimal(0) for name in COMPONENTS}
    total, disbursed = amounts["amount_total"], amounts["amount_disbursed"]
    if total is None and not failed and any(parts.values()):
        total = sum(parts.values(), Decimal(0))
        notes.say("amount_total", "total_derived", f"{total:.2f}")
    if total is not None and not ours and not notes.failed("amount_total") and not LEAST <= total <= MOST:
        notes.say("amount_total", "amount_implausible", f"{total:.2f}")
        failed = True
    if not failed:
        _check_sums(total, parts, None if ours else disbursed, notes)
    for name in COMPONENTS:
        found[name] = None if notes.failed(name) else f"{parts[name]:.2f}"
    found["amount_total"] = None if total is None else f"{total:.2f}"
    found["amount_disbursed"] = None if disbursed is None else f"{disbursed:.2f}"


def _check_sums(total: Decimal | None, parts: Mapping[str, Decimal], disbursed: Decimal | None, notes: Notes) -> None:
    together = sum(parts.values(), Decimal(0))
    if total is not None and abs(total - together) > TOLERANCE:
        notes.say(
            "amount_total", "sum_mismatch", f"{total:.2f}", f"总经费 {total:.2f} 元，各来源之和 {together:.2f} 元"
        )
    fiscal = sum((parts[name] for name in FISCAL), Decimal(0))
    if disbursed is not None and disbursed > fiscal:
        detail = f"已拨付 {disbursed:.2f} 元，财政经费只有 {fiscal:.2f} 元"
        notes.say("amount_disbursed", "disbursed_exceeds_fiscal", f"{disbursed:.2f}", detail)


def _read_progress(found: dict[str, Any], cell: Cell, notes: Notes) -> None:
    if is_empty(cell):
        return
    read = None if cell.value is None else values.percent(cell)
    if read is None:
        notes.say("progress_pct", "progress_unparsed", cell.value)
    else:
        found["progress_pct"] = f"{read:.2f}"


def _require(cells: Mapping[str, list[Cell]], found: Mapping[str, Any], notes: Notes) -> None:
    for name in REQUIRED:
        if all(is_empty(cell) for cell in cells[name]) and found[name] in (None, []):
            notes.say(name, "required", "")
