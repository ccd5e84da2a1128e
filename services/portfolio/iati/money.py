"""An activity's budgets and transactions as budget lines and movements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from services.portfolio.contract import NewMovement
from services.portfolio.iati import codes
from services.portfolio.iati.dialect import IatiDialect
from services.portfolio.iati.notes import Notes, Reading
from services.portfolio.iati.shares import Spent, sectors_in
from services.portfolio.iati.stream import narrative
from services.shared.money import TOO_LARGE, too_large

CENT = Decimal("0.01")
REFERENCE = 200
_AMOUNT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*|Z|[+-]\d{2}:\d{2})?")


class Period(NamedTuple):
    """The days of a budget, the last one included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass
class Money:
    """What an activity's transactions are here."""

    movements: list[dict[str, Any]] = field(default_factory=list)
    """NewMovement in wire JSON, in the order of the file."""
    not_counted: list[dict[str, Any]] = field(default_factory=list)
    """Transactions that are no movement: their place, type, day, amount and currency, as they are published."""
    spent: list[Spent] = field(default_factory=list)
    days: list[date] = field(default_factory=list)


def day_of(text: str | None, place: str, notes: Notes) -> date | None:
    """An ISO date; a time and an offset after it are left out, as dates in IATI are days. None after an error, and
    where there is none."""
    text = (text or "").strip()
    if not text:
        return None
    if found := _DAY.fullmatch(text):
        try:
            day = date.fromisoformat(found[1])
        except ValueError:
            day = date.min
        if 1900 <= day.year <= 2200:
            return day
    notes.say("date_invalid", place, text, f"{text[:40]} is no day between 1900 and 2200, such as 2017-03-15")
    return None


def exact_in(value: Element | None, place: str, reading: Reading) -> Decimal | None:
    """A value in the plan's currency with all its decimals; None after an error."""
    notes, plan_currency = reading.notes, reading.dialect.currency
    text = ((value.text if value is not None else None) or "").strip()
    if value is None or not _AMOUNT.fullmatch(text):
        notes.say("amount_unparseable", place, text, f"{text[:40] or 'nothing'} is no decimal number")
        return None
    currency = (value.get("currency") or reading.activity.get("default-currency") or "").strip().upper()
    if not currency:
        notes.say("currency_missing", place, text, "neither the value nor the activity names a currency")
        return None
    if currency != plan_currency:
        detail = f"{text[:40]} {currency} has to be converted to {plan_currency}: no rate is known"
        notes.say("currency_rate_missing", place, f"{text} {currency}", detail)
        return None
    amount = Decimal(text)
    if too_large(amount) or too_large(amount.quantize(CENT, ROUND_HALF_UP)):
        notes.say("amount_out_of_range", place, text, TOO_LARGE)
        return None
    return amount


def to_the_cent(exact: Decimal, place: str, notes: Notes) -> Decimal:
    """An amount rounded half up, away from nothing."""
    amount = exact.quantize(CENT, ROUND_HALF_UP) or Decimal("0.00")  # never -0.00
    if amount != exact:
        notes.say("amount_rounded", place, f"{exact:f}", f"{f'{exact:f}'[:40]} is read as {amount}")
    return amount


def source_of(providers: Sequence[Element], dialect: IatiDialect) -> str:
    """The source of money by the type of who provides it, the first whose type the dialect knows."""
    types = [(provider.get("type") or "").strip() for provider in providers]
    return next((dialect.sources[each] for each in types if each in dialect.sources), dialect.source)


def transactions(reading: Reading, source: str) -> Money:
    """All transactions of an activity, with everything that is wrong with them."""
    activity, notes = reading.activity, reading.notes
    found = Money()
    listed = [(f"transaction[{i}]", each, _kind(each)) for i, each in enumerate(activity.findall("transaction"), 1)]
    outgoing = any(kind == codes.OUTGOING_COMMITMENT and _is_something(each) for _, each, kind in listed)
    uncounted: dict[str, int] = {}
    for place, transaction, kind in listed:
        if kind not in codes.TRANSACTIONS:
            notes.say("transaction_kind_unknown", f"{place}/transaction-type", kind, "give a code of TransactionType")
        elif codes.TRANSACTIONS[kind].movement is None or (kind == codes.INCOMING_COMMITMENT and outgoing):
            uncounted[kind] = uncounted.get(kind, 0) + 1
            found.not_counted.append(_as_published(place, transaction, kind, activity))
        else:
            _enter(transaction, kind, place, source, reading, found)
    for kind, count in uncounted.items():
        detail = f"{count} of kind {kind} ({codes.TRANSACTIONS[kind].name}) are carried and count nowhere"
        if kind == codes.INCOMING_COMMITMENT:
            detail += ": the activity's outgoing commitments count, the same money coming in would count twice"
        notes.say("transaction_kind_not_counted", "transaction", kind, detail)
    if reimbursed := sum(kind == codes.REIMBURSEMENT for _, _, kind in listed):
        notes.say("reimbursement_is_disbursement", "transaction", "7", f"{reimbursed} are entered as disbursements")
    return found


def _is_something(transaction: Element) -> bool:
    """Whether a transaction has a value that is not 0: some publishers write a commitment of 0 where they know none."""
    text = (transaction.findtext("value") or "").strip()
    return not _AMOUNT.fullmatch(text) or Decimal(text) != 0


def _kind(transaction: Element) -> str:
    return _attribute(transaction, "transaction-type", "code")


def _attribute(parent: Element, name: str, attribute: str) -> str:
    child = parent.find(name)
    return (child.get(attribute) or "").strip() if child is not None else ""


def _as_published(place: str, transaction: Element, kind: str, activity: Element) -> dict[str, Any]:
    value = transaction.find("value")
    currency = (value.get("currency") if value is not None else None) or activity.get("default-currency")
    return {
        "place": place,
        "kind": kind,
        "name": codes.TRANSACTIONS[kind].name,
        "on": _attribute(transaction, "transaction-date", "iso-date"),
        "amount": ((value.text if value is not None else None) or "").strip(),
        "currency": currency or "",
    }


def _enter(transaction: Element, kind: str, place: str, source: str, reading: Reading, found: Money) -> None:
    """Add the movement that a transaction is, unless something is wrong with it."""
    dialect, notes = reading.dialect, reading.notes
    exact = exact_in(transaction.find("value"), f"{place}/value", reading)
    amount = None if exact is None else to_the_cent(exact, f"{place}/value", notes)
    on = _transaction_day(place, transaction, notes)
    if amount == 0:
        notes.say("amount_zero", f"{place}/value", "0", "a movement of nothing is no movement")
    if on is None or not amount:
        return
    movement = codes.TRANSACTIONS[kind].movement
    assert movement is not None, "kinds that are no movement are kept apart"
    provider = transaction.find("provider-org")
    if provider is not None and (provider.get("type") or "").strip() in dialect.sources:
        source = source_of([provider], dialect)
    reference = (transaction.get("ref") or "").strip() or narrative(transaction.find("description"), dialect.languages)
    entered = NewMovement(
        kind=movement, on=on.isoformat(), source=source, amount=amount, reference=reference[:REFERENCE]
    )
    found.movements.append(entered.model_dump(mode="json", exclude_none=True))
    found.days.append(on)
    found.spent.append(Spent(sectors_in(transaction, dialect.languages, f"{place}/"), amount))


def _transaction_day(place: str, transaction: Element, notes: Notes) -> date | None:
    text = _attribute(transaction, "transaction-date", "iso-date")
    if text:
        return day_of(text, f"{place}/transaction-date", notes)
    dated = _attribute(transaction, "value", "value-date")
    if not dated:
        notes.say("date_missing", f"{place}/transaction-date", "", "give the day of the transaction")
        return None
    notes.say("date_from_value", f"{place}/transaction-date", dated, f"it has no date: its value-date {dated} is taken")
    return day_of(dated, f"{place}/value", notes)


def budget_lines(reading: Reading, source: str) -> list[dict[str, Any]]:
    """The budget as lines of year and amount from one source, in the order of years.

    Periods are added up with all their decimals and each year is rounded once: quarters are often a year divided.
    """
    notes = reading.notes
    periods: dict[Period, dict[str, Decimal]] = {}
    for i, budget in enumerate(reading.activity.findall("budget"), 1):
        place = f"budget[{i}]"
        amount = exact_in(budget.find("value"), f"{place}/value", reading)
        period = _period(budget, place, notes)
        if period is None or amount is None:
            continue
        kind = "revised" if (budget.get("type") or "").strip() == codes.REVISED else "original"
        amounts = periods.setdefault(period, {})
        amounts[kind] = amounts.get(kind, Decimal(0)) + amount
    _say_overlaps(sorted(periods), notes)
    sums: dict[int, Decimal] = {}
    for period, amounts in periods.items():
        sums[period.first.year] = sums.get(period.first.year, Decimal(0)) + _in_force(period, amounts, notes)
    return [_line(year, sums[year], source, notes) for year in sorted(sums)]


def _period(budget: Element, place: str, notes: Notes) -> Period | None:
    """The days that a budget is for; without a last one, the first alone. None after an error."""
    start = _attribute(budget, "period-start", "iso-date")
    first = day_of(start, f"{place}/period-start", notes)
    last = day_of(_attribute(budget, "period-end", "iso-date"), f"{place}/period-end", notes)
    if not start:
        notes.say("date_missing", f"{place}/period-start", "", "give the first day of the budget's period")
    if first is None:
        return None
    if last is not None and last.year != first.year:
        detail = f"the period {first} to {last} is entered whole in {first.year}"
        notes.say("budget_spans_years", place, f"{first} {last}", detail)
    return Period(first, last or first)


def _say_overlaps(periods: Sequence[Period], notes: Notes) -> None:
    """Warn of periods that have days in common, in the order of their first days."""
    reached: Period | None = None
    for period in periods:
        if reached is not None and period.first <= reached.last:
            detail = f"{period} and {reached} have days in common and add up: where one is a part, it counts twice"
            notes.say("budget_overlaps", "budget", str(period), detail)
        reached = max(reached or period, period, key=lambda each: each.last)


def _in_force(period: Period, amounts: dict[str, Decimal], notes: Notes) -> Decimal:
    if len(amounts) == 2:
        detail = f"for {period} the revised {amounts['revised']} stands, not {amounts['original']}"
        notes.say("budget_revised", "budget", str(amounts["original"]), detail)
    return amounts.get("revised", amounts.get("original", Decimal(0)))


def _line(year: int, exact: Decimal, source: str, notes: Notes) -> dict[str, Any]:
    amount = to_the_cent(exact, "budget", notes)
    if amount < 0:
        notes.say("amount_negative", "budget", str(amount), f"the budget of {year} is {amount}")
    return {"year": year, "source": source, "amount": f"{amount:.2f}"}
