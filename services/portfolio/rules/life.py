"""The two machines: of the record, and of the project with the guards of its states (DOMAIN 2.4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.portfolio.contract import (
    POSTED_FROM,
    RECORD_STEPS,
    TRANSITIONS,
    NewProject,
    NewTransition,
    Project,
    RecordStepNotAllowed,
    StateEntered,
    TransitionNotAllowed,
    Warning_,
)
from services.portfolio.rules.knowledge import Problem, problem


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
    """Refuse a transition that the machine of states does not have, or that goes back in time; a project is given one
    term to mend what its acceptance found, not two."""
    now = states[-1]
    allowed = states_after(states)
    if to not in allowed or on < now.on:
        raise TransitionNotAllowed(
            state=f"{now.state} since {now.on}", to=f"{to} on {on}", allowed=", ".join(allowed) or "none"
        )


def states_after(states: Sequence[StateEntered]) -> list[str]:
    """The states that may follow those that were entered."""
    return [
        state
        for state in TRANSITIONS.get(states[-1].state, ())
        if state != "rectify" or not any(entered.state == "rectify" for entered in states)
    ]


@dataclass(frozen=True)
class Ledger:
    """What a project's movements add up to, in the plan's currency."""

    received: Decimal = Decimal(0)
    disbursed: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)


Guard = Callable[[Project, NewTransition, Ledger], str | None]
"""Says what is missing, if something is."""


def _needs(field: str, what: str) -> tuple[str, Guard]:
    return field, lambda _, transition, __: what if getattr(transition, field) in (None, "") else None


def _budget_closes(project: Project, _: NewTransition, __: Ledger) -> str | None:
    if not project.budget:
        return "the budget is empty"
    planned = sum((line.amount for line in project.budget), Decimal(0))
    if project.amount_total is not None and planned != project.amount_total:
        return f"the budget adds up to {planned:.2f}, the total says {project.amount_total:.2f}"
    return None


def _begun(project: Project, transition: NewTransition, ledger: Ledger) -> str | None:
    if ledger.received > 0 or ledger.disbursed > 0:
        return None
    if project.start_on is not None and transition.on is not None and project.start_on <= transition.on:
        return None
    return f"neither is the start ({project.start_on or 'not given'}) reached nor was anything paid"


def _kpis_filled(project: Project, _: NewTransition, __: Ledger) -> str | None:
    empty = [kpi.name for kpi in project.kpis if kpi.actual is None]
    if not project.kpis:
        return "no performance target is registered"
    return f"no actual value yet for: {'、'.join(empty)}" if empty else None


def _all_paid_back(project: Project, _: NewTransition, ledger: Ledger) -> str | None:
    net = ledger.disbursed - ledger.refunded
    if project.state == "revoked" and net > 0:
        return f"{net:.2f} of what was disbursed is not paid back"
    return None


def _report_filed(project: Project, _: NewTransition, __: Ledger) -> str | None:
    if project.state in ("accepted", "failed") and not project.report_nos:
        return "no number of a 科技报告 is registered"
    return None


GUARDS: dict[str, tuple[tuple[str, Guard], ...]] = {
    "approved": (_needs("document", "name the approval document"),),
    "contracted": (_needs("document", "name the signed task book"), ("budget", _budget_closes)),
    "in_progress": (("start_on", _begun),),
    "suspended": (_needs("reason", "say why"), _needs("deadline", "say until when")),
    "terminated": (
        _needs("document", "name the audit of the money spent"),
        _needs("refund", "say how much is to be paid back (0.00 if nothing)"),
    ),
    "revoked": (_needs("reason", "say why"), _needs("refund", "say how much is to be paid back")),
    "acceptance": (_needs("document", "name the application"), ("kpis", _kpis_filled)),
    "accepted": (_needs("opinion", "give the opinion of the acceptance"),),
    "rectify": (_needs("opinion", "give the opinion of the acceptance"), _needs("deadline", "say until when")),
    "failed": (_needs("opinion", "give the opinion of the acceptance"),),
    "closed": (("movements", _all_paid_back), ("report_nos", _report_filed)),
}
"""What each state asks for, and which field it is about."""


def guard_problems(project: Project, transition: NewTransition, ledger: Ledger) -> list[Problem]:
    """What is missing for a state to be entered, all of it; `transition.on` is given."""
    return [
        problem(f"/{field}", "guard_not_met", detail)
        for field, guard in GUARDS.get(transition.to, ())
        if (detail := guard(project, transition, ledger)) is not None
    ]


def check_record_step(status: str, to: str) -> None:
    """Refuse a step that the machine of the record does not have."""
    allowed = RECORD_STEPS[status]
    if to not in allowed:
        raise RecordStepNotAllowed(status=status, to=to, allowed=", ".join(allowed) or "nothing else")


def has_contract(states: Sequence[StateEntered]) -> bool:
    """Whether the budget's lines stand as commitments."""
    return any(entered.state in POSTED_FROM for entered in states)


def contracted_on(states: Sequence[StateEntered]) -> date:
    """The day on which the first state with a contract was entered."""
    return next(entered.on for entered in states if entered.state in POSTED_FROM)
