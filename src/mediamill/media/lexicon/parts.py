"""Which parts of speech a word is met as."""

import functools
from collections.abc import Mapping
from operator import add
from typing import Final, NamedTuple

from mediamill.media.lexicon.grades import grades
from mediamill.media.lexicon.wordnet import wordnet


class Weights(NamedTuple):
    """How much a word is met as each part of speech, in no unit; 0: not as this one."""

    noun: float = 0.0
    verb: float = 0.0
    adjective: float = 0.0
    adverb: float = 0.0


#: What cefrpy's tags are to us: a place in Weights.
_OF_TAG: Final = {"NN": 0, "VB": 1, "JJ": 2, "RB": 3}
#: A part of speech that learners meet a level later counts this much less.
_LATER: Final = 0.4
#: What the gradings count for beside WordNet, whose counts lack the words of today.
_GRADED: Final = 2.0
_CACHED: Final = 32_768


@functools.lru_cache(_CACHED)
def parts(lemma: str) -> Weights:
    """Return which parts of speech a word, in small letters, is met as: by WordNet, where it was built, and cefrpy."""
    graded, dictionary = grades(lemma), wordnet()
    if dictionary is None:
        return _weighed(graded)
    counted = dictionary.weights(lemma)
    if not graded:
        return Weights(*counted)
    return Weights(*map(add, _weighed(graded), counted))


def _weighed(graded: Mapping[str, float]) -> Weights:
    weights = [0.0] * len(_OF_TAG)
    for tag, level in graded.items():
        place = _OF_TAG.get(tag[:2])
        if place is not None:
            weights[place] = max(weights[place], _GRADED * _LATER**level)
    return Weights(*weights)
