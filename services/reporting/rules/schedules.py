"""The ends of periods by which snapshots are taken."""

from collections.abc import Iterator
from datetime import date

from services.reporting.contract.schedules import Every
from services.reporting.rules.saved import month_ends

MONTHS = {"month_end": 1, "quarter_end": 3, "year_end": 12}


def period_ends(every: Every, since: date, today: date) -> Iterator[date]:
    """The last days of the periods that are over, from a day on, in their order."""
    return (day for day in month_ends(since, today) if day.month % MONTHS[every] == 0 and day >= since)
