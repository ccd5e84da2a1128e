"""Reads a drawing back: its marks, its rectangles, its texts with the boxes that they take, what they stand on."""

from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from services.shared.charts import text

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Text:
    said: str
    size: float
    colour: str
    box: Box
    ground: str
    """The fill of the last rectangle below the text's middle."""


class Drawn:
    def __init__(self, svg: str) -> None:
        self.root: Element = fromstring(svg)
        self.width, self.height = map(float, self.root.attrib["viewBox"].split()[2:])

    @cached_property
    def elements(self) -> list[Element]:
        return list(self.root.iter())

    def each(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == SVG + tag]

    @cached_property
    def titles(self) -> list[str]:
        """The titles of the marks."""
        marks = self.each("g") + self.each("a")
        return [title.text or "" for mark in marks for title in mark if title.tag == SVG + "title"]

    @cached_property
    def texts(self) -> list[Text]:
        found, grounds = [], list[tuple[Box, str]]()
        hidden = {id(inner) for defs in self.each("defs") for inner in defs.iter()}
        for element in self.elements:
            if id(element) in hidden:
                continue
            if element.tag == SVG + "rect":
                grounds.append((box_of(element), element.attrib["fill"]))
            if element.tag == SVG + "text":
                box = _text_box(element)
                x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
                ground = [fill for rect, fill in grounds if rect.holds(x, y)][-1]
                size = float(element.attrib["font-size"])
                found.append(Text(element.text or "", size, element.attrib["fill"], box, ground))
        return found

    def says(self, said: str) -> bool:
        return any(said in found.said for found in self.texts)


def box_of(rect: Element) -> Box:
    x, y, wide, high = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + wide, y + high)


def _text_box(element: Element) -> Box:
    """From the cap height to the baseline: what a reader takes for the letters."""
    x, y, size = (float(element.attrib[name]) for name in ("x", "y", "font-size"))
    wide = text.width(element.text or "", size, bold=element.attrib.get("font-weight") == "bold")
    left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.attrib.get("text-anchor", "start")]
    return Box(left, y - 0.8 * size, left + wide, y + 0.05 * size)
