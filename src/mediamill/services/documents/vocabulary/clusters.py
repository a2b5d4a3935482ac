"""Terms about one thing, under one name."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, Final

from mediamill.services.documents.term import Kind, Part, Term

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Terms of a cluster, as a rule; and how many clusters can be kept in mind.
_TERMS: Final = 6
_MOST: Final = 12
_ROUNDS: Final = 25
#: A word that this share of a cluster's phrases ends with names it.
_SHARED: Final = 0.5
_FEWEST_SHARED: Final = 3
_NO_NOUN: Final = 0.5


@dataclass(frozen=True)
class Group:
    """Terms, by their places. core: the one that stands for the others. members: all of them, in order."""

    name: str
    core: int
    members: tuple[int, ...]


def groups_of(terms: Sequence[Term], importance: Sequence[float], vectors: "NDArray[np.float32]") -> list[Group]:
    """Return the groups of terms, the most important one first; each term is in one of them.

    By k-means on the sphere, begun with terms far from each other, so that the same terms give the same groups.
    """
    if not terms:
        return []
    labels = _labels(vectors, min(_MOST, max(1, round(len(terms) / _TERMS))))
    members: dict[int, list[int]] = {}
    for place, label in enumerate(labels):
        members.setdefault(label, []).append(place)
    groups = [_group(each, terms, importance, vectors) for each in members.values()]
    groups.sort(key=lambda group: (-sum(importance[place] for place in group.members), group.core))
    return _named_apart(groups, terms)


def _labels(vectors: "NDArray[np.float32]", many: int) -> list[int]:
    import numpy as np  # noqa: PLC0415 - importing the service stays cheap

    first = [0]
    nearest = vectors @ vectors[0]
    for _ in range(many - 1):
        first.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[first[-1]])
    centres = vectors[first]
    labels = (vectors @ centres.T).argmax(axis=1)
    for _ in range(_ROUNDS):
        for label in range(many):
            mine = vectors[labels == label]
            if len(mine):
                centre = mine.mean(axis=0)
                centres[label] = centre / max(float(np.linalg.norm(centre)), 1e-9)
        again = (vectors @ centres.T).argmax(axis=1)
        if (again == labels).all():
            break
        labels = again
    return [int(label) for label in labels]


def _group(
    members: Sequence[int], terms: Sequence[Term], importance: Sequence[float], vectors: "NDArray[np.float32]"
) -> Group:
    centre = vectors[list(members)].mean(axis=0)
    core = max(members, key=lambda place: (_standing(terms[place], importance[place], vectors[place] @ centre), -place))
    return Group(_shared(members, terms) or terms[core].text, core, tuple(members))


def _standing(term: Term, importance: float, central: float) -> float:
    """Return how well a term stands for its group: things do better than what is done, or how they are."""
    return importance * (0.5 + float(central)) * (1.0 if term.part is Part.NOUN else _NO_NOUN)


def _shared(members: Sequence[int], terms: Sequence[Term]) -> str | None:
    """Return the word that most of the phrases end with, where there is one: a more general name than any of them."""
    last = Counter(terms[place].text.split()[-1] for place in members if terms[place].kind is Kind.PHRASE)
    word, many = max(last.items(), key=lambda each: (each[1], each[0]), default=("", 0))
    return word if many >= max(_FEWEST_SHARED, _SHARED * len(members)) else None


def _named_apart(groups: Sequence[Group], terms: Sequence[Term]) -> list[Group]:
    """Return the groups, each under a name of its own: those after the first of one name under that of their core.

    Where another group has that too (a verb and a noun may be written alike), under that of their first term that is
    no name yet, or with a number.
    """
    taken = set[str]()
    told = []
    for group in groups:
        named = (terms[place].text for place in (group.core, *group.members))
        numbered = (f"{group.name} {number}" for number in count(2))
        name = next(each for each in chain([group.name], named, numbered) if each not in taken)
        taken.add(name)
        told.append(Group(name, group.core, group.members))
    return told
