"""What the service has to know of a language that it makes flashcards of."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from mediamill.media.lexicon.ipa import Accent
from mediamill.media.lexicon.levels import Level
from mediamill.media.lexicon.sense import Sense

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Noun, verb, adjective, adverb, or something else: words of grammar, numbers, marks, addresses.
TokenPart = Literal["n", "v", "a", "r", "o"]


class Token(NamedTuple):
    """A word of a sentence, or a mark between words.

    text: as it stands there. lemma: as a dictionary has it, in small letters. part: what it is in this sentence.
    """

    text: str
    lemma: str
    part: TokenPart


class Language(Protocol):
    """A language. Its questions are cheap to ask again; what is known is loaded at the first one."""

    @property
    def code(self) -> str:
        """BCP 47: "en"."""

    def sentences(self, text: str) -> Iterator[str]:
        """Yield the sentences of a passage, in order, without space around them."""

    def tokens(self, sentence: str) -> Sequence[Token]:
        """Return the words and marks of a sentence, in order; all but space is in them."""

    def zipf(self, text: str) -> float:
        """Return how often a word or phrase is met, on the Zipf scale: 7 for "the", 3 for "sprocket", 0 for never."""

    def level(self, text: str, part: str) -> Level:
        """Return the level of a word, or of a phrase, in the Common European Framework. part: of its last word."""

    def senses(self, lemma: str, part: str | None = None) -> Sequence[Sense]:
        """Return the meanings of a word or phrase, most frequent first; none where there is no dictionary."""

    def kinds(self, sense: Sense) -> Sequence[Sense]:
        """Return what a meaning is a kind of, nearest first: of "oak", that of "tree"."""

    def known(self, lemma: str, part: str | None = None) -> bool:
        """Say whether a dictionary has this word or phrase (as this part of speech), or many people write it."""

    def vague(self, lemma: str) -> bool:
        """Say whether a word says little of what a phrase is about: "other", "thing", "important"."""

    def is_particle(self, text: str) -> bool:
        """Say whether a word behind a verb can make another verb of it, that a dictionary has as one: "carry out"."""

    def begins_object(self, text: str) -> bool:
        """Say whether a word begins what a verb is done to ("the", "it"): what seems a plural before it is a verb."""

    def ipa(self, texts: Sequence[str], accent: Accent) -> list[str]:
        """Return how each text is pronounced, in signs of the IPA."""

    def vectors(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return one vector of length 1 for each text, near each other where the texts mean nearly the same."""
