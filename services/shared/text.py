"""Text at the door: trimmed, NFC, never blank; keys for comparing titles; instants as text."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

_WIDE = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_CONTROL = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]+")


def clean_title(text: str) -> str:
    """Full-width letters and digits become half-width, Chinese punctuation stays, white space is folded."""
    text = unicodedata.normalize("NFC", text).translate(_WIDE)
    text = " ".join(_CONTROL.sub(" ", text).split())
    if not text:
        raise ValueError("must not be blank")
    return text


def clean_code(text: str) -> str:
    """NFKC without any white space: for codes and numbers. Upper and lower case stay."""
    code = "".join(_CONTROL.sub("", unicodedata.normalize("NFKC", text)).split())
    if not code:
        raise ValueError("must not be blank")
    return code


def match_key(text: str) -> str:
    """What two titles are compared by: NFKC, case folded, punctuation and white space dropped."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LNM" or char == "+")


def bigrams(text: str) -> set[str]:
    """The characters and pairs of neighbouring characters of a text's key: what search looks up."""
    key = match_key(text)
    return set(key) | {key[i : i + 2] for i in range(len(key) - 1)}


Title = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(clean_title)]
Code = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(clean_code)]


def moment_text(moment: datetime) -> str:
    """An instant in UTC, always with four digits of the year and six of the second: its texts sort as instants do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
