"""Fonts for paper, and the characters they can show: an archived page must not have a single box in it."""

import struct
import unicodedata
from bisect import bisect_right
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from services.reporting.files.cells import whole

SANS = "Noto Sans SC"
"""The one whose weight is fixed: what a drawing's text is set in."""

_FORMAT_12 = 12


class Font(NamedTuple):
    """A font file in an installed package, and which face of it is meant."""

    package: str
    file: str
    face: int = 0

    @property
    def path(self) -> Path:
        spec = find_spec(self.package)
        assert spec is not None and spec.origin is not None, "the lock names the packages of the fonts"
        return Path(spec.origin).with_name(self.file)


SERIF = Font("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf")
"""For what is read: nearest to 仿宋."""
ALL_WEIGHTS = Font("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc", face=2)
"""For headings, as 黑体, and for rare characters."""


@cache
def folders() -> tuple[str, ...]:
    """Where the typesetter finds the fonts."""
    return tuple(sorted({str(font.path.parent) for font in (SERIF, ALL_WEIGHTS)}))


def printable(text: str) -> str:
    """Text of characters that the fonts have.

    Composed (NFC). A character that no font has becomes its number, [U+1F600], so that nothing is lost in silence;
    what can not be seen and may turn the order of reading goes, other control characters become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(letter) for letter in unicodedata.normalize("NFC", whole(text)))


def _shown(letter: str) -> str:
    if letter.isspace():
        return "\n" if letter == "\n" else letter if letter == "\u3000" else " "
    kind = unicodedata.category(letter)
    if kind == "Cc":
        return " "
    # Selectors of variants choose between shapes that the fonts do not have.
    if kind == "Cf" or 0xFE00 <= ord(letter) <= 0xFE0F or 0xE0100 <= ord(letter) <= 0xE01EF:
        return ""
    return letter if _has(ord(letter)) else f"[U+{ord(letter):04X}]"


def _has(code: int) -> bool:
    return any(
        last >= code
        for starts, lasts in (_ranges(SERIF), _ranges(ALL_WEIGHTS))
        if (place := bisect_right(starts, code) - 1) >= 0
        for last in (lasts[place],)
    )


@cache
def _ranges(font: Font) -> tuple[list[int], list[int]]:
    """First and last code of each run of characters that the font maps to a glyph: its table `cmap`, format 12."""
    with font.path.open("rb") as file:

        def read(at: int, form: str) -> tuple[Any, ...]:
            file.seek(at)
            return struct.unpack(form, file.read(struct.calcsize(form)))

        tag, *_ = read(0, ">4s")
        start = read(12 + 4 * font.face, ">L")[0] if tag == b"ttcf" else 0
        tables = (read(start + 12 + 16 * i, ">4s3L") for i in range(read(start + 4, ">H")[0]))
        cmap = next(at for name, _, at, _ in tables if name == b"cmap")
        subtables = (cmap + read(cmap + 4 + 8 * i, ">2HL")[2] for i in range(read(cmap + 2, ">H")[0]))
        mapped = next(at for at in subtables if read(at, ">H")[0] == _FORMAT_12)
        (count,) = read(mapped + 12, ">L")
        groups = read(mapped + 16, f">{3 * count}L")
    return list(groups[0::3]), list(groups[1::3])
