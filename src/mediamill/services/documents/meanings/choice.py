"""Which meaning of the dictionary a term has in its document, or which two, if that can be told.

Each meaning has a chance, and so has that the dictionary has none of this document: a softmax of what speaks for each.
The weights were fitted by tests/quality/definitions of the tuning documents. What is wrong is worse for who learns than
what is missing.
"""

import math
import re
from collections.abc import Sequence
from typing import Final

from mediamill.media.lexicon.sense import Sense
from mediamill.services.documents.languages import Language
from mediamill.services.documents.meanings.senses import Scored, senses
from mediamill.services.documents.term import Part, Term

#: What speaks for a meaning: its likeness to what is said around the term and to the whole document, its share of all
#: uses, and that it tells a phrase by its last word ("a war between factions": "civil war").
_LIKENESS: Final = 7.5
_TOPICALITY: Final = 3.3
_SHARE: Final = 0.5
_BY_ITS_HEAD: Final = 0.5
#: What speaks for one of computers where the document is about them, and against it elsewhere; and against those of
#: another field, of living things by their Latin names, and of persons where machines are named as those were.
_COMPUTING: Final = 3.0
_OTHER_FIELD: Final = 1.2
_LATIN: Final = 2.0
_PERSON: Final = 1.2
#: What speaks for none: a phrasal verb means many things, other verbs, adjectives and adverbs mostly what they always
#: do; technical texts give new meanings to words, above all to nouns.
_PHRASAL_VERB: Final = 0.5
_NO_NOUN: Final = -1.5
_TECHNICAL_NOUN: Final = 2.2
_TECHNICAL: Final = 0.55
#: One meaning is told if its chance is this good. Else the best two if together theirs is: of a phrase, that mostly has
#: one meaning or stands there by chance, much better than of a word, if it is hardly likely that it is none at all.
_ONE: Final = 0.68
_TWO_OF_PHRASE: Final = 0.86
_TWO_OF_WORD: Final = 0.60
_HARDLY: Final = 0.20

_A_PERSON: Final = re.compile(
    r"(?:\([a-z ]+\) )?(?:someone|somebody|one who|an expert"
    r"|(?:a|the|any) (?:\w+ )?(?:person|man|woman|member|expert|performer|employee))\b"
)


def chosen(terms: Sequence[Term], language: Language) -> list[tuple[Sense, ...]]:
    """Return the meaning of each term, or the two that it may have, likelier first.

    None where the dictionary has none, or where it cannot be told which.
    """
    return [_told(term, scored) for term, scored in zip(terms, senses(terms, language), strict=True)]


def _told(term: Term, scored: Sequence[Scored]) -> tuple[Sense, ...]:
    if not scored:
        return ()
    *chances, none = _chances(term, scored)
    ranked = sorted(zip(chances, scored, strict=True), key=lambda each: -each[0])
    (chance, best), *others = ranked
    if chance >= _ONE:
        return (best.sense,)
    if not others:
        return ()
    other, second = others[0]
    sure = chance + other >= _TWO_OF_PHRASE if " " in term.text else chance + other >= _TWO_OF_WORD and none <= _HARDLY
    return (best.sense, second.sense) if sure else ()


def _chances(term: Term, scored: Sequence[Scored]) -> list[float]:
    """Return how likely each meaning is, 0..1, and at last, how likely none of them."""
    odds = [math.exp(for_) for for_ in (*(_for(each) for each in scored), _for_none(term, scored[0].technical))]
    return [each / sum(odds) for each in odds]


def _for(scored: Scored) -> float:
    return (
        _LIKENESS * scored.likeness
        + _TOPICALITY * scored.topicality
        + _SHARE * math.log(scored.share)
        + _BY_ITS_HEAD * scored.by_its_head
        + _by_field(scored)
        - _PERSON * scored.technical * bool(_A_PERSON.match(scored.sense.gloss))
    )


def _by_field(scored: Scored) -> float:
    if scored.of_computers:
        return _COMPUTING * (2 * scored.computing - 1)
    return -_OTHER_FIELD * scored.of_field - _LATIN * scored.of_species


def _for_none(term: Term, technical: float) -> float:
    if " " in term.text:
        return _PHRASAL_VERB * (term.part is Part.VERB) + _TECHNICAL * technical
    if term.part is Part.NOUN:
        return _TECHNICAL_NOUN * technical
    return _NO_NOUN + _TECHNICAL * technical
