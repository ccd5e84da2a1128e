"""Notes: what a reader of a report has to know beside its figures. Their codes are stable."""

from typing import Any


def note(code: str, detail: str, amount: str | None = None) -> dict[str, Any]:
    """A note, as the wire has it."""
    return {"code": code, "detail": detail, "amount": amount}


def answered_from(detail: str) -> dict[str, Any]:
    """What an answer was found in."""
    return note("answered_from", detail)


def not_counted(figure: str, amount: str) -> dict[str, Any]:
    """What a figure leaves out."""
    return note("not_counted", f"{figure} by projects that are not counted on this day; in no figure", amount)


def bound_to(agency: str | None) -> list[dict[str, Any]]:
    """Whom a report is narrowed to because of who asks; none where he may see everything."""
    return [note("scope", f"only projects led by {agency} and its subordinates")] if agency is not None else []
