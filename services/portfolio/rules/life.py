"""The machine of a project's states."""

from collections.abc import Sequence
from datetime import date

from services.portfolio.contract import (
    POSTED_FROM,
    TRANSITIONS,
    NewProject,
    StateEntered,
    TransitionNotAllowed,
    Warning_,
)


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
