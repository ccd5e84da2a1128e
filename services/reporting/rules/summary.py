"""The summary of a plan: its rates, who has the money, how good the data are; put together from sums and cases, whoever
read them. Its explanations link to the figures that it is made of."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.reporting.contract import ConcentrationBy, Thresholds
from services.reporting.rules.cells import MONEY
from services.reporting.rules.concentration import concentrated
from services.reporting.rules.coverage import rate
from services.reporting.rules.links import explain_link, link
from services.reporting.rules.notes import note
from services.reporting.rules.places import NO_TITLE, TOTAL, UNCLASSIFIED
from services.reporting.rules.rates import COMMITTED, DISBURSED, OWN, RECEIVED, SPENT, Plan, rates
from services.reporting.rules.shape import ROOT, Shape
from services.reporting.rules.tally import OF_PROJECTS, Registered, Tally
from services.shared.money import from_fen

LARGEST = 10
WHOLE_PROJECTS = note(
    "whole_projects",
    "rates of acceptance, change, termination, performance and instalments look at whole projects; years and sources"
    " only choose which. Quality looks at every registered project, whatever the day",
)


@dataclass(frozen=True)
class Names:
    """What codes are called, as known at the positions of a report."""

    sources: Mapping[str, str]
    districts: Mapping[str, str]
    agencies: Mapping[str, tuple[str, str]]
    """Name and district, '' where there is none."""


@dataclass(frozen=True)
class Summed:
    """What a summary is made from, under the filters of the report. Amounts are whole fen."""

    figures: Mapping[str, Mapping[str, Any]]
    """Of every node, as coverage has them on the wire."""
    by_source: Mapping[str, Sequence[int]]
    """The money of the whole plan, in the order of MONEY."""
    by_year: Mapping[int, Sequence[int]]
    by_agency: Mapping[str, int]
    """What is committed to the projects of a lead."""
    tally: Tally
    names: Names


def summary_lines(plan: Shape, head: Mapping[str, Any], summed: Summed, thresholds: Thresholds) -> dict[str, Any]:
    """What the summary with this head says, but for its notes."""
    sources = {code: money for code, money in summed.by_source.items() if any(money)}
    found = rates(_plan(plan, head, summed), summed.tally, thresholds)
    return {
        "thresholds": thresholds.model_dump(mode="json"),
        "rates": [one | {"explain": _explained(plan, head, summed, one["code"])} for one in found],
        "sources": [_source(head, code, sources[code], summed.names) for code in sorted(sources)],
        "concentration": _concentration(head, summed),
        "quality": _quality(None, None, summed.tally.registered),
        "quality_by_agency": [
            _quality(id, summed.names.agencies.get(id, (id, ""))[0], registered)
            for id, registered in sorted(summed.tally.by_agency.items())
        ],
    }


def titled(codes: Collection[str], titles: Mapping[str, str]) -> dict[str, str]:
    """The titles of codes: the code itself where there is none."""
    known = {**titles, UNCLASSIFIED: NO_TITLE}
    return {code: known.get(code, code) for code in codes}


def _plan(plan: Shape, head: Mapping[str, Any], summed: Summed) -> Plan:
    asked, last = head["filters"]["year"], date.fromisoformat(head["as_of"]).year
    period = [money for year, money in summed.by_year.items() if asked or year <= last]
    return Plan(
        root=summed.figures[ROOT],
        tasks=[summed.figures[code] for code in plan.denominator(head["denominator"]["name"])],
        sources=summed.by_source,
        fiscal=frozenset(plan.plan.settings.default_target_sources),
        period_spent=sum(money[SPENT] for money in period),
        period_committed=sum(money[COMMITTED] for money in period),
    )


def _explained(plan: Shape, head: Mapping[str, Any], summed: Summed, rate_code: str) -> str | None:
    """Where the numerator of a rate is explained; what is left over is the difference of two figures, and nowhere."""
    if rate_code in OF_PROJECTS:
        return link(f"/api/v1/reports/summary/{rate_code}/explain", head)
    if rate_code in ("coverage_rate", "effective_coverage"):
        return link("/api/v1/reports/coverage", head, denominator=head["denominator"]["name"])
    sources = plan.plan.settings.default_target_sources
    fiscal = ",".join(sorted(sources))
    others = ",".join(
        code for code, money in sorted(summed.by_source.items()) if money[COMMITTED] and code not in sources
    )
    last = date.fromisoformat(head["as_of"]).year if not head["filters"]["year"] else date.max.year
    years = ",".join(str(year) for year, money in sorted(summed.by_year.items()) if money[SPENT] and year <= last)
    found: dict[str, tuple[str, dict[str, str]]] = {
        "execution_rate": ("spent", {"year": years}),
        "leverage": ("committed", {"source": others}),
        "gap_rate": ("gap", {}),
        "receipt_rate": ("received", {}),
        "receipt_rate_fiscal": ("received", {"source": fiscal}),
        "receipt_rate_own": ("received", {"source": OWN}),
        "disbursement_rate": ("disbursed", {"source": fiscal}),
        "average_grant": ("committed", {"source": fiscal}),
    }
    figure, instead = found.get(rate_code, ("", {}))
    if not figure or "" in instead.values() or (head["filters"]["source"] and "source" in instead):
        return None
    return explain_link(head, TOTAL, figure, **instead)


def _source(head: Mapping[str, Any], code: str, money: Sequence[int], names: Names) -> dict[str, Any]:
    return {
        "source": code,
        "title": titled((code,), names.sources)[code],
        **{name: from_fen(value) for name, value in zip(MONEY, money, strict=True)},
        "receipt_rate": rate(money[RECEIVED], money[COMMITTED]),
        "disbursement_rate": rate(money[DISBURSED], money[COMMITTED]),
        "explain": explain_link(head, TOTAL, "{figure}", source=code),
    }


def _concentration(head: Mapping[str, Any], summed: Summed) -> list[dict[str, Any]]:
    known = summed.names.agencies
    districts: Counter[str] = Counter()
    for id, fen in summed.by_agency.items():
        districts[known.get(id, ("", ""))[1] or UNCLASSIFIED] += fen
    return [
        _concentrated(head, "agency", summed.by_agency, {id: name for id, (name, _) in known.items()}),
        _concentrated(head, "district", districts, titled(districts, summed.names.districts)),
        _concentrated(head, "leader", summed.tally.by_leader, {}),
    ]


def _concentrated(
    head: Mapping[str, Any], by: ConcentrationBy, amounts: Mapping[str, int], titles: Mapping[str, str]
) -> dict[str, Any]:
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
