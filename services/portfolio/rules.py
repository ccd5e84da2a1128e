"""What is always true of registrations: pure functions over wire models and what the catalog says."""

import calendar
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from services.catalog.contract import PlanDocument, Vocabulary, carrying_nodes
from services.portfolio.contract import (
    POSTED_FROM,
    TRANSITIONS,
    Agency,
    AgencyChange,
    BudgetLine,
    NewAgency,
    NewMovement,
    NewProject,
    ParentSince,
    Share,
    StateEntered,
    TransitionNotAllowed,
    Warning_,
)

Problem = dict[str, str]
WHOLE = Decimal(100)


@dataclass(frozen=True)
class Knowledge:
    """What the catalog says of one plan, made ready for checking registrations against it."""

    plan: PlanDocument
    edition: int
    vocabularies: dict[str, Vocabulary]

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_order", {code: i for i, code in enumerate(carrying_nodes(self.plan.levels, self.plan.nodes))}
        )
        object.__setattr__(self, "_known", {node.code for node in self.plan.nodes})
        terms = {name: {t.code for t in v.terms if t.active} for name, v in self.vocabularies.items()}
        object.__setattr__(self, "_terms", terms)

    def order(self, code: str) -> int | None:
        """The place of a task in the plan, or None where shares may not name it."""
        found: int | None = self._order.get(code)  # type: ignore[attr-defined]
        return found

    def stands(self, code: str) -> bool:
        """Whether the plan has a node with this code, of whatever level."""
        return code in self._known  # type: ignore[attr-defined]

    def allows(self, vocabulary: str, code: str) -> bool:
        """Whether the code is an active term; a vocabulary that the catalog does not have allows everything."""
        terms = self._terms.get(vocabulary)  # type: ignore[attr-defined]
        return terms is None or code in terms

    def today(self) -> date:
        """Today in the plan's time zone."""
        return datetime.now(ZoneInfo(self.plan.time_zone)).date()


def problem(pointer: str, code: str, detail: str) -> Problem:
    """One thing that is wrong with a request."""
    return {"pointer": pointer, "code": code, "detail": detail}


def agency_problems(agency: NewAgency, knowledge: Iterable[Vocabulary]) -> list[Problem]:
    """What is wrong with an agency; a cn-uscc is checked by GB 32100-2015."""
    found = []
    if agency.identifier.scheme == "cn-uscc":
        found += uscc_problems(agency.identifier.value)
    terms = {v.code: {t.code for t in v.terms if t.active} for v in knowledge}
    for name, vocabulary, value in (("type", "agency_type", agency.type), ("district", "district", agency.district)):
        if value is not None and vocabulary in terms and value not in terms[vocabulary]:
            found.append(_unknown_value(f"/{name}", vocabulary, value))
    return found


def dated_parents(agency: Agency, since: ParentSince) -> list[ParentSince]:
    """The agencies above, with one that stands there from a day on; those of this day and later give way to it."""
    known = agency.parents or [ParentSince(parent=agency.parent, valid_from=None)]
    assert since.valid_from is not None, "a change has a day"
    return [p for p in known if p.valid_from is None or p.valid_from < since.valid_from] + [since]


def parent_date_problems(change: AgencyChange, today: date) -> list[Problem]:
    """A parent is entered with its day when that day has come: what an agency may see follows the latest parent."""
    if change.parent_from is None:
        return []
    if "parent" not in change.model_fields_set:
        return [problem("/parent_from", "without_parent", "give the parent that stands above from this day on")]
    if change.parent_from > today:
        return [problem("/parent_from", "in_the_future", f"{change.parent_from} is to come: enter the parent then")]
    return []


def uscc_problems(value: str) -> list[Problem]:
    """Length, alphabet and check character of a unified social credit code."""
    pointer = "/identifier/value"
    try:
        uscc.validate(value)
    except InvalidLength:
        return [problem(pointer, "uscc_length", f"a unified social credit code has 18 characters, not {len(value)}")]
    except InvalidChecksum:
        return [problem(pointer, "uscc_check_digit", "the check character does not fit: compare with the certificate")]
    except ValidationError:
        return [problem(pointer, "uscc_illegal_char", "only digits and capitals without I O S V Z, 8 digits first")]
    return []


def merged_shares(shares: Sequence[Share], knowledge: Knowledge) -> list[Share]:
    """Shares with a repeated code added up, in plan order."""
    sums: dict[str, Decimal] = {}
    for share in shares:
        sums[share.code] = sums.get(share.code, Decimal(0)) + share.weight
    ordered = sorted(sums, key=lambda code: (knowledge.order(code) is None, knowledge.order(code) or 0, code))
    return [Share.model_construct(code=code, weight=sums[code]) for code in ordered]


def share_problems(shares: Sequence[Share], knowledge: Knowledge, pointer: str = "/tasks") -> list[Problem]:
    """Unknown tasks, weights that do not add to exactly 100, too many or too small ones (settings of the plan)."""
    found = []
    settings = knowledge.plan.settings
    for i, share in enumerate(shares):
        if not knowledge.stands(share.code):
            detail = f"the plan has no task {share.code}: search with GET /api/v1/plans/{knowledge.plan.slug}/nodes?q="
            found.append(problem(f"{pointer}/{i}/code", "unknown_task", detail))
        elif knowledge.order(share.code) is None:
            detail = f"{share.code} is no task: name a task, or a measure where no task stands above it"
            found.append(problem(f"{pointer}/{i}/code", "not_a_task", detail))
        if share.weight < settings.least_weight:
            detail = f"a share is at least {settings.least_weight} percent in this plan"
            found.append(problem(f"{pointer}/{i}/weight", "weight_too_small", detail))
    total = sum((share.weight for share in shares), Decimal(0))
    if total != WHOLE:
        found.append(problem(pointer, "weights_not_100", f"the weights add up to {total}, not to exactly 100"))
    if settings.max_tasks and len({share.code for share in shares}) > settings.max_tasks:
        found.append(problem(pointer, "too_many_tasks", f"at most {settings.max_tasks} tasks in this plan"))
    return found


def value_problems(values: dict[str, str | None], knowledge: Knowledge) -> list[Problem]:
    """Codes that their vocabularies do not have. `values`: field → code."""
    vocabulary_of = {"state": "project_state"}
    return [
        _unknown_value(f"/{field}", vocabulary_of.get(field, field), value)
        for field, value in values.items()
        if value is not None and not knowledge.allows(vocabulary_of.get(field, field), value)
    ]


def _unknown_value(pointer: str, vocabulary: str, value: str) -> Problem:
    detail = f"{value} is no active term of {vocabulary}: GET /api/v1/vocabularies/{vocabulary} lists them"
    return problem(pointer, "unknown_value", detail)


def date_problems(start_on: date | None, end_on: date | None) -> list[Problem]:
    """The end does not come before the start."""
    if start_on and end_on and end_on < start_on:
        return [problem("/end_on", "end_before_start", f"the end {end_on} comes before the start {start_on}")]
    return []


def budget_problems(budget: Sequence[BudgetLine], knowledge: Knowledge) -> list[Problem]:
    """Negative lines, sources that the vocabulary does not have."""
    found = []
    for i, line in enumerate(budget):
        if line.amount < 0:
            found.append(problem(f"/budget/{i}/amount", "amount_negative", "what is planned is not negative"))
        if not knowledge.allows("source", line.source):
            found.append(_unknown_value(f"/budget/{i}/source", "source", line.source))
    return found


def merged_budget(budget: Sequence[BudgetLine]) -> list[BudgetLine]:
    """One line for each year and source, in their order."""
    sums: dict[tuple[int, str], Decimal] = {}
    for line in budget:
        sums[line.year, line.source] = sums.get((line.year, line.source), Decimal(0)) + line.amount
    return [BudgetLine.model_construct(year=y, source=s, amount=sums[y, s]) for y, s in sorted(sums)]


def project_problems(project: NewProject, knowledge: Knowledge) -> list[Problem]:
    """Everything that is wrong with a registration, at once."""
    codes = {name: getattr(project, name) for name in ("fund_class", "funding_mode", "stage", "state")}
    found = value_problems(codes, knowledge)
    if project.state not in TRANSITIONS and not any(p["pointer"] == "/state" for p in found):
        found.append(_unknown_value("/state", "project_state", project.state))
    found += scheme_problems(project.lead, knowledge)
    found += share_problems(project.tasks, knowledge)
    found += date_problems(project.start_on, project.end_on)
    found += budget_problems(project.budget, knowledge)
    return found


def scheme_problems(lead: str, knowledge: Knowledge) -> list[Problem]:
    """A plan says by which schemes the agencies are identified that lead its projects."""
    allowed = knowledge.plan.settings.agency_schemes
    scheme = lead.partition(":")[0]
    if scheme in allowed:
        return []
    detail = (
        f"this plan knows its agencies by {', '.join(allowed)}, not by {scheme}: register the lead under one of these"
    )
    return [problem("/lead", "scheme_not_allowed", detail)]


def entered_states(project: NewProject, today: date) -> tuple[list[StateEntered], list[Warning_]]:
    """The states of a project that is registered directly in one: contracted from its approval, later ones from its
    start, or the day that is given; the closing of a project is taken to follow its acceptance."""
    default = project.approved_on or project.start_on
    if project.state not in ("approved", "contracted", "revoked"):
        default = project.start_on or project.approved_on
    on = project.state_on or default
    warnings = []
    if on is None:
        on = today
        detail = f"no date was given for the state {project.state}: today ({today}) was taken"
        warnings.append(Warning_(code="state_date_assumed", detail=detail))
    if project.state not in ("approved", "contracted"):
        detail = f"entered directly as {project.state}: what that state needs was not checked"
        warnings.append(Warning_(code="state_guards_skipped", detail=detail))
    states = [StateEntered(state=project.state, on=on)]
    if project.state in ("accepted", "failed", "terminated", "closed") and project.state_on is not None:
        begun = project.start_on or project.approved_on or on
        before = [StateEntered(state="in_progress", on=min(begun, on))]
        if project.state == "closed":
            before.append(StateEntered(state="accepted", on=on))
        states = before + states
    elif project.state == "closed":
        states = [StateEntered(state="accepted", on=on), *states]
    return states, warnings


def check_transition(states: Sequence[StateEntered], to: str, on: date) -> None:
    """Refuse a transition that the machine of states does not have, or that goes back in time."""
    now = states[-1]
    allowed = TRANSITIONS.get(now.state, ())
    if to not in allowed or on < now.on:
        raise TransitionNotAllowed(
            state=f"{now.state} since {now.on}", to=f"{to} on {on}", allowed=", ".join(allowed) or "none"
        )


def has_contract(states: Sequence[StateEntered]) -> bool:
    """Whether the budget's lines stand as commitments."""
    return any(entered.state in POSTED_FROM for entered in states)


def contracted_on(states: Sequence[StateEntered]) -> date:
    """The day on which the first state with a contract was entered."""
    return next(entered.on for entered in states if entered.state in POSTED_FROM)


def budget_difference(before: Sequence[BudgetLine], after: Sequence[BudgetLine]) -> list[BudgetLine]:
    """What is to be posted so that the commitments of origin `budget` follow a change of the budget."""
    sums = {(line.year, line.source): line.amount for line in after}
    for line in before:
        sums[line.year, line.source] = sums.get((line.year, line.source), Decimal(0)) - line.amount
    return [BudgetLine.model_construct(year=y, source=s, amount=sums[y, s]) for y, s in sorted(sums) if sums[y, s]]


def movement_day(text: str) -> tuple[date, str]:
    """The day that a movement counts from and its precision: a month or a year counts from its last day."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return date(parts[0], 12, 31), "year"
    if len(parts) == 2:
        return date(parts[0], parts[1], calendar.monthrange(parts[0], parts[1])[1]), "month"
    return date(*parts), "day"


def movement_problems(movement: NewMovement, knowledge: Knowledge) -> list[Problem]:
    """What is wrong with a movement; a negative one is a correction and needs no original."""
    found = []
    try:
        movement_day(movement.on)
    except ValueError:
        found.append(problem("/on", "date_invalid", f"{movement.on} is no day, month or year"))
    if not knowledge.allows("source", movement.source):
        found.append(_unknown_value("/source", "source", movement.source))
    if movement.amount == 0:
        found.append(problem("/amount", "amount_zero", "a movement of nothing is no movement"))
    return found


def masked_phone(phone: str) -> str:
    """199****1234; a landline shows its last four digits."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) == 11 and phone.isdigit() else f"****{phone[-4:]}"


def masked_email(email: str) -> str:
    """a***@b.cn."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


def salted_hash(salt: str, value: str) -> str:
    """What a journal entry carries in place of a personal value."""
    return "sha256:" + hashlib.sha256(f"{salt}\x1f{value}".encode()).hexdigest()


def as_entry(project: dict[str, Any], personal: dict[str, str]) -> dict[str, Any]:
    """A project as the journal holds it: the person's phone and e-mail as salted hashes only."""
    person = project.get("pi")
    if not person:
        return project
    kept = {name: value for name, value in person.items() if name not in ("phone", "email")}
    return project | {"pi": kept | {f"{name}_hash": value for name, value in personal.items()}}
