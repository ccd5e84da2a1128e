"""Fills can be told apart with any kind of colour vision, and what is written on them can be read."""

from itertools import combinations, pairwise

import pytest

from services.shared.charts import palette
from services.shared.charts.palette import Fill, Hatch

Colour = tuple[float, float, float]
Matrix = tuple[Colour, Colour, Colour]
PLAIN: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
VISION: dict[str, Matrix] = {
    "normal": PLAIN,
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira & Fernandes (2009) at full severity, on linear RGB."""
APART = 0.07
"""In OKLab, where black and white are 1 apart; 0.02 is about what can just be seen side by side."""
FILLS = (*palette.SERIES, *palette.RAMP, *palette.BANDS, palette.GAP, palette.NO_VALUE, palette.NEGATIVE, palette.ZERO)


def seen(colour: str, vision: str) -> Colour:
    """OKLab (Ottosson, 2020) of a colour as someone with that vision sees it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    rgb = [min(max(sum(a * b for a, b in zip(row, linear, strict=True)), 0), 1) for row in VISION[vision]]
    to_cones: Matrix = (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
    to_lab: Matrix = (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
    cones = [sum(a * b for a, b in zip(row, rgb, strict=True)) ** (1 / 3) for row in to_cones]
    lightness, a, b = (sum(p * q for p, q in zip(row, cones, strict=True)) for row in to_lab)
    return lightness, a, b


def distance(one: Fill, other: Fill, vision: str) -> float:
    pairs = zip(seen(one.colour, vision), seen(other.colour, vision), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("fills", [palette.SERIES, palette.RAMP], ids=["series", "ramp"])
def test_colours_are_apart_with_every_kind_of_colour_vision(vision: str, fills: tuple[Fill, ...]) -> None:
    near = {(a.colour, b.colour): distance(a, b, vision) for a, b in combinations(fills, 2)}
    assert min(near.values()) >= APART, min(near, key=lambda pair: near[pair])


def test_red_and_green_as_they_are_mostly_used_would_not_be_apart() -> None:
    assert distance(Fill("#b2182b"), Fill("#5b6b12"), "deuteranopia") < APART
    assert distance(Fill("#000000"), Fill("#ffffff"), "normal") == pytest.approx(1, abs=0.001)


def test_no_two_of_a_series_have_the_same_hatch() -> None:
    assert len({fill.hatch for fill in palette.SERIES}) == len(palette.SERIES) == len(Hatch)
    assert len({palette.GAP.hatch, palette.NO_VALUE.hatch, palette.NEGATIVE.hatch, palette.ZERO.hatch}) == 4


@pytest.mark.parametrize("fills", [palette.RAMP, palette.BANDS[::-1]], ids=["ramp", "bands"])
def test_a_ramp_grows_darker_so_that_its_order_shows_in_grey(fills: tuple[Fill, ...]) -> None:
    assert all(palette.luminance(a.colour) > palette.luminance(b.colour) * 1.1 for a, b in pairwise(fills))


@pytest.mark.parametrize("fill", FILLS, ids=lambda fill: fill.colour)
def test_the_ink_on_a_fill_can_be_read(fill: Fill) -> None:
    assert palette.contrast(palette.ink_on(fill.colour), fill.colour) >= 4.5


def test_small_print_on_white_can_be_read() -> None:
    assert palette.contrast(palette.MUTED, palette.WHITE) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert palette.contrast("#ffffff", "#777777") == palette.contrast("#777777", "#ffffff")
