"""An activity's sectors as shares over tasks that add up to exactly 100."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import NamedTuple
from xml.etree.ElementTree import Element

from services.portfolio.iati.codes import DEFAULT_VOCABULARY
from services.portfolio.iati.dialect import IatiDialect, sector_key
from services.portfolio.iati.notes import Notes
from services.portfolio.iati.stream import code_of, narrative
from services.shared.money import split

WHOLE = Decimal(100)
MILLIONTHS = 1_000_000
_PERCENT = re.compile(r"\d{1,3}(\.\d{0,20})?|\.\d{1,20}")


class Sector(NamedTuple):
    """A sector as it is published; the percentage as text, null where there is none."""

    vocabulary: str
    code: str
    name: str
    percentage: str | None
    field: str
    """Where it stands in the activity."""


class Spent(NamedTuple):
    """The sectors of a transaction, with its value."""

    sectors: list[Sector]
    amount: Decimal


def sectors_in(parent: Element, languages: tuple[str, ...], prefix: str = "") -> list[Sector]:
    """The sectors of an activity or of a transaction."""
    return [
        Sector(
            vocabulary=code_of(found.get("vocabulary")) or DEFAULT_VOCABULARY,
            code=code_of(found.get("code")),
            name=narrative(found, languages),
            percentage=found.get("percentage"),
            field=f"{prefix}sector[{place}]",
        )
        for place, found in enumerate(parent.findall("sector"), 1)
    ]


def shares(
    sectors: Sequence[Sector], transactions: Sequence[Spent], dialect: IatiDialect, notes: Notes
) -> list[dict[str, str]]:
    """Shares as NewProject takes them, in plan order; empty after an error."""
    if sectors:
        return _as_shares(_published(_chosen(sectors, dialect), dialect, notes), dialect)
    named = [sector for spent in transactions for sector in spent.sectors]
    if named:
        return _as_shares(_from_transactions(_chosen(named, dialect), transactions, dialect, notes), dialect)
    if dialect.without_sector is None:
        notes.say("sector_missing", "sector", "", "neither the activity nor one of its transactions has a sector")
        return []
    notes.say("sector_assumed", "sector", "", f"it has no sector: all of it goes to {dialect.without_sector}")
    return [{"code": dialect.without_sector, "weight": "100"}]


def _chosen(sectors: Sequence[Sector], dialect: IatiDialect) -> list[Sector]:
    """The sectors of one vocabulary: the dialect's, else the one with most known sectors, DAC's five digits first."""
    vocabularies = list(dict.fromkeys(sector.vocabulary for sector in sectors))
    if dialect.vocabulary in vocabularies:
        return [sector for sector in sectors if sector.vocabulary == dialect.vocabulary]
    known = dict.fromkeys(vocabularies, 0)
    for sector in dict.fromkeys(s._replace(percentage=None, field="", name="") for s in sectors):
        known[sector.vocabulary] += dialect.node_of(sector.vocabulary, sector.code) is not None
    best = max(vocabularies, key=lambda name: (known[name], name == DEFAULT_VOCABULARY, -vocabularies.index(name)))
    return [sector for sector in sectors if sector.vocabulary == best]


def _nodes(sectors: Iterable[Sector], dialect: IatiDialect, notes: Notes) -> list[str] | None:
    """The node of each sector, or None after saying which are unknown."""
    nodes = []
    unknown: dict[str, Sector] = {}
    for sector in sectors:
        node = dialect.node_of(sector.vocabulary, sector.code)
        if node is None:
            unknown.setdefault(sector.code, sector)
        else:
            nodes.append(node)
    for sector in unknown.values():
        key = sector_key(sector.vocabulary, sector.code)
        notes.say("task_unknown", sector.field, key, f"the plan has no node for sector {key} {sector.name}".strip())
    return None if unknown else nodes


def _published(sectors: Sequence[Sector], dialect: IatiDialect, notes: Notes) -> list[tuple[str, Fraction]]:
    """Node and weight of each sector of the activity; the weights add up to 100."""
    nodes = _nodes(sectors, dialect, notes)
    given = _percentages(sectors, notes)
    if given is None:
        return []
    stated = [percentage for percentage in given if percentage is not None]
    if not stated:
        return _equal(nodes, dialect, notes) if nodes else []
    total = sum(stated, Decimal(0))
    if len(stated) < len(given):
        missing = f"{len(given) - len(stated)} of {len(given)} sectors have no percentage; the others add up to {total}"
        notes.say("weights_not_100", "sector", str(total), missing)
    elif abs(total - WHOLE) > dialect.tolerance:
        detail = f"the percentages add up to {total}; up to {dialect.tolerance} from 100 would be repaired"
        notes.say("weights_not_100", "sector", str(total), detail)
    elif nodes is not None:
        return _repaired(sectors, nodes, stated, notes)
    return []


def _percentages(sectors: Sequence[Sector], notes: Notes) -> list[Decimal | None] | None:
    """The percentage of each sector, None where it has none; None for all of them after an error."""
    found: list[Decimal | None] = []
    for sector in sectors:
        text = (sector.percentage or "").strip()
        if not text:
            found.append(None)
        elif _PERCENT.fullmatch(text) and Decimal(text) <= WHOLE:
            found.append(Decimal(text))
        else:
            notes.say("percentage_invalid", sector.field, text, "a percentage is a decimal number from 0 to 100")
    return found if len(found) == len(sectors) else None


def _equal(nodes: Sequence[str], dialect: IatiDialect, notes: Notes) -> list[tuple[str, Fraction]]:
    """Equal weights by largest remainder at 0.01, the first in plan order get more."""
    ordered = sorted(nodes, key=dialect.place_of)
    parts = split(10_000, [1] * len(ordered))
    if len(ordered) > 1:
        notes.say("weights_defaulted", "sector", "", f"{len(ordered)} sectors without a percentage share equally")
    return [(node, Fraction(part, 100)) for node, part in zip(ordered, parts, strict=True)]


def _repaired(
    sectors: Sequence[Sector], nodes: Sequence[str], stated: Sequence[Decimal], notes: Notes
) -> list[tuple[str, Fraction]]:
    """The percentages scaled to 100 at six decimals; those of 0 left out."""
    for sector, percentage in zip(sectors, stated, strict=True):
        if percentage == 0:
            notes.say("weight_zero", sector.field, sector.percentage, f"sector {sector.code} has 0 percent")
    exact = [Fraction(percentage) for percentage in stated]
    weights = _to_whole(exact)
    if weights != exact:
        total = sum(stated, Decimal(0))
        detail = f"the percentages add up to {total}; they were scaled to exactly 100 with six decimals"
        notes.say("weights_repaired", "sector", str(total), detail)
    return list(zip(nodes, weights, strict=True))


def _to_whole(weights: Sequence[Fraction]) -> list[Fraction]:
    """Weights scaled to add up to 100, by largest remainder at 0.000001."""
    scale = lcm(*(weight.denominator for weight in weights))
    parts = split(100 * MILLIONTHS, [int(weight * scale) for weight in weights])
    return [Fraction(part, MILLIONTHS) for part in parts]


def _from_transactions(
    sectors: Sequence[Sector], transactions: Sequence[Spent], dialect: IatiDialect, notes: Notes
) -> list[tuple[str, Fraction]]:
    """Weights by the values of the transactions that name a sector, net of corrections; equal where nothing is left."""
    nodes = _nodes(sectors, dialect, notes)
    if nodes is None:
        return []
    chosen = sectors[0].vocabulary
    sums: dict[str, Fraction] = dict.fromkeys(sorted(nodes, key=dialect.place_of), Fraction(0))
    without = 0
    for spent in transactions:
        codes = [sector.code for sector in spent.sectors if sector.vocabulary == chosen]
        without += not codes
        for code in codes:
            node = dialect.node_of(chosen, code)
            assert node is not None, "the sectors were looked up above"
            sums[node] += Fraction(spent.amount) / len(codes)
    positive = {node: amount for node, amount in sums.items() if amount > 0}
    detail = f"{len(sums)} sectors of {len(transactions) - without} transactions are weighted by their values"
    if without:
        detail += f"; {without} transactions name no sector and follow these weights"
    if left_out := [node for node in sums if positive and node not in positive]:
        detail += f"; nothing is left of {', '.join(left_out)}"
    notes.say("weights_from_transactions", "transaction/sector", "", detail)
    if not positive:
        return _equal(list(sums), dialect, notes)
    return list(zip(positive, _to_whole(list(positive.values())), strict=True))


def _as_shares(weighted: Iterable[tuple[str, Fraction]], dialect: IatiDialect) -> list[dict[str, str]]:
    """One share for each node that has a weight, in plan order."""
    sums: dict[str, Fraction] = {}
    for node, weight in weighted:
        sums[node] = sums.get(node, Fraction(0)) + weight
    return [
        {"code": node, "weight": _text(sums[node])} for node in sorted(sums, key=dialect.place_of) if sums[node] > 0
    ]


def _text(weight: Fraction) -> str:
    return f"{(Decimal(int(weight * MILLIONTHS)) / MILLIONTHS).normalize():f}"
