"""Which tasks a project fits, on the wire."""

from typing import Annotated

from pydantic import Field

from services.catalog.contract.values import CodeText, Wire
from services.shared.text import Title


class ProjectText(Wire):
    """What of a project is asked about: which tasks does it fit?"""

    title: Title
    abstract: Annotated[str, Field(max_length=20_000)] = ""


class Suggestion(Wire):
    """A task that a project fits, and the words that led there, the weightiest first."""

    code: CodeText
    title: Title
    score: float
    """Comparable within one answer alone."""
    because: list[str]


class Suggestions(Wire):
    """The tasks that fit, best first; `none` where too little speaks for any."""

    items: list[Suggestion]
    none: bool
