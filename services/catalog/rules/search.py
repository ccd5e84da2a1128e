"""What finds a node: words, their readings, pairs of characters; and how much a hit weighs."""

from collections.abc import Mapping

from services.catalog.contract import NodeDocument, PlanDocument
from services.shared.text import bigrams, match_key

# How much a hit weighs: a whole word twice this, its beginning once. Inside a text: a little less than its beginning.
CODE, TITLE, ALIAS, PINYIN, KEYWORD = 450, 400, 300, 250, 100
IN_TITLE, IN_ALIAS, IN_KEYWORD = 350, 280, 80

Sounds = Mapping[str, tuple[str, str]]
"""By text how it sounds in pinyin, and the initials of that: see pinyin.sounds_of."""


def names_of(document: PlanDocument) -> list[str]:
    """All that the nodes of a plan are called."""
    texts = (text for node in document.nodes for text in (node.title, *node.aliases, *node.keywords))
    return sorted(set(texts))


def words_of(node: NodeDocument, sounds: Sounds) -> dict[str, int]:
    """The words that find a node from their beginning, with the weight of a hit."""
    words: dict[str, int] = {}
    texts = [(node.keywords, KEYWORD), (node.aliases, ALIAS), ([node.title], TITLE)]
    for many, weight in texts:
        for text in many:
            for word in sounds[text]:
                words[word] = max(words.get(word, 0), min(weight, PINYIN))
            words[match_key(text)] = max(words.get(match_key(text), 0), weight)
    words[node.code.casefold()] = CODE
    return {word: weight for word, weight in words.items() if word}


def grams_of(node: NodeDocument) -> dict[str, int]:
    """The characters and pairs of characters of all that a node is called, with the weight of the best text."""
    grams: dict[str, int] = {}
    for texts, weight in ((node.keywords, IN_KEYWORD), (node.aliases, IN_ALIAS), ([node.title], IN_TITLE)):
        grams |= {gram: weight for text in texts for gram in bigrams(text)}
    return grams
