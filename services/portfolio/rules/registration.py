"""What is checked of a registration: that what is given can stand, and what a submission still lacks."""

from decimal import Decimal

from services.portfolio.contract import NEEDED_TO_SUBMIT, TRANSITIONS, Form, NewProject, Project
from services.portfolio.rules.agencies import scheme_problems
from services.portfolio.rules.knowledge import Knowledge, Problem, problem, unknown_value, value_problems
from services.portfolio.rules.money import amount_problems, budget_problems
from services.portfolio.rules.shares import share_problems
from services.shared.money import too_large

CODED = ("fund_class", "funding_mode", "stage", "secrecy_level")
"""Fields that hold a term of the vocabulary of their name."""


def date_problems(form: Form) -> list[Problem]:
    """The end does not come before the start, an extension not before the end."""
    found = []
    start, end, extended = form.start_on, form.end_on, form.extended_to
    if start and end and end < start:
        found.append(problem("/end_on", "end_before_start", f"the end {end} comes before the start {start}"))
    if extended and (end is None or extended <= end):
        detail = f"an extension leads past the end ({end or 'which is not given'})"
        found.append(problem("/extended_to", "extension_not_later", detail))
    return found


def form_problems(form: Form, knowledge: Knowledge) -> list[Problem]:
    """What is wrong with what a form holds, at once; what it does not hold is not asked for."""
    found = value_problems({name: getattr(form, name) for name in CODED}, knowledge)
    found += date_problems(form)
    found += budget_problems(form.budget, knowledge)
    found += _total_problems(form)
    for i, instalment in enumerate(form.instalments):
        if instalment.amount <= 0:
            found.append(problem(f"/instalments/{i}/amount", "amount_not_positive", "an instalment is more than 0"))
        found += amount_problems(f"/instalments/{i}/amount", instalment.amount)
        if not knowledge.allows("source", instalment.source):
            found.append(unknown_value(f"/instalments/{i}/source", "source", instalment.source))
    parts = sum((partner.share for partner in form.partners if partner.share is not None), Decimal(0))
    if parts > 100:
        found.append(problem("/partners", "partner_shares_above_100", f"the partners' shares add up to {parts}"))
    for i, partner in enumerate(form.partners):
        if partner.type is not None and not knowledge.allows("agency_type", partner.type):
            found.append(unknown_value(f"/partners/{i}/type", "agency_type", partner.type))
    return found


def _total_problems(form: Form) -> list[Problem]:
    if form.amount_total is None:
        return []
    if form.amount_total < 0:
        return [problem("/amount_total", "amount_negative", "what is planned is not negative")]
    if too_large(form.amount_total):
        return amount_problems("/amount_total", form.amount_total)
    planned = sum((line.amount for line in form.budget), Decimal(0))
    if form.budget and planned != form.amount_total:
        detail = f"the budget's lines add up to {planned:.2f}, the total says {form.amount_total:.2f}"
        return [problem("/amount_total", "total_not_sum", detail)]
    return []


def project_problems(project: NewProject, knowledge: Knowledge) -> list[Problem]:
    """Everything that is wrong with a registration, at once; a draft may lack shares, not have wrong ones."""
    found = value_problems({"state": project.state}, knowledge)
    if project.state not in TRANSITIONS and not found:
        found.append(unknown_value("/state", "project_state", project.state))
    found += scheme_problems(project.lead, knowledge)
    if project.tasks or project.record != "draft":
        found += share_problems(project.tasks, knowledge)
    return found + form_problems(project, knowledge)


def missing(project: Project, knowledge: Knowledge) -> list[Problem]:
    """What a submission still lacks, all of it: little without review, DOMAIN's whole set with it."""
    needed = NEEDED_TO_SUBMIT if knowledge.plan.settings.registration_review == "on" else ("tasks",)
    return [
        problem(f"/{name}", "required", f"{name} has to be filled before the record is submitted")
        for name in needed
        if getattr(project, name) in (None, "", [])
    ]
