"""IATI 2.01 to 2.03 activity files, read as a portfolio: one row of an import for each activity.

The mapping of codes, and everything that may be said of an activity, stands in `codes`; what a plan decides for itself
in `IatiDialect`. Nothing is guessed: what is repaired or chosen is a warning, what can not be is an error of its row.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from services.portfolio.contract import ImportRow
from services.portfolio.iati.activity import identifier_of, row_of
from services.portfolio.iati.codes import RULES, codes_table, mapping_tables
from services.portfolio.iati.dialect import IatiDialect, dialect_of, plan_of, sector_key
from services.portfolio.iati.shares import sectors_in
from services.portfolio.iati.stream import activities

__all__ = [
    "RULES",
    "IatiDialect",
    "codes_table",
    "currency_of",
    "dialect_of",
    "mapping_tables",
    "plan_of",
    "read",
    "sector_key",
    "sectors_of",
]


def ignore(_: int) -> None:
    """Say nothing of the progress."""


def read(path: Path, dialect: IatiDialect, said: Callable[[int], None] = ignore) -> Iterator[ImportRow]:
    """The activities of a file as rows, in its order; `said` is told how many were read after each.

    One activity is in memory at a time, and of those before it their identifiers. Raises UnreadableXml and
    IatiVersionNotRead, the first also after rows were given: a file that is cut off shows it at its end.
    """
    places: dict[str, int] = {}
    for place, activity in enumerate(activities(path), 1):
        identifier = identifier_of(activity)
        first = places.setdefault(identifier, place) if identifier else place
        yield row_of(activity, place, first if first != place else None, dialect)
        said(place)


def sectors_of(path: Path, languages: tuple[str, ...] = ("zh", "en")) -> list[tuple[str, str, str]]:
    """The sectors that a file's activities and transactions name: vocabulary, code and the first name, in the order
    of vocabularies and codes. Raises as `read` does."""
    names: dict[tuple[str, str], str] = {}
    for activity in activities(path):
        for parent in (activity, *activity.findall("transaction")):
            for sector in sectors_in(parent, languages):
                if sector.code:
                    names[sector.vocabulary, sector.code] = names.get((sector.vocabulary, sector.code)) or sector.name
    return [(vocabulary, code, names[vocabulary, code]) for vocabulary, code in sorted(names)]


def currency_of(path: Path) -> str | None:
    """The currency in which most activities of a file state their money, None where none does. Raises as `read`."""
    named = Counter(_currency(activity).strip().upper() for activity in activities(path))
    named.pop("", None)
    return named.most_common(1)[0][0] if named else None


def _currency(activity: Element) -> str:
    stated = (value.get("currency", "") for value in activity.iter("value"))
    return activity.get("default-currency") or next(filter(None, stated), "")
