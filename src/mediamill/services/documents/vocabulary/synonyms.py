"""Other words for a term. A term that has one keeps its card: nothing is lost to a group."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Kind, Part, Synonym, Term

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Two terms of a document this near by their vectors mean nearly the same; without a word in common, few get there.
_SAME: Final = 0.82
#: Of a dictionary's synonyms: how alike they are at least.
_LEAST: Final = 0.5
_MOST: Final = 5
#: A word's first meaning is taken for granted where it has this share of all counted uses.
_DOMINANT: Final = 0.75

_LETTERS: Final = {Part.NOUN: "n", Part.VERB: "v", Part.ADJECTIVE: "a", Part.ADVERB: "r"}


def synonyms_of(terms: Sequence[Term], vectors: "NDArray[np.float32]", language: Language) -> list[tuple[Synonym, ...]]:
    """Return the synonyms of each term, most alike first: other terms of the document, and the dictionary's."""
    told: list[dict[str, float]] = [{} for _ in terms]
    alike = vectors @ vectors.T
    for row, term in enumerate(terms):
        for at, other in enumerate(terms):
            if at != row and alike[row, at] >= _SAME and _exchangeable(term, other):
                told[row][other.text] = float(alike[row, at])
    asked = [(row, word) for row, term in enumerate(terms) for word in _listed(term, language)]
    found = language.vectors([word for _, word in asked])
    for (row, word), vector in zip(asked, found, strict=True):
        told[row].setdefault(word, max(_LEAST, float(vector @ vectors[row])))
    return [_best(each) for each in told]


def _best(found: dict[str, float]) -> tuple[Synonym, ...]:
    ranked = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return tuple(Synonym(word, round(min(1.0, alike), 3)) for word, alike in ranked[:_MOST])


def _exchangeable(term: Term, other: Term) -> bool:
    """Say whether one of two terms may stand for the other: no kind of thing for the thing, no verb for a noun."""
    if term.part is not other.part:
        return False
    words, others = set(term.text.lower().split()), set(other.text.lower().split())
    return term.kind is Kind.WORD or other.kind is Kind.WORD or not (words <= others or others <= words)


def _listed(term: Term, language: Language) -> list[str]:
    """Return the dictionary's synonyms of a term with one meaning, or with one that is meant nearly always."""
    senses = language.senses(term.text.lower(), _LETTERS[term.part])
    if not senses:
        return []
    uses = sum(sense.uses for sense in senses)
    first = max(senses, key=lambda sense: sense.uses)
    if len(senses) > 1 and first.uses < max(1, _DOMINANT * uses):
        return []
    return [lemma for lemma in first.lemmas if lemma.lower() != term.text.lower()][:_MOST]
