"""How much a candidate is worth to a learner."""

import math
from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.phrases import VERB_PHRASE
from mediamill.services.documents.vocabulary.statistics import Statistics

#: Zipf: a word as frequent as this brings nothing.
_COMMON: Final = 6.0
#: What a sighting within a longer phrase counts for: it may be a part of that phrase only.
_NESTED: Final = 0.3
#: What a term is worth more that a dictionary has, or that stands there as a noun phrase of these kinds.
_KNOWN: Final = 2.0
_VERB: Final = 0.5
_ADJECTIVE: Final = 0.75
_PARTICIPLE: Final = 0.6
_THREE_WORDS: Final = 0.8
_FOUR_WORDS: Final = 0.5
#: A word met once is worth less than its count says; one rarer than so far below the common ones no more than these.
_ONCE: Final = 0.5
_RARE_ENOUGH: Final = 3.2
#: Easy words are worth little, whatever the document has of them.
_BY_LEVEL: Final = {"A1": 0.15, "A2": 0.3, "B1": 0.65, "B2": 1.0, "C1": 1.2, "C2": 1.0}


class PhraseScore:
    """The worth of phrases of one document."""

    def __init__(self, statistics: Statistics, language: Language) -> None:
        self._statistics = statistics
        self._language = language

    def __call__(self, candidate: Candidate) -> float:
        """Return what the phrase is worth; above 0, comparable among phrases of the same document."""
        statistics, words = self._statistics, candidate.words
        rarity = keyness = 0.0
        for word in words:
            general = self._language.zipf(word)
            rarity += max(0.0, _COMMON - general) / len(words)
            keyness += max(0.0, statistics.zipf(word) - general) / len(words)
        headed = sum(statistics.headings.get(word, 0) > 0 for word in words) / len(words)
        return (
            math.log2(1.0 + candidate.alone + _NESTED * (candidate.count - candidate.alone))
            * (0.3 + max(0.0, statistics.association(words, candidate.count)))
            * (0.4 + 0.3 * rarity)
            * (0.5 + 0.35 * keyness)
            * (1.0 + 0.4 * headed)
            * (1.0 + 0.1 * math.log2(candidate.sections or 1))
            * self._likeness(candidate)
        )

    def _likeness(self, candidate: Candidate) -> float:
        """Return how much it looks like a term, whatever it is about."""
        if candidate.parts == VERB_PHRASE:
            return _VERB
        if self._language.known(candidate.lemma, "n"):
            return _KNOWN
        like = {2: 1.0, 3: _THREE_WORDS}.get(len(candidate.words), _FOUR_WORDS)
        if "a" in candidate.parts[0]:
            like *= _PARTICIPLE if self._is_participle(candidate.words[0]) else _ADJECTIVE
        return like

    def _is_participle(self, word: str) -> bool:
        return word.endswith(("ed", "ing")) and not self._language.known(word, "n")


class WordScore:
    """The worth of words of one document."""

    def __init__(self, statistics: Statistics, language: Language, *, graded: bool) -> None:
        self._statistics = statistics
        self._language = language
        self._graded = graded

    def __call__(self, candidate: Candidate) -> float:
        """Return what the word is worth; above 0, comparable among words of the same document.

        graded: the request names levels, so that easy words are worth as much.
        """
        lemma, statistics = candidate.lemma, self._statistics
        general = self._language.zipf(lemma)
        return (
            math.log2(1.0 + candidate.count)
            * (1.0 if candidate.count > 1 else _ONCE)
            * (0.5 + 0.35 * max(0.0, statistics.zipf(lemma) - general))
            * min(_RARE_ENOUGH, max(0.3, _COMMON - general))
            * (1.0 if self._graded else _BY_LEVEL[self._language.level(lemma, candidate.parts)])
            * (1.0 + 0.3 * (statistics.headings.get(lemma, 0) > 0))
            * (1.0 + 0.1 * math.log2(candidate.sections or 1))
        )
