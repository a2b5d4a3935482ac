"""English, as the service asks for a language."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from mediamill.media.lexicon.ipa import Accent, ipa
from mediamill.media.lexicon.levels import Level, level
from mediamill.media.lexicon.rarity import zipf
from mediamill.media.lexicon.sense import Sense
from mediamill.media.lexicon.vectors import vectors
from mediamill.media.lexicon.wordnet import wordnet
from mediamill.services.documents.languages.english.sentences import sentences
from mediamill.services.documents.languages.english.tagger import tokens
from mediamill.services.documents.languages.english.vague import OBJECTS, PARTICLES, VAGUE
from mediamill.services.documents.languages.language import Token

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Without a dictionary: a word that is met this often (Zipf) is no slip of the pen.
_MET: Final = 2.5


class English:
    """See Language."""

    code: Final = "en"

    def sentences(self, text: str) -> Iterator[str]:
        """As Language.sentences."""
        return sentences(text)

    def tokens(self, sentence: str) -> Sequence[Token]:
        """As Language.tokens."""
        return tokens(sentence)

    def zipf(self, text: str) -> float:
        """As Language.zipf."""
        return zipf(text)

    def level(self, text: str, part: str) -> Level:
        """As Language.level."""
        return level(text, part)

    def senses(self, lemma: str, part: str | None = None) -> Sequence[Sense]:
        """As Language.senses: WordNet's."""
        dictionary = wordnet()
        return dictionary.senses(lemma, part) if dictionary else ()

    def kinds(self, sense: Sense) -> Sequence[Sense]:
        """As Language.kinds: WordNet's."""
        dictionary = wordnet()
        return [dictionary.sense(id_) for id_ in sense.hypernyms] if dictionary else ()

    def known(self, lemma: str, part: str | None = None) -> bool:
        """As Language.known. Without WordNet only single words are known, and of any part of speech."""
        dictionary = wordnet()
        return dictionary.has(lemma, part) if dictionary else " " not in lemma and zipf(lemma) >= _MET

    def vague(self, lemma: str) -> bool:
        """As Language.vague."""
        return lemma in VAGUE

    def is_particle(self, text: str) -> bool:
        """As Language.is_particle."""
        return text in PARTICLES

    def begins_object(self, text: str) -> bool:
        """As Language.begins_object."""
        return text in OBJECTS

    def ipa(self, texts: Sequence[str], accent: Accent) -> list[str]:
        """As Language.ipa."""
        return ipa(texts, accent)

    def vectors(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """As Language.vectors."""
        return vectors(texts)
