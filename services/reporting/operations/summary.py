"""The summary of a plan, read from cells and from each project."""

from datetime import UTC, datetime

from services.reporting.contract import Thresholds
from services.reporting.operations.asking import FINE, Asked, Opened, Reported, opened, reported
from services.reporting.operations.cases import cases
from services.reporting.operations.coverage import figured
from services.reporting.operations.cutting import cut_notes
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.cells import MONEY
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.places import everywhere
from services.reporting.rules.rates import COMMITTED
from services.reporting.rules.summary import WHOLE_PROJECTS, Names, Summed, summary_lines
from services.reporting.rules.tally import Tally, stale_since
from services.reporting.store.cutting import Cut, CutStore
from services.shared.database import Database
from services.shared.tokens import Caller


async def summary(
    database: Database, plans: KnownPlans, caller: Caller, asked: Asked, thresholds: Thresholds
) -> Reported:
    """The rates of a plan. What is summed by task comes from cells; how projects end and are registered is read from
    each of them, so that the cost grows with their number."""
    async with opened(database, plans, caller, asked) as question:
        head = question.head()
        notes = await cut_notes(question, "committed", f"{FINE}, and each project")
        answer = head | summary_lines(question.plan, head, await _summed(question, thresholds), thresholds)
        answer["notes"] = [*notes, WHOLE_PROJECTS, *formula_notes("summary")]
    return reported(answer, question.moment)


async def _summed(question: Opened, thresholds: Thresholds) -> Summed:
    tally = await _tallied(question, thresholds)
    agencies = {code: held[COMMITTED] for code, held in (await _money_by(question, "agency", ("committed",))).items()}
    positions, store = question.moment.positions, CutStore(question.connection)
    years = await _money_by(question, "year", ("committed", "spent"))
    return Summed(
        figures=(await figured(question)).found,
        by_source=await _money_by(question, "source"),
        by_year={int(year): held for year, held in years.items()},
        by_agency=agencies,
        tally=tally,
        names=Names(
            sources=await store.titles("source", positions.catalog),
            districts=await store.titles("district", positions.catalog),
            agencies=await store.agencies(agencies.keys() | tally.by_agency.keys(), positions.portfolio),
        ),
    )


async def _money_by(question: Opened, key: str, figures: tuple[str, ...] = MONEY) -> dict[str, list[int]]:
    """By source, agency or year the money of the whole plan, in the order of MONEY."""
    found: dict[str, list[int]] = {}
    store = CutStore(question.connection)
    for place, figure in enumerate(MONEY):
        if figure not in figures:
            continue
        cut = Cut(figure, (key,), everywhere(question.plan))
        for code, _, value in await store.sums(question.plan, question.filters, cut, question.from_cells):
            found.setdefault(str(code), [0] * len(MONEY))[place] += value
    return found


async def _tallied(question: Opened, thresholds: Thresholds) -> Tally:
    known = question.moment.recorded_at or datetime.min.replace(tzinfo=UTC)
    stale_until = await question.store.position_at("portfolio", stale_since(known, thresholds.stale_months))
    years, sources = question.filters.years, question.filters.sources
    tally = Tally()
    async for page in cases(question):
        for case in page:
            tally.add(case, stale_until, case.committed(years, sources))
    return tally
