"""Agencies: their codes, and those above them."""

import re
from collections.abc import Iterable
from datetime import date

from stdnum.cn import uscc

from services.catalog.contract import Vocabulary
from services.portfolio.contract import Agency, AgencyChange, NewAgency, ParentSince
from services.portfolio.rules.knowledge import Knowledge, Problem, problem, unknown_value

_LETTER = "[0-9A-HJ-NPQRTUWXY]"
_USCC = re.compile(rf"{_LETTER}{{2}}\d{{6}}{_LETTER}{{10}}", re.ASCII)
"""GB 32100: authority and class, six digits of an area, the body with its check character. stdnum's own validation
wants a digit in front and would refuse the codes of, say, village collectives (N2…)."""


def agency_problems(agency: NewAgency, knowledge: Iterable[Vocabulary]) -> list[Problem]:
    """What is wrong with an agency; a cn-uscc is checked by GB 32100-2015."""
    found = []
    if agency.identifier.scheme == "cn-uscc":
        found += uscc_problems(agency.identifier.value)
    terms = {v.code: {t.code for t in v.terms if t.active} for v in knowledge}
    for name, vocabulary, value in (("type", "agency_type", agency.type), ("district", "district", agency.district)):
        if value is not None and vocabulary in terms and value not in terms[vocabulary]:
            found.append(unknown_value(f"/{name}", vocabulary, value))
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
    code = uscc.compact(value)
    if len(code) != 18:
        return [problem(pointer, "uscc_length", f"a unified social credit code has 18 characters, not {len(code)}")]
    if not _USCC.fullmatch(code):
        detail = "only digits and capitals without I O S V Z; the third to the eighth are digits"
        return [problem(pointer, "uscc_illegal_char", detail)]
    if code[-1] != uscc.calc_check_digit(code):
        return [problem(pointer, "uscc_check_digit", "the check character does not fit: compare with the certificate")]
    return []


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
