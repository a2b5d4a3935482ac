"""The level of the Common European Framework at which a learner meets a word."""

import functools
from typing import Final, Literal, get_args

from mediamill.media.lexicon.grades import grades
from mediamill.media.lexicon.rarity import zipf

Level = Literal["A1", "A2", "B1", "B2", "C1", "C2"]

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
_CACHED: Final = 16_384
#: The least rarity (Zipf) of each level but the last, for words that nobody has graded.
_BY_RARITY: Final[tuple[tuple[float, Level], ...]] = ((5.2, "A1"), (4.7, "A2"), (4.1, "B1"), (3.5, "B2"), (2.8, "C1"))
#: How many levels a grade may lie below what rarity says, and above it.
_EASIER: Final = 2
_EASIER_IF_RARE: Final = 1
_HARDER: Final = 1
#: Penn's tags, as cefrpy has them, of our parts of speech: that of the lemma first.
_TAGS: Final = {"n": ("NN", "NNS"), "v": ("VB", "VBP", "VBZ"), "a": ("JJ",), "r": ("RB",)}
#: Words between the content of a phrase ("point of view").
_BETWEEN: Final = frozenset({"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"})


@functools.lru_cache(_CACHED)
def level(text: str, part: str) -> Level:
    """Return the level of a word's lemma, or of a phrase by its rarest word.

    part: "n", "v", "a" or "r"; of a phrase, that of its last word. By the gradings that cefrpy has (Words-CEFR-Dataset,
    of the CEFR-J vocabulary profile and Google's n-grams), else by rarity.
    """
    words = [word for word in text.lower().split() if word not in _BETWEEN] or [text.lower()]
    if len(words) == 1:
        return _of_word(words[0], part)
    # The words before the last one may be nouns or adjectives: the easier of both.
    graded = [min(_of_word(word, "a"), _of_word(word, "n")) for word in words[:-1]]
    return max(*graded, _of_word(words[-1], part))


def _of_word(word: str, part: str) -> Level:
    """Return a word's grade, kept within reach of what its rarity says: some grades are far off ("inherent": A1)."""
    rarity = zipf(word)
    place = next((place for place, (least, _) in enumerate(_BY_RARITY) if rarity >= least), len(_BY_RARITY))
    graded = grades(word)
    grade = next((graded[tag] for tag in _TAGS.get(part, ()) if tag in graded), None)
    if grade is None:
        return LEVELS[place]
    easier = _EASIER_IF_RARE if LEVELS[place] >= "C1" else _EASIER
    return LEVELS[min(max(round(grade) - 1, place - easier), place + _HARDER, len(LEVELS) - 1)]
