"""Which meaning of the dictionary a term has in its document, if that can be told.

Measured by reading: tests/quality/definitions. What is wrong is worse for who learns than what is missing.
"""

import re
from collections.abc import Sequence
from typing import Final

from mediamill.media.lexicon.sense import Sense
from mediamill.services.documents.languages import Language
from mediamill.services.documents.meanings.senses import OF_COMPUTERS, Scored, senses
from mediamill.services.documents.term import Part, Term

#: How well a meaning has to fit, in any text, and how much better in a technical one: the only one that a word
#: has; an adverb; a phrase that is told by its last word ("a war between factions in the same country"); another one,
#: which may stand there by chance ("golden seal", an herb; "throw in"); the usual one of a word; one of several.
_ONLY: Final = (0.18, 0.20)
_ADVERB: Final = (0.08, 0.10)
_TOLD_BY_ITSELF: Final = (0.05, 0.15)
_IDIOM: Final = (0.27, 0.09)
_NEVER: Final = (9.0, 0.0)
_USUAL: Final = (0.20, 0.20)
_SEVERAL: Final = (0.28, 0.22)
#: The same of one that is of computers.
_ITS_OWN: Final = (0.28, 0.06)
#: The usual one has so much of all uses.
_USUALLY: Final = 0.75
#: How far the next one has to be behind it.
_AHEAD: Final = 0.10
_WELL_AHEAD: Final = 0.14
#: So many are hardly told apart, unless one is used much more than the others.
_MANY: Final = 6
_OFTEN: Final = 0.30
#: Machines are named after who did the work before: an estimator, a browser; in computers, a client is one.
_PERSON: Final = re.compile(
    r"(?:\([a-z ]+\) )?(?:someone|somebody|one who|an expert"
    r"|(?:a|the|any) (?:\w+ )?(?:person|man|woman|member|expert|performer|employee))\b"
)
_DOER: Final = re.compile(r"(?:er|or)\Z")
_AS_A_PERSON: Final = 0.20
_HALF: Final = 0.5
_STEM_CHARS: Final = 5
_WORD: Final = re.compile(r"[a-z]{4,}")


def chosen(terms: Sequence[Term], language: Language) -> list[Sense | None]:
    """Return the meaning of each term; None where the dictionary has none, or where it cannot be told which."""
    return [
        scored[0].sense if _sure(term, scored) else None
        for term, scored in zip(terms, senses(terms, language), strict=True)
    ]


def _sure(term: Term, scored: Sequence[Scored]) -> bool:
    """Whether the first meaning is the one."""
    if not scored:
        return False
    best, *others = scored
    fit = best.fit - _AS_A_PERSON * _hardly_a_person(term, best)
    if " " in term.text and term.part is Part.VERB:
        return fit >= _least(_IDIOM, best) and (not others or best.share >= _USUALLY)
    if not others:
        return fit >= _least(_alone(term, best), best)
    ahead = best.score - others[0].score
    if best.share >= _USUALLY:
        return ahead >= _AHEAD and fit >= _least(_USUAL, best)
    if len(scored) >= _MANY and best.share < _OFTEN:
        return False
    return ahead >= _WELL_AHEAD and fit >= _least(_ITS_OWN if OF_COMPUTERS.search(best.sense.gloss) else _SEVERAL, best)


def _hardly_a_person(term: Term, best: Scored) -> float:
    """Return how unlikely it is that a term is a person where its meaning is one, 0..1."""
    if not _PERSON.match(best.sense.gloss):
        return 0.0
    return 1.0 if _DOER.search(term.text) else best.technical


def _alone(term: Term, best: Scored) -> tuple[float, float]:
    """Return how well the only meaning of a term has to fit."""
    if OF_COMPUTERS.search(best.sense.gloss) and best.computing < _HALF:
        return _NEVER
    if " " in term.text:
        head = term.text.lower().split()[-1][:_STEM_CHARS]
        told = {word[:_STEM_CHARS] for word in _WORD.findall(best.sense.gloss.lower())}
        return _TOLD_BY_ITSELF if head in told else _IDIOM
    return _ADVERB if term.part is Part.ADVERB else _ONLY


def _least(fit: tuple[float, float], best: Scored) -> float:
    anywhere, more = fit
    return anywhere + more * best.technical
