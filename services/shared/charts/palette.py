"""Colours and hatches that can be told apart without seeing colour, and inks that can be read on them.

The colours are those of Okabe & Ito ("Color Universal Design", 2008). Every fill of a series has a hatch of its own
beside its colour, so that it is told apart in grey, on a photocopy, and with any kind of colour vision. Contrast is
that of WCAG 2.2 (relative luminance of sRGB).
"""

from dataclasses import dataclass
from enum import Enum

INK = "#101418"
WHITE = "#ffffff"
GRID = "#c9ced6"
MUTED = "#57606a"
"""Of text that comes second, on white."""

BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
SKY = "#56b4e9"
VERMILION = "#d55e00"
PURPLE = "#cc79a7"
YELLOW = "#f0e442"


class Hatch(Enum):
    """What is drawn over a colour."""

    PLAIN = "plain"
    RISING = "rising"
    FALLING = "falling"
    LEVEL = "level"
    UPRIGHT = "upright"
    CROSSED = "crossed"
    DOTTED = "dotted"


@dataclass(frozen=True)
class Fill:
    """A colour as #rrggbb and the hatch over it; `lines` is the colour of the hatch where it is not the ink."""

    colour: str
    hatch: Hatch = Hatch.PLAIN
    lines: str = ""


@dataclass(frozen=True)
class Key:
    """An entry of the legend: what a fill means, in words."""

    words: str
    fill: Fill


SERIES = (
    Fill(BLUE),
    Fill(ORANGE, Hatch.RISING),
    Fill(GREEN, Hatch.DOTTED),
    Fill(SKY, Hatch.LEVEL),
    Fill(VERMILION, Hatch.FALLING),
    Fill(PURPLE, Hatch.UPRIGHT),
    Fill(YELLOW, Hatch.CROSSED),
)
"""States or series, in the order to take them."""

RAMP = tuple(map(Fill, ("#deebf7", "#b0d1e8", "#74a9d0", "#2b7bb8", "#08407e")))
"""Amounts from little to much: one hue, each step darker, so that the order shows in grey as well."""

BANDS = tuple(map(Fill, ("#c2c8d0", "#d8dce2", "#eceef1")))
"""Bands behind a measure, from the first up."""

GAP = Fill(WHITE, Hatch.RISING, VERMILION)
"""What is not there and should be."""

NO_VALUE = Fill("#f3f4f6", Hatch.FALLING, "#8b949e")
"""Nobody said a value: other than zero."""

ZERO = Fill(WHITE)
TARGET = Fill(INK)

NEGATIVE = Fill("#fbe3c8", Hatch.LEVEL, VERMILION)


def luminance(colour: str) -> float:
    """WCAG's relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: str) -> str:
    """Of ink and white, the one that is read better on a colour."""
    return INK if contrast(INK, colour) >= contrast(WHITE, colour) else WHITE


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
