"""Which meaning of the dictionary a term has in this document, if that can be told.

Measured by reading: see tests/quality. What is wrong is worse for who learns than what is missing.
"""

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

#: Texts about computers borrow their words: in a spool, a thread, a handshake is what no dictionary of 1998 knows.
#: Such a text is as near to these words as the second number or nearer; any other one is not as near as the first.
_COMPUTING: Final = "computer program software code file server data network memory process user"
_NOT_COMPUTING: Final = 0.15
_ALL_COMPUTING: Final = 0.30
_OF_COMPUTERS: Final = re.compile(
    r"\(comput|\(information proc|computer program|\bsoftware|\bdigital|\bHTML\b|electronic data"
)
#: What the dictionary's own words about a field are worth: for computers in such texts, else against them.
_OF_FIELD: Final = 0.15
_FIELD: Final = re.compile(r"\A\((?!used|of|usually|often|when|with|in|as|to|plural|followed|especially)[a-z ]{3,20}\)")
#: A field that the document has nothing to do with.
_STRANGE: Final = 0.10

#: How well a meaning has to fit, in any text, and how much better in one about computers: the only one that a word
#: has; an adverb; a phrase that is told by its own words ("a war between factions in the same country"); another one,
#: which may stand there by chance ("golden seal", an herb; "throw in"); the usual one of a word; one of several.
_ONLY: Final = (0.08, 0.24)
_ADVERB: Final = (0.08, 0.10)
_TOLD_BY_ITSELF: Final = (0.05, 0.15)
_IDIOM: Final = (0.27, 0.09)
_USUAL: Final = (0.20, 0.14)
_SEVERAL: Final = (0.28, 0.06)
#: The usual one has so much of all uses.
_USUALLY: Final = 0.75
#: How far the next one has to be behind it.
_AHEAD: Final = 0.10
_WELL_AHEAD: Final = 0.14
#: So many are hardly told apart, unless one is used much more than the others.
_MANY: Final = 6
_OFTEN: Final = 0.30
#: Machines are named after who did the work before: an estimator, a server, a browser.
_PERSON: Final = re.compile(
    r"(?:\([a-z ]+\) )?(?:someone|somebody|one who|an expert"
    r"|(?:a|the|any) (?:\w+ )?(?:person|man|woman|member|expert|performer|employee))\b"
)
_DOER: Final = re.compile(r"(?:er|or)\Z")
_AS_A_PERSON: Final = 0.20
_STEM_CHARS: Final = 5
_WORD: Final = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True)
class Scored:
    """A meaning of a term in its document.

    likeness: to what is said around the term, -1..1. topicality: to the whole document. share: of all uses, 0..1.
    computing: how much the document is about computers, 0..1.
    """

    sense: Sense
    likeness: float
    topicality: float
    share: float
    computing: float

    @property
    def fit(self) -> float:
        """How well it fits in here."""
        return self.likeness + _BY_TOPIC * self.topicality + self._by_field()

    def _by_field(self) -> float:
        if _OF_COMPUTERS.search(self.sense.gloss):
            return _OF_FIELD * (2 * self.computing - 1)
        strange = _FIELD.match(self.sense.gloss) and self.topicality < _STRANGE
        return -_OF_FIELD if strange else 0.0

    @property
    def score(self) -> float:
        """How likely it is the one."""
        return self.fit + _BY_SHARE * self.share


def chosen(terms: Sequence[Term], language: Language) -> list[Sense | None]:
    """Return the meaning of each term; None where the dictionary has none, or where it cannot be told which."""
    return [
        scored[0].sense if _sure(term, scored) else None
        for term, scored in zip(terms, senses(terms, language), strict=True)
    ]


def _sure(term: Term, scored: Sequence[Scored]) -> bool:
    """Whether the first meaning is the one."""
    if not scored:
        return False
    best, *others = scored
    person = _DOER.search(term.text) and _PERSON.match(best.sense.gloss)
    fit = best.fit - (_AS_A_PERSON if person else 0.0)
    if not others:
        return fit >= _least(_alone(term, best.sense), best)
    ahead = best.score - others[0].score
    if best.share >= _USUALLY:
        return ahead >= _AHEAD and fit >= _least(_USUAL, best)
    if len(scored) >= _MANY and best.share < _OFTEN:
        return False
    return ahead >= _WELL_AHEAD and fit >= _least(_SEVERAL, best)


def _alone(term: Term, sense: Sense) -> tuple[float, float]:
    """Return how well the only meaning of a term has to fit."""
    if " " in term.text:
        own, told = ({word[:_STEM_CHARS] for word in _WORD.findall(text.lower())} for text in (term.text, sense.gloss))
        return _TOLD_BY_ITSELF if own & told and term.part is not Part.VERB else _IDIOM
    return _ADVERB if term.part is Part.ADVERB else _ONLY


def _least(fit: tuple[float, float], best: Scored) -> float:
    anywhere, more = fit
    return anywhere + more * best.computing


def senses(terms: Sequence[Term], language: Language) -> list[list[Scored]]:
    """Return the meanings of each term, likeliest first.

    Texts are compared by their words without the term itself: both sides have that, whatever it means.
    """
    known = [language.senses(term.text, _PARTS[term.part]) for term in terms]
    around = language.vectors([_words(_sentences(term, _MOST_SENTENCES), term, language) for term in terms])
    topic, computers = language.vectors(
        [_words((s for term in terms for s in _sentences(term, _OF_TOPIC)), None, language), _COMPUTING]
    )
    computing = (float(topic @ computers) - _NOT_COMPUTING) / (_ALL_COMPUTING - _NOT_COMPUTING)
    computing = min(max(computing, 0.0), 1.0)
    told = language.vectors(
        [_words(_told(sense, term), term, language) for term, of in zip(terms, known, strict=True) for sense in of]
    )
    topicality = iter((told @ topic).tolist())
    vectors = iter(told)
    found = list[list[Scored]]()
    for of, here in zip(known, around, strict=True):
        likeness = [float(next(vectors) @ here) for _ in of]
        scored = (
            Scored(sense, like, next(topicality), share, computing)
            for sense, like, share in zip(of, likeness, _shares(of), strict=True)
        )
        found.append(sorted(scored, key=lambda each: -each.score))
    return found


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
