"""Observations of a plan's indicators: entered, never changed; a further one corrects."""

from services.catalog import rules
from services.catalog.contract import (
    Indicator,
    InvalidObservation,
    NewObservation,
    Observation,
    PlanDocument,
    UnknownIndicator,
    as_json,
)
from services.catalog.operations.common import record, standing, today_in
from services.catalog.store import CatalogStore
from services.shared.database import Connection
from services.shared.writes import Answer, Write


async def record_observation(connection: Connection, write: Write, plan: str, code: str, new: NewObservation) -> Answer:
    """Enter what an indicator of the latest edition was in a year, or on a day."""
    store = CatalogStore(connection)
    await store.lock("plan", plan)
    _, document = await standing(store, plan)
    indicator = indicator_of(document, code)
    entered = [Observation.model_validate_json(row["body"]) for row in await store.observations(plan, code)]
    problems = rules.observation_problems(new, entered, today_in(document.time_zone))
    year = rules.year_of(new)
    if problems or year is None:
        raise InvalidObservation(errors=problems)
    observation = Observation(
        **new.model_dump(exclude={"year"}),
        plan=plan,
        indicator=code,
        serial=len(entered) + 1,
        year=year,
        unit=indicator.unit,
    )
    body = observation.model_dump_json()
    await store.add_observation(plan, code, observation.serial, year, body)
    after = {"observation": as_json(observation)}
    subject = f"{plan}/{code}/observations"
    zone = document.time_zone
    await record(connection, "observation_recorded", subject, observation.serial, write, zone, None, after)
    return Answer(201, body, str(observation.serial))


def indicator_of(document: PlanDocument, code: str) -> Indicator:
    """An indicator of an edition."""
    for indicator in document.indicators:
        if indicator.code == code:
            return indicator
    raise UnknownIndicator(plan=document.slug, code=code)
