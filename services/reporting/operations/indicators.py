"""The plan's indicators: one question, one snapshot of what is known, one answer."""

from services.catalog.contract import Observation
from services.reporting.operations.asking import Asked, Reported, opened, reported
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.indicators import NOT_CUT, indicator_lines
from services.shared.database import Database
from services.shared.tokens import Caller


async def indicators(database: Database, plans: KnownPlans, caller: Caller, asked: Asked) -> Reported:
    """The indicators of the edition: observations of days and years up to the day of the report, as known then."""
    async with opened(database, plans, caller, asked) as question:
        texts = await question.store.observations(asked.plan, question.moment.positions.catalog)
    observations = [Observation.model_validate_json(text) for text in texts]
    answer = (
        question.head()
        | indicator_lines(question.plan.plan, observations, question.filters.as_of)
        | {"notes": [NOT_CUT, *formula_notes("indicators")]}
    )
    return reported(answer, question.moment)
