"""Other words for a term. A term that has one keeps its card: nothing is lost to a group."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mediamill.services.documents.term import Kind, Synonym, Term

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Two terms of a document this near by their vectors mean nearly the same; without a word in common, few get there.
_SAME: Final = 0.82
_MOST: Final = 5


def synonyms_of(terms: Sequence[Term], vectors: "NDArray[np.float32]") -> list[tuple[Synonym, ...]]:
    """Return the synonyms of each term among the others, most alike first.

    Those of a dictionary are of one of its meanings, and which of them it is here is told with the cards.
    """
    told: list[dict[str, float]] = [{} for _ in terms]
    alike = vectors @ vectors.T
    for row, term in enumerate(terms):
        for at, other in enumerate(terms):
            if at != row and alike[row, at] >= _SAME and _exchangeable(term, other):
                told[row][other.text] = float(alike[row, at])
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
