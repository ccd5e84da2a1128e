"""Controlled vocabularies on the wire."""

from services.catalog.contract.values import CodeText, Wire
from services.shared.text import Title


class Term(Wire):
    """A term of a vocabulary."""

    code: CodeText
    title: Title
    aliases: list[Title] = []
    active: bool = True
    broader: CodeText | None = None
    replaced_by: CodeText | None = None


class Vocabulary(Wire):
    """A controlled vocabulary, such as fund_class."""

    code: CodeText
    title: Title
    terms: list[Term]
