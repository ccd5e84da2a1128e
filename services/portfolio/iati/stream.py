"""IATI files as a stream of activities: one at a time in memory, nothing resolved that stands outside the file."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from services.portfolio.contract import IatiVersionNotRead, UnreadableXml
from services.portfolio.iati.codes import VERSIONS
from services.shared.text import clean_code, clean_title

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
MOST_ELEMENTS = 500_000
"""In one activity: what a reader of any real one never meets, and what keeps memory bounded."""


def activities(path: Path) -> Iterator[Element]:
    """The activities of a file in their order; each is emptied when the next one is asked for.

    Raises UnreadableXml (not well-formed, cut off, with a document type, of another root) and IatiVersionNotRead.
    """
    with path.open("rb") as file:
        events = _events(iterparse(file, events=("start", "end"), forbid_dtd=True))
        _, root = next(events)
        namespace = _checked(root)
        depth = elements = 0
        for event, element in events:
            if event == "start":
                depth, elements = depth + 1, elements + 1
                if elements > MOST_ELEMENTS:
                    raise UnreadableXml(reason=f"an activity has more than {MOST_ELEMENTS} elements")
                continue
            depth -= 1
            if namespace:
                element.tag = element.tag.removeprefix(namespace)
            if depth == 0:
                if element.tag == "iati-activity":
                    yield element
                root.clear()
                elements = 0


def _events(parsed: Iterator[tuple[str, Element]]) -> Iterator[tuple[str, Element]]:
    """The parser's events, with what it refuses said in one way."""
    try:
        yield from parsed
    except DefusedXmlException:
        raise UnreadableXml(
            reason="it declares a document type or entities, which an IATI file never needs: take them out"
        ) from None
    except ParseError as error:
        line, column = error.position
        raise UnreadableXml(reason=f"it is not well-formed at line {line}, column {column}: {error.msg}") from None
    except (LookupError, ValueError) as error:
        raise UnreadableXml(reason=f"its encoding is not read ({error}): save it as UTF-8") from None


def _checked(root: Element) -> str:
    """The namespace that the file wrongly declares for IATI's own elements, in braces; mostly none."""
    namespace, brace, name = root.tag.rpartition("}")
    if name != "iati-activities":
        raise UnreadableXml(reason=f"its root is {name}, not iati-activities")
    version = (root.get("version") or "").strip()
    if version not in VERSIONS:
        raise IatiVersionNotRead(version=version or "(none)", known=", ".join(VERSIONS))
    return namespace + brace


def text_of(element: Element | None) -> str:
    """All text of an element, normalised as titles are; empty without an element or a visible character."""
    return _normalised("".join(element.itertext())) if element is not None else ""


def code_of(text: str | None) -> str:
    """A code without any white space; empty where nothing is left."""
    try:
        return clean_code(text or "")
    except ValueError:  # blank
        return ""


def _normalised(text: str) -> str:
    try:
        return clean_title(text)
    except ValueError:  # blank
        return ""


def narrative(element: Element | None, languages: tuple[str, ...], default: str = "") -> str:
    """The text of an element in the first of the languages that it has, else its first text that is not blank."""
    if element is None:
        return ""
    texts: dict[str, str] = {}
    for found in element.findall("narrative"):
        language = (found.get(LANGUAGE) or default).lower().partition("-")[0]
        if text := text_of(found):
            texts.setdefault(language, text)
    for language in languages:
        if language in texts:
            return texts[language]
    # Files of 2.x that were converted from 1.x carry the text without a narrative.
    return next(iter(texts.values()), "") or _normalised(element.text or "")
