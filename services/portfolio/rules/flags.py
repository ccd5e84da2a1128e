"""What is derived of a project on a day: overdue, late payment, expiring (DOMAIN 2.4)."""

from datetime import date, timedelta
from decimal import Decimal

from services.portfolio.contract import Flag, Project
from services.portfolio.rules.knowledge import Knowledge

NOTHING = Decimal(0)
RUNNING = frozenset({"contracted", "in_progress", "suspended"})


def flags(project: Project, disbursed: Decimal, knowledge: Knowledge, today: date) -> list[Flag]:
    """The flags of a project on a day; `disbursed` is what was paid out to it by then."""
    found: list[Flag] = []
    settings = knowledge.programme(project.programme_name)
    end = project.extended_to or project.end_on
    if project.state in ("in_progress", "suspended") and end is not None:
        if today > end + timedelta(days=settings.acceptance_grace_days):
            found.append("overdue")
        elif end - timedelta(days=settings.expiring_days) <= today <= end:
            found.append("expiring")
    if project.state in RUNNING:
        by_now = today - timedelta(days=settings.payment_grace_days)
        due = sum((part.amount for part in project.instalments if part.due_on < by_now), Decimal(0))
        if due > disbursed:
            found.append("late_payment")
    return found
