"""The meanings that a dictionary has of a term, and how well each fits into its document."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mediamill.media.lexicon.sense import Sense
from mediamill.services.documents.languages import Language
from mediamill.services.documents.term import Part, Term

_PARTS: Final = {Part.NOUN: "n", Part.VERB: "v", Part.ADJECTIVE: "a", Part.ADVERB: "r"}
#: So many sentences tell what is spoken of around a term.
_MOST_SENTENCES: Final = 8
#: So many of each term's tell what the document is about.
_OF_TOPIC: Final = 3
#: Words that tell what is spoken of: no grammar, and none that stand everywhere.
_CONTENT: Final = frozenset("nva")
_SHORTEST: Final = 3
_EVERYWHERE: Final = 6.0
#: What a meaning counts for that nobody counted, beside one that was counted once; the second half as much.
_UNCOUNTED: Final = 0.5
#: What the document and the share of all uses are worth beside likeness to the sentences.
_BY_TOPIC: Final = 0.5
_BY_SHARE: Final = 0.2

#: Texts about computers, and about algorithms, borrow their words: a spool, a thread, an exemplar is there what no
#: dictionary of 1998 knows. Such a text is as near to these words as the second number or nearer, any other one not as
#: near as the first.
_COMPUTING: Final = ("computer program software code file server data network memory process user", 0.15, 0.30)
_ALGORITHMS: Final = ("algorithm data sample matrix function parameter model vector", 0.25, 0.40)
OF_COMPUTERS: Final = re.compile(
    r"\(comput|\(information proc|computer program|\bsoftware|\bdigital|\bHTML\b|electronic data"
)
#: What the dictionary's own words about a field are worth: for computers in such texts, else against them.
_OF_FIELD: Final = 0.15
_FIELD: Final = re.compile(
    r"\A\((?!used|of|usually|often|when|with|in|as|to|plural|followed|especially)[A-Za-z ]{3,20}\)"
)
#: A field that the document has little to do with.
_STRANGE: Final = 0.20


@dataclass(frozen=True)
class Scored:
    """A meaning of a term in its document.

    likeness: to what is said around the term, -1..1. topicality: to the whole document. share: of all uses, 0..1.
    computing: how much the document is about computers, 0..1; technical: about them, or about algorithms.
    """

    sense: Sense
    likeness: float
    topicality: float
    share: float
    computing: float
    technical: float

    @property
    def fit(self) -> float:
        """How well it fits in here."""
        return self.likeness + _BY_TOPIC * self.topicality + self._by_field()

    def _by_field(self) -> float:
        if OF_COMPUTERS.search(self.sense.gloss):
            return _OF_FIELD * (2 * self.computing - 1)
        strange = _FIELD.match(self.sense.gloss) and self.topicality < _STRANGE
        return -_OF_FIELD if strange else 0.0

    @property
    def score(self) -> float:
        """How likely it is the one."""
        return self.fit + _BY_SHARE * self.share


def senses(terms: Sequence[Term], language: Language) -> list[list[Scored]]:
    """Return the meanings of each term, likeliest first.

    Texts are compared by their words without the term itself: both sides have that, whatever it means.
    """
    known = [language.senses(term.text, _PARTS[term.part]) for term in terms]
    around = language.vectors([_words(_sentences(term, _MOST_SENTENCES), term, language) for term in terms])
    spoken_of = _words((s for term in terms for s in _sentences(term, _OF_TOPIC)), None, language)
    topic, computers, algorithms = language.vectors([spoken_of, _COMPUTING[0], _ALGORITHMS[0]])
    computing = _between(float(topic @ computers), *_COMPUTING[1:])
    technical = max(computing, _between(float(topic @ algorithms), *_ALGORITHMS[1:]))
    told = language.vectors(
        [_words(_told(sense, term), term, language) for term, of in zip(terms, known, strict=True) for sense in of]
    )
    topicality = iter((told @ topic).tolist())
    vectors = iter(told)
    found = list[list[Scored]]()
    for of, here in zip(known, around, strict=True):
        likeness = [float(next(vectors) @ here) for _ in of]
        scored = (
            Scored(sense, like, next(topicality), share, computing, technical)
            for sense, like, share in zip(of, likeness, _shares(of), strict=True)
        )
        found.append(sorted(scored, key=lambda each: -each.score))
    return found


def _between(likeness: float, none: float, whole: float) -> float:
    return min(max((likeness - none) / (whole - none), 0.0), 1.0)


def _shares(of: Sequence[Sense]) -> list[float]:
    uses = [sense.uses + _UNCOUNTED / rank for rank, sense in enumerate(of, 1)]
    return [use / sum(uses) for use in uses]


def _sentences(term: Term, most: int) -> Iterator[str]:
    return (sentence.text for sentence in term.sentences[:most])


def _told(sense: Sense, term: Term) -> Iterator[str]:
    yield from (lemma for lemma in sense.lemmas if lemma.lower() != term.text.lower())
    yield sense.gloss
    yield from sense.examples


def _words(texts: Iterable[str], term: Term | None, language: Language) -> str:
    """Return what texts speak of, each word once."""
    own = {word for form in (term.text, *term.forms) for word in form.lower().split()} if term else set()
    found = (token.lemma for text in texts for token in language.tokens(text) if token.part in _CONTENT)
    return " ".join(
        dict.fromkeys(
            word for word in found if word not in own and len(word) >= _SHORTEST and language.zipf(word) < _EVERYWHERE
        )
    )
