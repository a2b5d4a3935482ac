"""Which candidates can be terms at all: rules, each with the name under which it is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mediamill.services.documents.languages import Language
from mediamill.services.documents.vocabulary.candidates import Candidate
from mediamill.services.documents.vocabulary.phrases import VERB_PHRASE
from mediamill.services.documents.vocabulary.statistics import Statistics

EVERYDAY: Final = "everyday"
#: Above this share of capitals it is a name.
_NAMED: Final = 0.5
#: Zipf: words that all know. A phrase of such words has to mean more than they do.
_EVERYDAY: Final = 5.05
_CHILDISH: Final = 5.6
#: Zipf: a word below the first of these is a slip, a name or of another language; below the second, hardly met again;
#: above the third, known to all who read.
_RAREST: Final = 1.5
_RARE: Final = 2.2
_COMMONEST: Final = 5.0
_SHORTEST_WORD: Final = 4
_TWICE: Final = 2
_THRICE: Final = 3
#: So often written, it is no slip.
_OFTEN: Final = 5
#: Words that stand together less than this, by their association, met by chance; a known phrase needs less.
_HELD: Final = 0.4
_HELD_KNOWN: Final = 0.3
_HELD_ADJECTIVE: Final = 0.6
#: Words of text: above so many, a phrase that no dictionary has is met twice; above the fewer, one with an adjective.
_LONG_TEXT: Final = 2_000
_PAGE: Final = 600
_TWO_WORDS: Final = 2


@dataclass(frozen=True)
class Look:
    """A candidate, and what the rules ask of it.

    rarest: how often the rarest of its words is met, Zipf. graded: the request names levels.
    """

    candidate: Candidate
    statistics: Statistics
    language: Language
    rarest: float
    graded: bool = False

    @property
    def held(self) -> float:
        """How much its words hold together, -1..1."""
        return self.statistics.association(self.candidate.words, self.candidate.count)

    @property
    def once(self) -> bool:
        """Whether it was met once."""
        return self.candidate.count < _TWICE

    @property
    def long(self) -> bool:
        """Whether the text is long enough to say again what matters."""
        return self.statistics.total >= _LONG_TEXT

    @property
    def in_no_sentence(self) -> bool:
        """Whether nothing can show it, in a document that has sentences."""
        return not self.candidate.whole and not self.statistics.fragments


Rule = tuple[str, Callable[[Look], bool]]


def phrase_fault(candidate: Candidate, statistics: Statistics, language: Language) -> str | None:
    """Return why a phrase is no term; None: it may be one."""
    look = Look(candidate, statistics, language, _rarest(candidate, language))
    if fault := _broken(look, _OF_PHRASES):
        return fault
    if candidate.parts == VERB_PHRASE:
        return None if language.known(candidate.lemma, "v") else "not_in_dictionary"
    return _broken(look, _OF_KNOWN if language.known(candidate.lemma, "n") else _OF_UNKNOWN)


def fills_in(candidate: Candidate, fault: str, language: Language) -> bool:
    """Say whether a phrase with a fault is still worth a card where there is room: "hand back", "cut off".

    Verbs with particles are of everyday words and mean more than these; a text that uses one again has a use for it.
    """
    if fault != EVERYDAY or candidate.parts != VERB_PHRASE or candidate.count < _TWICE:
        return False
    return language.known(candidate.lemma, "v") and not all(map(language.vague, candidate.words))


def word_fault(candidate: Candidate, statistics: Statistics, language: Language, *, graded: bool) -> str | None:
    """Return why a word is none to learn; None: it may be one. graded: the request names levels: easy ones may be."""
    return _broken(Look(candidate, statistics, language, _rarest(candidate, language), graded), _OF_WORDS)


def _rarest(candidate: Candidate, language: Language) -> float:
    return min(map(language.zipf, candidate.words))


def _broken(look: Look, rules: Sequence[Rule]) -> str | None:
    for why, broken in rules:
        if broken(look):
            return why
    return None


def _is_vague(look: Look) -> bool:
    return any(map(look.language.vague, look.candidate.words))


def _is_everyday(look: Look) -> bool:
    """Say whether all of its words are known to all who read, and it is not what the text is about."""
    if look.rarest < _EVERYDAY:
        return False
    of_nouns = look.candidate.parts.lower().strip("n") == ""
    return look.candidate.count < _THRICE or look.rarest >= _CHILDISH or not of_nouns or _is_vague(look)


def _is_name(look: Look) -> bool:
    """Say whether a phrase has capitals here, and in the dictionary too."""
    lemma = look.candidate.lemma
    return look.candidate.named > _NAMED and all(
        written != lemma
        for sense in look.language.senses(lemma, "n")
        for written in sense.lemmas
        if written.lower() == lemma
    )


def _maybe_a_verb(look: Look) -> bool:
    """Say whether what seems a plural may be a verb behind its subject: "the keeper hands"."""
    last = look.candidate.words[-1]
    few = look.candidate.count < _OFTEN - 1 and len(look.candidate.words) == _TWO_WORDS
    return few and last not in look.candidate.forms[0].split() and look.language.known(last, "v")


def _seen_once(look: Look) -> bool:
    """Say whether a phrase that is met once is no term: a text of a few pages says little twice, a longer one does."""
    if not look.once:
        return False
    text, words = look.statistics, look.candidate.words
    if look.long or text.fragments:
        return True
    if "a" not in look.candidate.parts or text.total < _PAGE:
        return any("-" in word for word in words)
    return any(text.frequencies.get(word, 0) < _TWICE for word in words)


def _too_rare(look: Look) -> bool:
    """Say whether a word is too rare to be worth learning: a long text has to use it again and again."""
    if look.long:
        return look.rarest < _RARE and look.candidate.count <= _OFTEN
    return look.rarest < _RAREST and look.candidate.count < _THRICE


def _by_chance(look: Look) -> bool:
    """Say whether words met by chance: what is met rarely has to hold together, an adjective and its noun more."""
    adjective = look.candidate.parts.startswith("a") and look.candidate.count < _THRICE
    return look.candidate.count < _OFTEN and look.held < (_HELD_ADJECTIVE if adjective else _HELD)


def _is_participle(look: Look) -> bool:
    """Say whether it tells a state of a thing rather than a kind of it: "killed worker"; but "hidden layer"."""
    adjective = look.candidate.parts.startswith("a") and look.candidate.words[0].endswith(("ed", "ing"))
    return adjective and look.candidate.count < _OFTEN - 1


_OF_PHRASES: Final[tuple[Rule, ...]] = (
    ("in_no_sentence", lambda look: look.in_no_sentence),
    (EVERYDAY, _is_everyday),
    ("vague", lambda look: all(map(look.language.vague, look.candidate.words))),
)
_OF_KNOWN: Final[tuple[Rule, ...]] = (
    ("name", _is_name),
    ("part_of_longer", lambda look: look.once and not look.candidate.alone),
    ("by_chance", lambda look: look.once and look.held < _HELD_KNOWN),
)
_OF_UNKNOWN: Final[tuple[Rule, ...]] = (
    ("vague", _is_vague),
    ("part_of_longer", lambda look: not look.candidate.alone),
    ("name", lambda look: look.candidate.named > _NAMED),
    ("unknown_words", lambda look: look.rarest <= 0.0 and look.candidate.count < _OFTEN),
    ("too_rare", lambda look: look.long and look.rarest < _RARE and look.candidate.count < _THRICE),
    ("compared", lambda look: "A" in look.candidate.parts),
    ("plural_inside", lambda look: "N" in look.candidate.parts and look.candidate.count < _THRICE),
    ("maybe_a_verb", _maybe_a_verb),
    (
        "of_a_name",
        lambda look: look.candidate.count < _THRICE and not look.statistics.names.isdisjoint(look.candidate.words),
    ),
    ("seen_once", _seen_once),
    ("by_chance", _by_chance),
    ("participle", _is_participle),
)
_OF_WORDS: Final[tuple[Rule, ...]] = (
    ("short", lambda look: len(look.candidate.lemma) < _SHORTEST_WORD),
    ("in_no_sentence", lambda look: look.in_no_sentence),
    ("vague", lambda look: look.language.vague(look.candidate.lemma)),
    (EVERYDAY, lambda look: not look.graded and look.rarest > _COMMONEST),
    ("too_rare", _too_rare),
    ("not_in_dictionary", lambda look: not look.language.known(look.candidate.lemma, look.candidate.parts)),
    ("name", lambda look: look.candidate.named > _NAMED),
)
