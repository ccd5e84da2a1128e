"""A drawing made fit for paper: its text in a font that is there, nothing fetched from anywhere."""

import re
import xml.etree.ElementTree as ET

from defusedxml.ElementTree import fromstring

from services.reporting.files.glyphs import SANS, printable

_SVG = "{http://www.w3.org/2000/svg}"
_FONT = re.compile(r"font-family\s*:[^;}]*;?")
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
# An image may name a file; a foreign object and a script are for browsers.
_LEFT_OUT = {f"{_SVG}{name}" for name in ("image", "foreignObject", "script", "feImage")}


def drawn(svg: str) -> str:
    """The drawing with all its text in one font, without what names another file.

    Raises ValueError where it is no SVG; entities are refused.
    """
    try:
        root = fromstring(svg)
    except (ET.ParseError, ValueError) as error:
        raise ValueError(f"a picture is no SVG: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise ValueError("a picture is no SVG: it begins with another element")
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _LEFT_OUT:
                parent.remove(child)
    for element in root.iter():
        _settle(element)
    root.set("font-family", SANS)
    ET.register_namespace("", _SVG.strip("{}"))
    return ET.tostring(root, encoding="unicode")


def _settle(element: ET.Element) -> None:
    """One element: what it says can be shown, and it asks for no font and no file of its own."""
    element.attrib.pop("font-family", None)
    for name in _HREFS:
        if not element.get(name, "#").startswith("#"):
            del element.attrib[name]
    if "style" in element.attrib:
        element.set("style", _FONT.sub("", element.attrib["style"]))
    if element.tag == f"{_SVG}style":
        element.text = _FONT.sub("", element.text or "")
    else:
        element.text = element.text and printable(element.text)
    element.tail = element.tail and printable(element.tail)
