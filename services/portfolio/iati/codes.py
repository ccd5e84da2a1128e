"""What IATI's codes become here, and everything that is said of an activity: the tables of the reader."""

from typing import Literal, NamedTuple

from services.portfolio.contract import MovementKind

VERSIONS = ("2.01", "2.02", "2.03")
"""Versions that are read. In 1.0x texts, organisations' roles and kinds of transactions are written otherwise."""

DateName = Literal["planned_start", "actual_start", "planned_end", "actual_end", "first_money", "last_money"]
DATES: dict[str, DateName] = {"1": "planned_start", "2": "actual_start", "3": "planned_end", "4": "actual_end"}
"""ActivityDateType."""


class State(NamedTuple):
    """The state that an activity's status becomes, and the dates that say since when, the best first."""

    state: str
    since: tuple[DateName, ...]


# What counts through its life (in progress, suspended, in acceptance) counts from the start. What has ended was in
# progress from the start until the day given here: registration puts that state, and the acceptance, before it. An
# activity that was cancelled is not taken to have lived until a planned end.
_BEGUN: tuple[DateName, ...] = ("actual_start", "planned_start", "first_money")
_ENDED: tuple[DateName, ...] = ("actual_end", "last_money", "planned_end", "actual_start", "planned_start")
_BROKEN_OFF: tuple[DateName, ...] = ("actual_end", "last_money", "actual_start", "planned_start")

STATES = {
    "1": State("approved", ()),
    "2": State("in_progress", _BEGUN),
    "3": State("acceptance", _BEGUN),
    "4": State("closed", _ENDED),
    "5": State("terminated", _BROKEN_OFF),
    "6": State("suspended", _BEGUN),
}
"""ActivityStatus."""
PIPELINE = "1"

ROLES = {"1": "funding", "2": "accountable", "3": "extending", "4": "implementing"}
"""OrganisationRole."""
LEAD_ROLES = ("4", "2", "1")
"""Who leads: the first organisation of the first of these roles, else who reports."""


class Kind(NamedTuple):
    """A kind of transaction, and the movement that it is here; null: it is none."""

    name: str
    movement: MovementKind | None


TRANSACTIONS = {
    "1": Kind("incoming funds", "receipt"),
    "2": Kind("outgoing commitment", "commitment"),
    "3": Kind("disbursement", "disbursement"),
    "4": Kind("expenditure", "expenditure"),
    "5": Kind("interest payment", None),
    "6": Kind("loan repayment", None),
    "7": Kind("reimbursement", "disbursement"),
    "8": Kind("purchase of equity", None),
    "9": Kind("sale of equity", None),
    "10": Kind("credit guarantee", None),
    "11": Kind("incoming commitment", "commitment"),
    "12": Kind("outgoing pledge", None),
    "13": Kind("incoming pledge", None),
}
"""TransactionType. A reimbursement pays for what the receiver has spent already: it is no refund, it goes out. A
refund is published as a negative disbursement, and stays one."""
OUTGOING_COMMITMENT, REIMBURSEMENT, INCOMING_COMMITMENT = "2", "7", "11"
REVISED = "2"
"""BudgetType of a budget that stands in the place of the original one of the same period."""
GENERAL = "1"
"""DescriptionType of what an activity is about."""
PARENT, CHILD = "1", "2"
"""RelatedActivityType."""
DEFAULT_VOCABULARY = "1"
"""SectorVocabulary when none is named: OECD DAC, five digits."""


class Rule(NamedTuple):
    """Something that may be said of an activity: an error rejects it, a warning does not."""

    severity: Literal["error", "warning"]
    when: str
    then: str
    """What to do, or what was done."""


RULES: dict[str, Rule] = {
    "identifier_missing": Rule("error", "there is no iati-identifier", "give the activity its identifier"),
    "identifier_repeated": Rule(
        "error", "an earlier activity of the file has the same iati-identifier", "publish each activity once"
    ),
    "title_missing": Rule("error", "no language has a title", "give the activity a title"),
    "status_unknown": Rule("error", "activity-status is missing or no code of ActivityStatus", "give a code 1 to 6"),
    "date_invalid": Rule("error", "a date is no day between 1900 and 2200", "write it as 2017-03-15"),
    "date_missing": Rule(
        "error", "a transaction has neither a date nor a value-date, or a budget no period-start", "give its day"
    ),
    "end_before_start": Rule("error", "the actual end lies before the start", "correct one of the two dates"),
    "lead_missing": Rule(
        "error", "neither a participating nor the reporting organisation has a name or ref", "name who implements"
    ),
    "sector_missing": Rule(
        "error",
        "neither the activity nor its transactions have a sector",
        "publish a sector, or name in the dialect the node that takes such activities",
    ),
    "task_unknown": Rule(
        "error", "the plan has no node for a sector of the chosen vocabulary", "map the sector to a node, or correct it"
    ),
    "percentage_invalid": Rule("error", "a sector's percentage is no decimal number from 0 to 100", "write it as 33.3"),
    "weights_not_100": Rule(
        "error",
        "the percentages are further from 100 than the tolerance, or stand at some sectors alone",
        "make the percentages of each vocabulary add up to 100",
    ),
    "amount_unparseable": Rule("error", "a value is missing or no decimal number", "write it as 1250000.00"),
    "amount_out_of_range": Rule("error", "a value is 10^12 or more", "correct the value"),
    "amount_negative": Rule("error", "a year of the budget is negative", "correct the budget"),
    "currency_missing": Rule(
        "error", "a value has no currency and the activity no default-currency", "name the currency"
    ),
    "currency_rate_missing": Rule(
        "error", "a value is in another currency than the plan", "enter it converted, with the rate and its source"
    ),
    "transaction_kind_unknown": Rule(
        "error", "transaction-type is missing or no code of TransactionType", "give a code 1 to 13"
    ),
    "value_invalid": Rule("error", "a value does not fit its field", "follow the detail"),
    "title_cut": Rule("warning", "the title is longer than 500 characters", "the first 500 are taken"),
    "abstract_cut": Rule("warning", "the description is longer than 20,000 characters", "the first 20,000 are taken"),
    "lead_chosen": Rule("warning", "several organisations could lead", "the first is the lead, the others partners"),
    "partners_cut": Rule("warning", "more organisations take part than a registration holds", "the first are taken"),
    "date_repeated": Rule("warning", "a type of activity-date stands twice with different days", "the first is taken"),
    "planned_end_left_out": Rule(
        "warning", "the planned end lies before the start and there is no actual end", "the project has no end"
    ),
    "state_date_assumed": Rule(
        "warning", "no date says since when the status holds", "the nearest known date is taken, or none"
    ),
    "state_counts_no_money": Rule(
        "warning",
        "the activity is in the pipeline and has transactions",
        "they count when the project is contracted; the dialect may read the status as another one",
    ),
    "sector_assumed": Rule("warning", "there is no sector", "the node that the dialect names takes the activity"),
    "weights_defaulted": Rule("warning", "several sectors have no percentage", "they are equal"),
    "weights_repaired": Rule(
        "warning",
        "the percentages are within the tolerance of 100, or have more than six decimals",
        "they are scaled to exactly 100 by largest remainder",
    ),
    "weight_zero": Rule("warning", "a sector has 0 percent", "it is left out"),
    "weights_from_transactions": Rule(
        "warning", "sectors stand at the transactions alone", "they are weighted by the values of these"
    ),
    "amount_rounded": Rule(
        "warning", "a value has more than two decimals", "it is rounded half up to the cent; a budget once a year"
    ),
    "amount_zero": Rule("warning", "a transaction's value is 0", "it is left out"),
    "date_from_value": Rule("warning", "a transaction has no date", "its value-date is taken"),
    "transaction_kind_not_counted": Rule(
        "warning", "a kind of transaction is no movement here", "it is carried in `not_counted` and counts nowhere"
    ),
    "reimbursement_is_disbursement": Rule(
        "warning", "there are reimbursements", "they are disbursements: they pay what the receiver has spent"
    ),
    "budget_spans_years": Rule("warning", "a budget's period spans years", "it belongs to the year of its start"),
    "budget_revised": Rule(
        "warning", "an original and a revised budget have the same period", "the revised one is taken"
    ),
    "budget_overlaps": Rule(
        "warning",
        "periods of the budget have days in common",
        "they add up: where one is a part of another, correct the budget",
    ),
    "budget_not_posted": Rule(
        "warning",
        "the activity publishes its commitments beside its budget",
        "the budget is carried in `budget` and not registered: as commitments it would count a second time",
    ),
    "planned_disbursement_not_counted": Rule("warning", "there are planned disbursements", "they are not read"),
    "hierarchy_counts_twice": Rule(
        "warning",
        "the activity has money and child activities",
        "where the children's money is a part of it, it counts twice: import one level",
    ),
    "secondary_reporter": Rule(
        "warning", "who reports does so for another", "look whether the other publishes the activity as well"
    ),
}
"""Every code, as docs/import-codes-iati.md lists them."""


def mapping_tables() -> str:
    """What statuses and transactions become, as the tables in docs/import-codes-iati.md."""
    lines = ["| activity-status | state | since, the best known of |", "|---|---|---|"]
    for code, (state, since) in STATES.items():
        lines.append(f"| {code} | `{state}` | {', '.join(since).replace('_', ' ') or 'the start'} |")
    lines += ["", "| transaction-type | | movement |", "|---|---|---|"]
    for code, kind in TRANSACTIONS.items():
        lines.append(f"| {code} | {kind.name} | {f'`{kind.movement}`' if kind.movement else 'none: carried'} |")
    return "\n".join(lines) + "\n"


def codes_table() -> str:
    """The codes as the table in docs/import-codes-iati.md."""
    lines = ["| code | | when | what to do, or what is done |", "|---|---|---|---|"]
    lines += [f"| `{code}` | {rule.severity} | {rule.when} | {rule.then} |" for code, rule in RULES.items()]
    return "\n".join(lines) + "\n"
