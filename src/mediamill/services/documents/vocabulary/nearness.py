"""How near terms are to each other, by what they mean and where they stand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Term

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What standing in the same sections adds, at most.
_TOGETHER: Final = 0.15
#: Sentences of a term that tell what is around it.
_SENTENCES: Final = 4
#: Related words of a term; beyond the least of them only near ones.
_LEAST: Final = 3
_MOST: Final = 5
_NEAR: Final = 0.35


def nearness(terms: Sequence[Term], vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Return a matrix (n, n) of how near each two terms are, -1..1; of a term and itself 1.

    vectors: (n, d), each of length 1.
    """
    import numpy as np  # noqa: PLC0415 - importing the service stays cheap

    near: NDArray[np.float32] = vectors @ vectors.T
    sections = sorted({heading for term in terms for heading in term.headings})
    if sections:
        place = {heading: at for at, heading in enumerate(sections)}
        stands = np.zeros((len(terms), len(sections)), dtype=np.float32)
        for row, term in enumerate(terms):
            stands[row, [place[heading] for heading in term.headings]] = 1.0
        many = stands.sum(axis=1)
        both = stands @ stands.T
        near = near + _TOGETHER * both / np.maximum(many[:, None] + many[None, :] - both, 1.0)
    near = np.clip(near, -1.0, 1.0).astype(np.float32)
    np.fill_diagonal(near, 1.0)
    return near


def vectors_of(terms: Sequence[Term], language: Language) -> "NDArray[np.float32]":
    """Return a vector of each term, of what its words mean."""
    return language.vectors([term.text for term in terms])


def surroundings_of(terms: Sequence[Term], vectors: "NDArray[np.float32]", language: Language) -> "NDArray[np.float32]":
    """Return a vector of each term, of what its words mean and of what is said around it.

    Words alone join "log loss" with "weight loss"; sentences tell what a document speaks of when it has a word. What
    all sentences have in common, the document's subject, is taken from each.
    """
    import numpy as np  # noqa: PLC0415 - importing the service stays cheap

    said = [[sentence.text for sentence in term.sentences[:_SENTENCES]] for term in terms]
    of_sentences = language.vectors([text for texts in said for text in texts])
    ends = np.cumsum([len(texts) for texts in said])[:-1]
    around = np.stack([part.mean(axis=0) for part in np.split(of_sentences, ends)])
    around -= around.mean(axis=0)
    together: NDArray[np.float32] = vectors + _unit(around)
    return _unit(together)


def _unit(vectors: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np  # noqa: PLC0415 - importing the service stays cheap

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return scaled


def related(near: "NDArray[np.float32]") -> list[list[int]]:
    """Return the places of three to five terms for each, nearest first; fewer where there are fewer."""
    told = []
    for row in range(len(near)):
        # Stable, so that equally near ones come in the document's order.
        order = [int(at) for at in (-near[row]).argsort(kind="stable") if at != row]
        told.append([at for rank, at in enumerate(order[:_MOST]) if rank < _LEAST or near[row, at] >= _NEAR])
    return told
