"""The summary of a plan: its rates, who has the money, how good the data are."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.reporting.contract import ConcentrationBy, Thresholds
from services.reporting.operations.asking import FINE, UNCLASSIFIED, Asked, Opened, Reported, opened, reported
from services.reporting.operations.cases import cases
from services.reporting.operations.coverage import figured
from services.reporting.operations.cutting import cut_notes, headings
from services.reporting.operations.following import KnownPlans
from services.reporting.rules.cases import Case
from services.reporting.rules.cells import MONEY
from services.reporting.rules.concentration import concentrated
from services.reporting.rules.coverage import rate
from services.reporting.rules.formulas import formula_notes
from services.reporting.rules.links import explain_link
from services.reporting.rules.places import TOTAL, everywhere
from services.reporting.rules.rates import COMMITTED, DISBURSED, OWN, RECEIVED, SPENT, Plan, rates
from services.reporting.rules.shape import ROOT
from services.reporting.rules.tally import Registered, Tally
from services.reporting.store.cutting import Cut, CutStore
from services.shared.database import Database
from services.shared.money import from_fen
from services.shared.tokens import Caller

LARGEST = 10
WHOLE_PROJECTS = (
    "rates of acceptance, change, termination, performance and instalments look at whole projects; years and sources"
    " only choose which"
)


async def summary(
    database: Database, plans: KnownPlans, caller: Caller, asked: Asked, thresholds: Thresholds
) -> Reported:
    """The rates of a plan. What is summed by task comes from cells; how projects end and are registered is read from
    each of them, so that the cost grows with their number."""
    async with opened(database, plans, caller, asked) as question:
        money = await _money_by(question, "source")
        tally = await _tallied(question, thresholds)
        plan = await _plan(question, money)
        agencies = {key: held[COMMITTED] for key, held in (await _money_by(question, "agency", ("committed",))).items()}
        answer = question.head() | {
            "thresholds": thresholds.model_dump(mode="json"),
            "rates": [one | {"explain": _explained(question, one["code"])} for one in rates(plan, tally, thresholds)],
            "sources": await _sources(question, money),
            "concentration": await _concentration(question, agencies, tally),
            "quality": _quality(None, None, tally.registered),
            "quality_by_agency": await _qualities(question, tally),
            "notes": [
                *await cut_notes(question, "committed", f"{FINE}, and each project"),
                {"code": "whole_projects", "detail": WHOLE_PROJECTS, "amount": None},
                *formula_notes("summary"),
            ],
        }
    return reported(answer, question.moment)


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


async def _plan(question: Opened, money: dict[str, list[int]]) -> Plan:
    figures = (await figured(question)).found
    years = await _money_by(question, "year", ("committed", "spent"))
    last = question.filters.as_of.year
    period = [held for year, held in years.items() if question.asked.years or int(year) <= last]
    return Plan(
        root=figures[ROOT],
        tasks=[figures[code] for code in question.plan.denominator(question.asked.denominator)],
        sources=money,
        fiscal=frozenset(question.plan.plan.settings.default_target_sources),
        period_spent=sum(held[SPENT] for held in period),
        period_committed=sum(held[COMMITTED] for held in period),
    )


async def _tallied(question: Opened, thresholds: Thresholds) -> Tally:
    known = question.moment.recorded_at or datetime.min.replace(tzinfo=UTC)
    stale_until = await question.store.position_at("portfolio", _months_before(known, thresholds.stale_months))
    tally = Tally()
    async for page in cases(question):
        for case in page:
            tally.add(case, stale_until, _committed(question, case))
    return tally


def _committed(question: Opened, case: Case) -> int:
    """What is committed to a project under the filters of year and source."""
    years, sources = question.filters.years, question.filters.sources
    return sum(
        movement.fen
        for movement in case.movements
        if movement.kind == "commitment"
        and (not years or movement.year in years)
        and (not sources or movement.source in sources)
    )


def _months_before(moment: datetime, months: int) -> datetime:
    """The first moment of the same day months before; of a shorter month its last day."""
    total = moment.year * 12 + moment.month - 1 - months
    if total < 12:
        return datetime.min.replace(tzinfo=UTC)
    year, month = divmod(total, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return datetime(year, month + 1, min(day, moment.day), tzinfo=UTC)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _explained(question: Opened, rate_code: str) -> str | None:
    """Where the numerator of a rate is explained."""
    fiscal = ",".join(sorted(question.plan.plan.settings.default_target_sources))
    found: dict[str, tuple[str, dict[str, str]]] = {
        "gap_rate": ("gap", {}),
        "receipt_rate": ("received", {}),
        "receipt_rate_fiscal": ("received", {"source": fiscal}),
        "receipt_rate_own": ("received", {"source": OWN}),
        "disbursement_rate": ("disbursed", {"source": fiscal}),
        "average_grant": ("committed", {"source": fiscal}),
    }
    if rate_code not in found or (question.asked.sources and found[rate_code][1]):
        return None
    figure, instead = found[rate_code]
    return explain_link(question.head(), TOTAL, figure, **instead)


async def _sources(question: Opened, money: dict[str, list[int]]) -> list[dict[str, Any]]:
    return [
        {
            "source": one["code"],
            "title": one["title"],
            **{name: from_fen(value) for name, value in zip(MONEY, money[one["code"]], strict=True)},
            "receipt_rate": rate(money[one["code"]][RECEIVED], money[one["code"]][COMMITTED]),
            "disbursement_rate": rate(money[one["code"]][DISBURSED], money[one["code"]][COMMITTED]),
            "explain": explain_link(question.head(), TOTAL, "{figure}", source=one["code"]),
        }
        for one in await headings(question, "source", set(money))
    ]


async def _concentration(question: Opened, agencies: dict[str, int], tally: Tally) -> list[dict[str, Any]]:
    known = await CutStore(question.connection).agencies(agencies, question.moment.positions.portfolio)
    districts: Counter[str] = Counter()
    for id, fen in agencies.items():
        districts[known[id][1] if id in known and known[id][1] else UNCLASSIFIED] += fen
    titles = {one["code"]: one["title"] for one in await headings(question, "district", set(districts))}
    return [
        _concentrated(question, "agency", agencies, {id: name for id, (name, _) in known.items()}),
        _concentrated(question, "district", districts, titles),
        _concentrated(question, "leader", tally.by_leader, {}),
    ]


def _concentrated(
    question: Opened, by: ConcentrationBy, amounts: Mapping[str, int], titles: Mapping[str, str]
) -> dict[str, Any]:
    head = question.head()
    found = concentrated(amounts)
    return {
        "by": by,
        "holders": len(found.ranked),
        "hhi": None if found.hhi is None else str(found.hhi),
        "cr5": rate(found.five, found.total),
        "largest": [
            {
                "code": code,
                "title": titles.get(code, code),
                "committed": from_fen(fen),
                "share": rate(fen, found.total),
                "explain": None if by == "leader" else explain_link(head, TOTAL, "committed", **{by: code}),
            }
            for code, fen in found.ranked[:LARGEST]
        ],
    }


async def _qualities(question: Opened, tally: Tally) -> list[dict[str, Any]]:
    agencies = await headings(question, "agency", set(tally.by_agency))
    return [_quality(one["code"], one["title"], tally.by_agency[one["code"]]) for one in agencies]


def _quality(agency: str | None, title: str | None, registered: Registered) -> dict[str, Any]:
    return {
        "agency": agency,
        "title": title,
        "projects": registered.projects,
        "filled": registered.filled,
        "asked": registered.asked,
        "completeness": rate(registered.filled, registered.asked),
        "valid_uscc": registered.valid_uscc,
        "uscc_rate": rate(registered.valid_uscc, registered.projects),
        "stale": registered.stale,
        "stale_rate": rate(registered.stale, registered.projects),
    }
