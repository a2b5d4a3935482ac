"""Which candidates can be terms at all."""

from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.phrases import VERB_PHRASE
from mediamill.services.documents.vocabulary.statistics import Statistics

#: Above this share of capitals it is a name.
_NAMED: Final = 0.5
#: Zipf: words that all know. A phrase of such words has to mean more than they do.
_EVERYDAY: Final = 5.2
#: A word below this is a slip, a name or of another language; one above teaches nobody.
_RAREST: Final = 1.5
_COMMONEST: Final = 5.0
_SHORTEST_WORD: Final = 4
#: So often written, it is no slip.
_OFTEN: Final = 5
_TWICE: Final = 2
_THRICE: Final = 3
#: Below so many words, how often each word of a phrase is met that is met once: a page says little twice.
_RECURRING: Final = ((600, 1), (3_000, 2))
_RECURRING_AT_MOST: Final = 3


def phrase_fault(candidate: Candidate, statistics: Statistics, language: Language) -> str | None:
    """Return why a phrase is no term; None: it may be one."""
    if not candidate.whole and not statistics.fragments:
        return "in_no_sentence"
    rarities = [language.zipf(word) for word in candidate.words]
    if min(rarities) >= _EVERYDAY:
        return "everyday"
    if candidate.parts == VERB_PHRASE:
        return None if language.known(candidate.lemma, "v") else "not_in_dictionary"
    if language.known(candidate.lemma, "n"):
        return "name" if candidate.named > _NAMED and _is_name(candidate.lemma, language) else None
    return _fault_of_unknown(candidate, min(rarities), statistics, language)


def _fault_of_unknown(candidate: Candidate, rarest: float, statistics: Statistics, language: Language) -> str | None:
    """Return why a phrase that no dictionary has is no term."""
    words, parts = candidate.words, candidate.parts
    if any(map(language.vague, words)):
        return "vague"
    if not candidate.alone:
        return "part_of_longer"
    if candidate.named > _NAMED:
        return "name"
    if rarest <= 0.0 and candidate.count < _OFTEN:
        return "unknown_words"
    if "A" in parts:
        return "compared"
    if "N" in parts and candidate.count < _THRICE:
        return "plural_inside"
    if words[-1] not in candidate.forms[0].split() and candidate.count < _OFTEN and language.known(words[-1], "v"):
        return "maybe_a_verb"
    if candidate.count < _TWICE:
        return _fault_of_single(candidate, statistics)
    if candidate.count < _THRICE and "a" in parts and _is_participle(words[0], language):
        return "participle"
    return None


def _fault_of_single(candidate: Candidate, statistics: Statistics) -> str | None:
    """Return why a phrase that is met once is no term: in a long text its words at least are what it is about."""
    need = next((least for words, least in _RECURRING if statistics.total < words), _RECURRING_AT_MOST)
    if need > 1 and "a" in candidate.parts:
        return "seen_once"
    if any("-" in word for word in candidate.words):
        return "seen_once"
    return "seen_once" if any(statistics.frequencies.get(word, 0) < need for word in candidate.words) else None


def _is_participle(word: str, language: Language) -> bool:
    return word.endswith(("ed", "ing")) and not language.known(word, "n")


def _is_name(lemma: str, language: Language) -> bool:
    """Say whether a dictionary writes it with capitals."""
    return all(
        written != lemma
        for sense in language.senses(lemma, "n")
        for written in sense.lemmas
        if written.lower() == lemma
    )


def word_fault(candidate: Candidate, statistics: Statistics, language: Language, *, graded: bool) -> str | None:
    """Return why a word is none to learn; None: it may be one."""
    lemma = candidate.lemma
    if len(lemma) < _SHORTEST_WORD:
        return "short"
    if not candidate.whole and not statistics.fragments:
        return "in_no_sentence"
    if language.vague(lemma):
        return "vague"
    rare = language.zipf(lemma)
    if not graded and rare > _COMMONEST:
        return "everyday"
    if rare < _RAREST and candidate.count < _THRICE:
        return "too_rare"
    if not language.known(lemma, candidate.parts):
        return "not_in_dictionary"
    if candidate.named > _NAMED:
        return "name"
    return None
