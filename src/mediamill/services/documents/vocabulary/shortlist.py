"""Candidates that can be terms, the best first."""

from collections.abc import Sequence
from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.fitness import phrase_fault, word_fault
from mediamill.services.documents.vocabulary.phrases import VERB_PHRASE
from mediamill.services.documents.vocabulary.scoring import PhraseScore, WordScore
from mediamill.services.documents.vocabulary.selection import Scored
from mediamill.services.documents.vocabulary.statistics import Statistics
from mediamill.services.documents.vocabulary.wanted import Wanted

_LEVEL_OF: Final = {VERB_PHRASE: "v"}


def phrases(
    candidates: Sequence[Candidate], statistics: Statistics, language: Language, wanted: Wanted, count: Count
) -> list[Scored]:
    """Return the phrases that can be terms, best first."""
    fit = []
    for candidate in candidates:
        fault = phrase_fault(candidate, statistics, language) or _misses(candidate, language, wanted)
        if fault:
            count.drop(fault)
        else:
            fit.append(candidate)
    score = PhraseScore(statistics, language)
    return _ranked([Scored(candidate, score(candidate)) for candidate in fit])


def words(
    candidates: Sequence[Candidate], statistics: Statistics, language: Language, wanted: Wanted, count: Count
) -> list[Scored]:
    """Return the words that can be terms, best first."""
    graded = wanted.levels is not None
    fit = []
    for candidate in candidates:
        fault = word_fault(candidate, statistics, language, graded=graded) or _misses(candidate, language, wanted)
        if fault:
            count.drop(fault)
        else:
            fit.append(candidate)
    score = WordScore(statistics, language, graded=graded)
    return _ranked([Scored(candidate, score(candidate)) for candidate in fit])


def _misses(candidate: Candidate, language: Language, wanted: Wanted) -> str | None:
    if wanted.levels is None:
        return None
    part = _LEVEL_OF.get(candidate.parts, candidate.parts[-1])
    return None if language.level(candidate.lemma, part) in wanted.levels else "other_level"


def _ranked(scored: list[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda each: (-each.score, each.candidate.lemma))
