"""What the scores of all candidates of a document are made from."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mediamill.services.documents.vocabulary.sighting import Sighting
from mediamill.services.documents.vocabulary.sightings import MARK, Sightings
from mediamill.services.documents.vocabulary.tally import Tally

#: Of the Zipf scale: its logarithm counts in a billion words.
_BILLION: Final = 1e9
#: A word with capitals this often is a name, or of one: of a person, a product, a nation.
_NAMED: Final = 0.8
#: Below this share of words in whole sentences, a document is a list, and its fragments are what it has.
_SENTENCES: Final = 0.3


@dataclass(frozen=True)
class Statistics:
    """Of a document. frequencies: of lemmas. headings: how many headings have a lemma. total: words counted.

    names: lemmas that are nearly always written with capitals.
    fragments: whether most of its words stand outside of sentences, as in a list of words.
    """

    frequencies: Mapping[str, int]
    headings: Mapping[str, int]
    names: frozenset[str]
    total: int
    fragments: bool

    def zipf(self, lemma: str) -> float:
        """Return how often a lemma is met in this document, on the Zipf scale."""
        return math.log10(max(1, self.frequencies.get(lemma, 0)) / max(1, self.total) * _BILLION)

    def association(self, words: tuple[str, ...], count: int) -> float:
        """Return how much more often words stand together than chance would have it: -1..1 (0: just as often).

        Normalised pointwise mutual information (Bouma, 2009), of several words divided by their number less one.
        """
        total = max(1, self.total)
        together = math.log(count / total)
        apart = sum(math.log(max(self.frequencies.get(word, 0), count) / total) for word in words)
        if together == 0.0:
            return 1.0
        return max(-1.0, min(1.0, (together - apart) / -together / (len(words) - 1)))


def statistics_of(seen: Sightings) -> Statistics:
    """Return the statistics of what was met in a document."""
    return Statistics(
        frequencies=_frequencies(seen.words),
        headings=seen.headings,
        names=_names(seen.words),
        total=seen.total,
        fragments=seen.whole < _SENTENCES * seen.total,
    )


def _frequencies(words: Tally[Sighting]) -> Mapping[str, int]:
    """Return how often each lemma was met, as any part of speech; and each form that is no lemma."""
    told = Counter[str]()
    for key, seen in words.found():
        told[seen.lemma] += seen.count
        form = key.partition(MARK)[0]
        if form != seen.lemma:
            told[form] += seen.count
    return told


def _names(words: Tally[Sighting]) -> frozenset[str]:
    """Return the forms that are written with capitals where small letters could stand."""
    cased, named = Counter[str](), Counter[str]()
    for key, seen in words.found():
        form = key.partition(MARK)[0]
        cased[form] += seen.cased
        named[form] += seen.named
    return frozenset(form for form, many in cased.items() if many and named[form] >= _NAMED * many)
