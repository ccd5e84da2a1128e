"""What each project adds to a rate of whole projects: the parts add up to its numerator and its denominator."""

from typing import Any
from uuid import UUID

from services.reporting.contract import RateOfProjects
from services.reporting.operations.asking import Asked, Reported, next_page, opened, reported
from services.reporting.operations.cases import cases
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.cases import Case
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.notes import bound_to, note
from services.reporting.rules.tally import Part, part_of
from services.reporting.store.cases import NOBODY
from services.shared.database import Database
from services.shared.tokens import Caller

PARTS = note("parts", "a page of the parts; those of all pages add up to the totals, which the first page says")


async def explain_rate(
    database: Database,
    plans: KnownPlans,
    caller: Caller,
    asked: Asked,
    rate: RateOfProjects,
    after: UUID | None,
    limit: int,
) -> Reported:
    """The projects that a rate looks at, in the order of their ids, with what each adds. The first page reads every
    project, as the summary does, and says the sums; a later one reads on until it is full."""
    shown: list[tuple[Case, Part]] = []
    numerator, denominator = 0, 0
    async with opened(database, plans, caller, asked) as question:
        async for page in cases(question, after or NOBODY):
            for case in page:
                part = part_of(rate, case)
                numerator, denominator = numerator + part.numerator, denominator + part.denominator
                if part.denominator and len(shown) <= limit:
                    shown.append((case, part))
            if after is not None and len(shown) > limit:
                break
        whole = Part(numerator, denominator).wire(rate)
        answer = question.head() | {
            "rate": rate,
            "numerator_total": None if after else whole["numerator"],
            "denominator_total": None if after else whole["denominator"],
            "items": [_item(case) | part.wire(rate) for case, part in shown[:limit]],
            "next": next_page(question, rate, shown[limit - 1][0].id) if len(shown) > limit else None,
            "notes": [PARTS, *bound_to(question.scope), *formula_notes("summary")],
        }
    return reported(answer, question.moment)


def _item(case: Case) -> dict[str, Any]:
    return {
        "project": case.id,
        "project_no": case.wire.get("project_no"),
        "title": case.wire["title"],
        "lead": case.lead,
        "state": case.state,
    }
