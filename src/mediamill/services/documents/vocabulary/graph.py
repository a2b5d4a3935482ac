"""Which terms belong together, as edges between them."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mediamill.services.documents.term import SYNONYM, Edge, Synonym, Term
from mediamill.services.documents.vocabulary.clusters import Group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def edges_of(
    terms: Sequence[Term],
    near: "NDArray[np.float32]",
    related: Sequence[Sequence[int]],
    synonyms: Sequence[Sequence[Synonym]],
    groups: Sequence[Group],
) -> list[Edge]:
    """Return the edges, each two terms joined once at most: as synonyms, else by their cluster, else as related."""
    place = {term.text: at for at, term in enumerate(terms)}
    found: dict[tuple[int, int], str] = {}
    for row, same in enumerate(synonyms):
        _join(found, row, [place[other.word] for other in same if other.word in place], SYNONYM)
    for group in groups:
        _join(found, group.core, [member for member in group.members if member != group.core], "cluster")
    for row, others in enumerate(related):
        _join(found, row, others, "related")
    return [
        Edge(terms[one].text, terms[other].text, round(max(0.0, float(near[one, other])), 3), kind)
        for (one, other), kind in sorted(found.items())
    ]


def _join(found: dict[tuple[int, int], str], one: int, others: Iterable[int], kind: str) -> None:
    for other in others:
        found.setdefault((min(one, other), max(one, other)), kind)
