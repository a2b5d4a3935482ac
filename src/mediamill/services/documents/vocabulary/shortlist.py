"""Candidates that can be terms, the best first."""

from collections.abc import Sequence
from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.count import Count
from mediamill.services.documents.vocabulary.fitness import EVERYDAY, fills_in, phrase_fault, word_fault
from mediamill.services.documents.vocabulary.phrases import VERB_PHRASE
from mediamill.services.documents.vocabulary.scoring import PhraseScore, WordScore
from mediamill.services.documents.vocabulary.selection import Scored
from mediamill.services.documents.vocabulary.statistics import Statistics
from mediamill.services.documents.vocabulary.wanted import Wanted

_LEVEL_OF: Final = {VERB_PHRASE: "v"}


def phrases(
    candidates: Sequence[Candidate], statistics: Statistics, language: Language, wanted: Wanted, count: Count
) -> list[Scored]:
    """Return the phrases that can be terms, best first; behind them, where they are few, what fills in."""
    fit, spare = list[Candidate](), list[Candidate]()
    for candidate in candidates:
        fault = phrase_fault(candidate, statistics, language)
        misses = _misses(candidate, language, wanted)
        if fault and not misses and fills_in(candidate, fault, language):
            spare.append(candidate)
        elif fault or misses:
            count.drop(fault or misses or "")
        else:
            fit.append(candidate)
    if len(fit) >= wanted.max_phrases:
        count.drop(EVERYDAY, len(spare))
        spare = []
    score = PhraseScore(statistics, language)
    fit_of, spare_of = ([Scored(candidate, score(candidate)) for candidate in each] for each in (fit, spare))
    return _ranked(fit_of) + _ranked(spare_of)


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
