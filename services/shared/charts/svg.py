"""The paper: a drawing of fixed width on which marks, text and legends are put, and its SVG.

No style, no script, nothing from elsewhere: only presentation attributes, which a strict Content-Security-Policy and
typst take alike. Printed 16 cm wide, a unit is 0.22 mm and 10 units of font are 6.3 points.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

from services.shared.charts import palette, text, words
from services.shared.charts.palette import Fill, Hatch, Key

WIDTH = 720
TITLE = 14.0
NORMAL = 11.0
SMALL = 10.0
FONTS = "'Noto Sans SC','Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif"

_NAME = "\0"
"""Stands for the start of the ids until the drawing is done: no text can hold this character."""
_NAMES = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_LINKS = re.compile(r"(?:https?://|/(?![/\\])|[?#])[^\s\x00-\x1f\x7f]*\Z")
_HATCHES = {
    Hatch.RISING: "M-1.5 1.5l3 -3M0 6l6 -6M4.5 7.5l3 -3",
    Hatch.FALLING: "M-1.5 4.5l3 3M0 0l6 6M4.5 -1.5l3 3",
    Hatch.LEVEL: "M0 3h6",
    Hatch.UPRIGHT: "M3 0v6",
    Hatch.CROSSED: "M0 3h6M3 0v6",
    Hatch.DOTTED: "M2 2h2v2h-2z",
}
_TILE = 6
_HATCH_OPACITY = "0.6"


class Drawing:
    """Marks are drawn in the order they are put; `ids` starts its ids, else they follow from what is drawn."""

    def __init__(self, title: str, desc: str, *, links: bool = False, ids: str = "", width: int = WIDTH) -> None:
        if ids and not _NAMES.match(ids):
            raise ValueError("what starts a drawing's ids is of letters, digits, - and _ and starts with a letter")
        self.title, self.desc, self.links, self.ids, self.width = title, desc, links, ids, width
        self._parts: list[str] = []
        self._patterns: dict[Fill, str] = {}

    @contextmanager
    def mark(self, title: str, link: str | None = None) -> Iterator[None]:
        """What is drawn inside is one mark with a title of its own, and a link if it leads to our pages or the web."""
        tag, attributes = "g", ' role="img"' if self.links else ""
        if link is not None and _LINKS.match(link):
            tag, attributes = "a", f' href="{escape(link)}"'
        self._parts.append(f"<{tag}{attributes}><title>{_said(title)}</title>")
        yield
        self._parts.append(f"</{tag}>")

    def rect(
        self, x: float, y: float, wide: float, high: float, fill: Fill, stroke: str = "", thick: float = 1
    ) -> None:
        place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}"'
        edge = f' stroke="{stroke}" stroke-width="{_n(thick)}"' if stroke else ""
        self._parts.append(f'<rect {place} fill="{self._paint(fill)}"{edge}/>')

    def path(
        self, d: str, *, fill: str = "none", stroke: str = "", thick: float = 1, opacity: float = 1, dash: str = ""
    ) -> None:
        edge = f' stroke="{stroke}" stroke-width="{_n(thick)}"' if stroke else ""
        seen = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(f'<path d="{d}" fill="{fill}"{seen}{edge}{dashes}/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str, thick: float = 1, dash: str = "") -> None:
        self.path(f"M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}", stroke=stroke, thick=thick, dash=dash)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        self._parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{colour}"/>')

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: float = SMALL,
        colour: str = palette.INK,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """One line whose baseline is at y. It is drawn as given: whoever puts it has cut it to its box."""
        if not said:
            return
        place = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{colour}"'
        more = ("" if anchor == "start" else f' text-anchor="{anchor}"') + (' font-weight="bold"' if bold else "")
        self._parts.append(f"<text {place}{more}>{_said(said)}</text>")

    def heading(self, title: str) -> float:
        """The title at the top: where what follows may start."""
        lines = text.wrap(title, TITLE, (self.width - 2) / text.BOLD, 2)
        for at, line in enumerate(lines):
            self.text(0, 15 + 18 * at, line, size=TITLE, bold=True)
        return 4.0 + 18 * len(lines)

    def legend(self, keys: Sequence[Key], top: float) -> float:
        """A swatch and words for each key, over as many lines as they need: where what follows may start."""
        x, y = 0.0, top
        for key in keys:
            label = text.cut(key.words, SMALL, self.width - 24)
            wide = 18 + text.width(label, SMALL)
            if x and x + wide > self.width:
                x, y = 0.0, y + 16
            self.rect(x + 0.5, y + 3, 13, 10, key.fill, palette.INK, 0.5)
            self.text(x + 18, baseline(y + 8, SMALL), label)
            x += wide + 14
        return y + 18 if keys else top

    def axis(self, labels: Sequence[tuple[float, str]], y: float) -> None:
        """Labels centred on their places from left to right; one that would touch the label before is left out."""
        taken = 0.0
        for x, label in labels:
            half = text.width(label, SMALL) / 2
            x = min(max(x, half), self.width - half)
            if x - half >= taken:
                self.text(x, y, label, colour=palette.MUTED, anchor="middle")
                taken = x + half + 6

    def note(self, said: str, top: float) -> float:
        """Small print over at most four lines: where what follows may start."""
        lines = text.wrap(said, SMALL, self.width - 2, 4)
        for at, line in enumerate(lines):
            self.text(0, top + 11 + 14 * at, line, colour=palette.MUTED)
        return top + 14 * len(lines)

    def svg(self, height: float) -> str:
        """The drawing, cut at a height."""
        tiles = "".join(_tile(fill, name) for fill, name in self._patterns.items())
        body = (
            f'<title id="{_NAME}-t">{_said(self.title)}</title><desc id="{_NAME}-d">{_said(self.desc)}</desc>'
            + (f"<defs>{tiles}</defs>" if tiles else "")
            + f'<rect x="0" y="0" width="{self.width}" height="{_n(height)}" fill="{palette.WHITE}"/>'
            + "".join(self._parts)
        )
        # The children of an image are hidden from assistive technology: a drawing with links is a group.
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {_n(height)}"'
            f' role="{"group" if self.links else "img"}" aria-labelledby="{_NAME}-t {_NAME}-d"'
            f' xml:lang="zh-CN" font-family="{FONTS}">'
        )
        whole = f"{head}{body}</svg>"
        return whole.replace(_NAME, self.ids or f"c{hashlib.sha256(whole.encode()).hexdigest()[:12]}")

    def _paint(self, fill: Fill) -> str:
        if fill.hatch is Hatch.PLAIN:
            return fill.colour
        return f"url(#{self._patterns.setdefault(fill, f'{_NAME}-p{len(self._patterns)}')})"


def baseline(middle: float, size: float) -> float:
    """Where text must stand for Chinese characters and digits to be centred on a height."""
    return middle + 0.37 * size


def nothing(title: str, desc: str, *, ids: str = "", width: int = WIDTH) -> str:
    """A drawing that says that there is nothing to draw."""
    drawing = Drawing(title, desc, ids=ids, width=width)
    top = drawing.heading(title)
    drawing.rect(0.5, top + 4, width - 1, 40, palette.ZERO, palette.GRID)
    drawing.text(width / 2, baseline(top + 24, NORMAL), words.NO_DATA, size=NORMAL, anchor="middle")
    return drawing.svg(top + 48)


def number(value: float) -> str:
    """A length with two decimals at most, the same on every machine."""
    said = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said


_n = number


def _said(said: str) -> str:
    return escape(text.clean(said), quote=False)


def _tile(fill: Fill, name: str) -> str:
    lines, seen = fill.lines or palette.ink_on(fill.colour), "1" if fill.lines else _HATCH_OPACITY
    drawn = f'fill="none" stroke="{lines}" stroke-width="1" stroke-opacity="{seen}"'
    if fill.hatch is Hatch.DOTTED:
        drawn = f'fill="{lines}" fill-opacity="{seen}"'
    return (
        f'<pattern id="{name}" width="{_TILE}" height="{_TILE}" patternUnits="userSpaceOnUse">'
        f'<rect x="0" y="0" width="{_TILE}" height="{_TILE}" fill="{fill.colour}"/>'
        f'<path d="{_HATCHES[fill.hatch]}" {drawn}/></pattern>'
    )
