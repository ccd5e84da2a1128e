"""What is always true of registrations: pure functions over wire models and what the catalog says."""

from services.portfolio.rules.agencies import (
    agency_problems,
    dated_parents,
    parent_date_problems,
    scheme_problems,
    uscc_problems,
)
from services.portfolio.rules.knowledge import Knowledge, Problem, problem, unknown_value, value_problems
from services.portfolio.rules.life import check_transition, contracted_on, entered_states, has_contract
from services.portfolio.rules.money import (
    budget_difference,
    budget_problems,
    merged_budget,
    movement_day,
    movement_problems,
)
from services.portfolio.rules.people import as_entry, masked_email, masked_phone, salted_hash
from services.portfolio.rules.registration import date_problems, project_problems
from services.portfolio.rules.shares import WHOLE, merged_shares, share_problems

__all__ = [
    "WHOLE",
    "Knowledge",
    "Problem",
    "agency_problems",
    "as_entry",
    "budget_difference",
    "budget_problems",
    "check_transition",
    "contracted_on",
    "date_problems",
    "dated_parents",
    "entered_states",
    "has_contract",
    "masked_email",
    "masked_phone",
    "merged_budget",
    "merged_shares",
    "movement_day",
    "movement_problems",
    "parent_date_problems",
    "problem",
    "project_problems",
    "salted_hash",
    "scheme_problems",
    "share_problems",
    "unknown_value",
    "uscc_problems",
    "value_problems",
]
