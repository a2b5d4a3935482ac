"""The meanings that a dictionary has of a term, and what each has to do with its document."""

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
#: Words of one stem begin alike.
_STEM_CHARS: Final = 5

#: Texts about computers, and about algorithms, borrow their words: a spool, a thread, an exemplar is there what no
#: dictionary of 1998 knows. Such a text is as near to these words as the second number or nearer, any other one not as
#: near as the first.
_COMPUTING: Final = ("computer program software code file server data network memory process user", 0.15, 0.30)
_ALGORITHMS: Final = ("algorithm data sample matrix function parameter model vector", 0.25, 0.40)
_OF_COMPUTERS: Final = re.compile(
    r"\(comput|\(information proc|computer program|\bsoftware|\bdigital|\bHTML\b|electronic data"
)
_FIELD: Final = re.compile(
    r"\A\((?!used|of|usually|often|when|with|in|as|to|plural|followed|especially)[A-Za-z ]{3,20}\)"
)
_LATIN_NAME: Final = re.compile(r"[A-Z][a-z]+ [A-Za-z]+")
_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Scored:
    """A meaning of a term in its document.

    likeness: to what is said around the term, -1..1. topicality: to the whole document. share: of all uses, 0..1.
    by_its_head: it tells a phrase by its last word. of_computers, of_field, of_species: by the dictionary's own words.
    computing: how much the document is about computers, 0..1; technical: about them, or about algorithms.
    """

    sense: Sense
    likeness: float
    topicality: float
    share: float
    by_its_head: bool
    of_species: bool
    computing: float
    technical: float

    @property
    def of_computers(self) -> bool:
        """Whether it is one of computers."""
        return bool(_OF_COMPUTERS.search(self.sense.gloss))

    @property
    def of_field(self) -> bool:
        """Whether it is one of some field only: "(astronomy) ..."."""
        return bool(_FIELD.match(self.sense.gloss))


def senses(terms: Sequence[Term], language: Language) -> list[list[Scored]]:
    """Return the meanings of each term, as the dictionary has them.

    Texts are compared by their words without the term itself: both sides have that, whatever it means.
    """
    known = [language.senses(term.text, _PARTS[term.part]) for term in terms]
    words = _Words(language)
    around = [words.of(_sentences(term, _MOST_SENTENCES), term) for term in terms]
    spoken_of = words.of(s for term in terms for s in _sentences(term, _OF_TOPIC))
    told = [words.of(_told(sense, term, language), term) for term, of in _each(terms, known) for sense in of]
    vectors = language.vectors([spoken_of, _COMPUTING[0], _ALGORITHMS[0], *around, *told])
    (topic, computers, algorithms), rest = vectors[:3], vectors[3:]
    computing = _between(float(topic @ computers), *_COMPUTING[1:])
    technical = max(computing, _between(float(topic @ algorithms), *_ALGORITHMS[1:]))
    of_senses = iter(rest[len(terms) :])
    return [
        [
            Scored(
                sense,
                likeness=float((vector := next(of_senses)) @ here),
                topicality=float(vector @ topic),
                share=share,
                by_its_head=_by_its_head(sense, term, language),
                of_species=_of_species(sense, term),
                computing=computing,
                technical=technical,
            )
            for sense, share in zip(of, _shares(of), strict=True)
        ]
        for (term, of), here in zip(_each(terms, known), rest, strict=False)
    ]


def _each(terms: Sequence[Term], known: Sequence[Sequence[Sense]]) -> Iterator[tuple[Term, Sequence[Sense]]]:
    return zip(terms, known, strict=True)


def _between(likeness: float, none: float, whole: float) -> float:
    return min(max((likeness - none) / (whole - none), 0.0), 1.0)


def _shares(of: Sequence[Sense]) -> list[float]:
    uses = [sense.uses + _UNCOUNTED / rank for rank, sense in enumerate(of, 1)]
    return [use / sum(uses) for use in uses]


def _sentences(term: Term, most: int) -> Iterator[str]:
    return (sentence.text for sentence in term.sentences[:most])


def _told(sense: Sense, term: Term, language: Language) -> Iterator[str]:
    yield from _others(sense, term)
    yield sense.gloss
    yield from sense.examples
    for kind in language.kinds(sense):
        yield from kind.lemmas
        yield kind.gloss


def _others(sense: Sense, term: Term) -> list[str]:
    return [lemma for lemma in sense.lemmas if lemma.lower() != term.text.lower()]


def _by_its_head(sense: Sense, term: Term, language: Language) -> bool:
    if " " not in term.text or term.part is not Part.NOUN:
        return False
    kinds = language.kinds(sense)
    above = [*kinds, *(each for kind in kinds for each in language.kinds(kind))]
    told = " ".join([sense.gloss, *_others(sense, term), *(lemma for kind in above for lemma in kind.lemmas)])
    head = term.text.lower().split()[-1][:_STEM_CHARS]
    return any(word[:_STEM_CHARS] == head for word in _WORD.findall(told.lower()))


def _of_species(sense: Sense, term: Term) -> bool:
    """Whether it is a living thing by its Latin name: "golden seal, Hydrastis Canadensis"."""
    return "genus" in sense.gloss or any(_LATIN_NAME.fullmatch(lemma) for lemma in _others(sense, term))


class _Words:
    """What texts speak of. Many are asked for again: a sentence has several terms, a kind several meanings."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._known: dict[str, list[str]] = {}

    def of(self, texts: Iterable[str], term: Term | None = None) -> str:
        """Return the words of texts, each once, but a term's own."""
        own = {word for form in (term.text, *term.forms) for word in form.lower().split()} if term else set()
        found = dict.fromkeys(word for text in texts for word in self._in(text))
        return " ".join(word for word in found if word not in own)

    def _in(self, text: str) -> list[str]:
        if text not in self._known:
            zipf = self._language.zipf
            self._known[text] = [
                token.lemma
                for token in self._language.tokens(text)
                if token.part in _CONTENT and len(token.lemma) >= _SHORTEST and zipf(token.lemma) < _EVERYWHERE
            ]
        return self._known[text]
