"""How wide text is, without a font: cut and wrapped so that it stays inside its box.

Widths are those of Noto Sans SC Regular in hundredths of an em, rounded up; what is not listed counts as one em, as a
Chinese character is. The table is ours rather than `unicodedata`'s, so that every version of Python draws the same.
"""

import re

ELLIPSIS = "…"
BOLD = 1.08
"""How much wider bold Latin letters and digits are."""

_ASCII = {
    28: " ',.:;|ijl",
    34: "!()[]{}fI",
    40: "-tr/\\",
    48: '*s"?z',
    56: "xcvyYJLFke#$+0123456789<=>^~_\u2212\u2013",
    62: "agXVESTZ`ohuAnbdpqPU",
    69: "RCKB&DG",
    75: "NHOQU",
    94: "wMWm@%",
}
_WIDTHS = {letter: width for width, letters in _ASCII.items() for letter in letters}
_EM = 100
_PICTURE = 140
"""Emoji are drawn wider than an em by most fonts."""

_INVALID = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f]")
"""What XML 1.0 does not allow or discourages."""
_DIRECTION = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
"""Invisible, and able to turn the order of the text around."""
_JOINS = re.compile("[\u0300-\u036f\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]")
"""What is drawn onto the character before."""
_CLOSING = "，。、；：？！）》」』】〕〉”’…%％,.;:?!)]}"
_OPENING = "（《「『【〔〈“‘([{"
_TOKEN = re.compile(rf"[{re.escape(_OPENING)}]*(?:[0-9A-Za-z_+\-]+|\s+|.)[{re.escape(_CLOSING)}]*", re.DOTALL)


def clean(text: str) -> str:
    """On one line, without what XML forbids and without what turns text around."""
    return " ".join(_DIRECTION.sub("", _INVALID.sub(" ", text)).split())


def width(text: str, size: float, bold: bool = False) -> float:
    """In units of the drawing, at a font size in the same units; rather too wide than too narrow."""
    return sum(map(_hundredths, text)) * size * (BOLD if bold else 1.0) / _EM


def fits(text: str, size: float, wide: float, bold: bool = False) -> bool:
    return width(text, size, bold) <= wide


def cut(text: str, size: float, wide: float, bold: bool = False) -> str:
    """The text, or as much of its start as there is room for with an ellipsis; nothing where not even that fits."""
    text = clean(text)
    if fits(text, size, wide, bold):
        return text
    if not fits(ELLIPSIS, size, wide, bold):
        return ""
    room, kept = (wide - width(ELLIPSIS, size, bold)) * _EM / (size * (BOLD if bold else 1.0)), 0
    for at, letter in enumerate(text):
        room -= _hundredths(letter)
        if room < 0:
            break
        kept = at + 1
    while kept and kept < len(text) and (_JOINS.match(text[kept]) or text[kept - 1] == "\u200d"):
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def wrap(text: str, size: float, wide: float, lines: int) -> list[str]:
    """At most so many lines; breaks stand between Chinese characters or Latin words, never before 。 or after （.

    What does not fit is cut with an ellipsis at the end of the last line.
    """
    pieces = _TOKEN.findall(clean(text))
    found: list[str] = []
    while pieces and len(found) < lines - 1:
        taken = _first_line(pieces, size, wide)
        line = "".join(pieces[:taken])
        if not fits(line.rstrip(), size, wide):
            line, rest = _break(line, size, wide)
            pieces[:taken] = [rest]
            if not line:
                return found
        else:
            del pieces[:taken]
        if line.strip():
            found.append(line.strip())
    last = cut("".join(pieces), size, wide) if lines > 0 else ""
    return [*found, last] if last else found


def _first_line(pieces: list[str], size: float, wide: float) -> int:
    """How many pieces the line takes; one at least."""
    taken = 1
    while taken < len(pieces) and fits("".join(pieces[: taken + 1]).rstrip(), size, wide):
        taken += 1
    return taken


def _break(word: str, size: float, wide: float) -> tuple[str, str]:
    """A word that is longer than a line, broken where the line ends."""
    at = 0
    while at < len(word) and fits(word[: at + 1], size, wide):
        at += 1
    return word[:at], word[at:]


def _hundredths(letter: str) -> int:
    known = _WIDTHS.get(letter)
    if known is not None:
        return known
    if _JOINS.match(letter):
        return 0
    return _PICTURE if letter >= "\U0001f000" and letter < "\U00020000" else _EM
