"""What the words before and after tell about a word that may be several parts of speech."""

from collections.abc import Mapping
from math import log
from typing import Final

from mediamill.services.documents.languages.english.grammar import Class

_Factors = tuple[float, float, float, float]

_AS_OFTEN: Final[_Factors] = (1, 1, 1, 1)
#: How much likelier than elsewhere a noun, verb, adjective and adverb is after each class.
_AFTER: Final[Mapping[str, _Factors]] = {
    Class.DETERMINER: (1, 0.08, 1, 0.3),
    Class.PREPOSITION: (1, 0.12, 1, 0.3),
    Class.TO: (0.4, 8, 0.4, 0.5),
    Class.MODAL: (0.2, 5, 0.3, 1.5),
    Class.DO: (0.3, 4, 0.5, 1.5),
    Class.BE: (0.6, 1, 1.5, 1.2),
    Class.HAVE: (0.7, 1.5, 1, 1.2),
    Class.PRONOUN: (0.25, 4, 0.5, 1.5),
    Class.PARTICLE: (0.7, 1.2, 1.3, 1),
    Class.ADJECTIVE: (1.5, 0.12, 1, 0.4),
    Class.NUMBER: (1.5, 0.3, 1, 0.3),
    Class.NOUN: (1.3, 0.7, 0.3, 1),
    Class.VERB: (1, 0.2, 1, 1),
}
#: The same before each class.
_BEFORE: Final[Mapping[str, _Factors]] = {
    Class.DETERMINER: (0.5, 3, 0.2, 1),
    Class.PRONOUN: (0.6, 2.5, 0.2, 1),
    Class.NOUN: (0.8, 0.8, 1.8, 0.5),
    Class.ADJECTIVE: (0.7, 1, 1.4, 1.2),
    Class.BE: (1.5, 0.2, 0.4, 0.5),
    Class.MODAL: (1.5, 0.2, 0.4, 0.5),
    Class.MARK: (1.4, 0.7, 0.5, 1),
    Class.CONJUNCTION: (1.3, 0.7, 0.6, 1),
    Class.PREPOSITION: (1.3, 0.9, 0.4, 0.9),
}


def _logs(factors: Mapping[str, _Factors]) -> Mapping[tuple[str, Class], _Factors]:
    told: dict[tuple[str, Class], _Factors] = {}
    for of in Class:
        noun, verb, adjective, adverb = map(log, factors.get(of, _AS_OFTEN))
        told |= {(shape, of): (noun, verb, adjective, adverb) for shape in ("", "s", "ed", "ing")}
    return told


LEFT: Final = _logs(_AFTER)
RIGHT: Final = _logs(_BEFORE)
