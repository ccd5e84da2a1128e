"""What is checked of a registration as a whole."""

from datetime import date

from services.portfolio.contract import TRANSITIONS, NewProject
from services.portfolio.rules.agencies import scheme_problems
from services.portfolio.rules.knowledge import Knowledge, Problem, problem, unknown_value, value_problems
from services.portfolio.rules.money import budget_problems
from services.portfolio.rules.shares import share_problems


def date_problems(start_on: date | None, end_on: date | None) -> list[Problem]:
    """The end does not come before the start."""
    if start_on and end_on and end_on < start_on:
        return [problem("/end_on", "end_before_start", f"the end {end_on} comes before the start {start_on}")]
    return []


def project_problems(project: NewProject, knowledge: Knowledge) -> list[Problem]:
    """Everything that is wrong with a registration, at once."""
    codes = {name: getattr(project, name) for name in ("fund_class", "funding_mode", "stage", "state")}
    found = value_problems(codes, knowledge)
    if project.state not in TRANSITIONS and not any(p["pointer"] == "/state" for p in found):
        found.append(unknown_value("/state", "project_state", project.state))
    found += scheme_problems(project.lead, knowledge)
    found += share_problems(project.tasks, knowledge)
    found += date_problems(project.start_on, project.end_on)
    found += budget_problems(project.budget, knowledge)
    return found
