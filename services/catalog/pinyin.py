"""How titles sound: pinyin and its initials, with the readings of places that a dictionary gets wrong."""

from collections.abc import Sequence

from pypinyin import Style, lazy_pinyin, load_phrases_dict

from services.shared.text import match_key

# Readings that the dictionary has wrong: 长 is zhǎng in none of these.
load_phrases_dict(
    {
        "长宁区": [["cháng"], ["níng"], ["qū"]],
        "长三角": [["cháng"], ["sān"], ["jiǎo"]],
        "长江": [["cháng"], ["jiāng"]],
        "长大隧道": [["cháng"], ["dà"], ["suì"], ["dào"]],
    }
)


def sounds_of(texts: Sequence[str]) -> dict[str, tuple[str, str]]:
    """By text how it sounds: all of it and its initials, 材料基因组 → cailiaojiyinzu, cljyz."""
    found = {}
    for text in texts:
        readings = lazy_pinyin(text, style=Style.NORMAL)
        initials = "".join(reading[0] for reading in readings if reading)
        found[text] = match_key("".join(readings)), match_key(initials)
    return found
