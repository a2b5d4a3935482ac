"""The first reading: all phrases and words of a document are counted."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from mediamill.services.documents.languages import Language, Token
from mediamill.services.documents.vocabulary.phrases import (
    VERB_PHRASE,
    is_word,
    noun_phrases,
    parts_of,
    verb_phrases,
    within,
)
from mediamill.services.documents.vocabulary.sentences import Line
from mediamill.services.documents.vocabulary.sighting import Sighting
from mediamill.services.documents.vocabulary.tally import Tally

#: With what belongs to them about 25 MB and 15 MB.
_PHRASES: Final = 60_000
_WORDS: Final = 40_000
#: Words of headings that are remembered.
_HEADING_WORDS: Final = 20_000
#: Between a word and its part of speech in a key.
MARK: Final = "\t"


class Sightings:
    """What was met in a document so far.

    phrases: by how they stand there, in small letters. words: the same, and MARK and the part of speech after it.
    total: words met, of those that mean something. whole: of these, those in whole sentences.
    headings: how many headings have a lemma.
    """

    def __init__(self, language: Language) -> None:
        self.phrases = Tally(Sighting, _PHRASES)
        self.words = Tally(Sighting, _WORDS)
        self.headings = Counter[str]()
        self.total = 0
        self.whole = 0
        self._language = language
        self._section = 0
        self._heading = ""

    def add(self, line: Line) -> None:
        """Count the phrases and words of a line."""
        if line.heading != self._heading:
            self._begin(line.heading)
        tokens = self._language.tokens(line.words)
        self._add_words(tokens, line)
        for row in noun_phrases(tokens, self._language.begins_object):
            for places, alone in within(row, tokens, self._language.vague):
                self._add_phrase([tokens[place] for place in places], line, alone=alone)
        for place in verb_phrases(tokens, self._language.is_particle):
            self._add_verb(tokens[place], tokens[place + 1], line)

    def _begin(self, heading: str) -> None:
        self._heading = heading
        self._section += 1
        if len(self.headings) < _HEADING_WORDS:
            words = heading.lower() if heading.isupper() else heading
            self.headings.update({token.lemma for token in self._language.tokens(words) if token.part != "o"})

    def _add_words(self, tokens: Sequence[Token], line: Line) -> None:
        words, section, whole, cased = self.words, self._section, line.whole, line.cased
        many = 0
        for place, (text, lemma, part) in enumerate(tokens):
            if part == "o" or not is_word(text):
                continue
            many += 1
            seen = words[f"{text.lower()}{MARK}{part}"]
            if not seen.lemma:
                seen.lemma = lemma
                seen.parts = part
            seen.met(section, whole=whole)
            if cased and place:
                seen.capital(named=text[0].isupper())
        self.total += many
        if whole:
            self.whole += many

    def _add_phrase(self, tokens: Sequence[Token], line: Line, *, alone: bool) -> None:
        key = " ".join([token.text for token in tokens]).lower()
        seen = self.phrases[key]
        if not seen.lemma:
            seen.lemma = " ".join([*(token.text.lower() for token in tokens[:-1]), tokens[-1].lemma])
            seen.parts = parts_of(tokens[:-1]) + tokens[-1].part
        seen.met(self._section, whole=line.whole, alone=alone)
        if line.cased:
            seen.capital(named=tokens[-1].text[0].isupper())

    def _add_verb(self, verb: Token, particle: Token, line: Line) -> None:
        key = f"{verb.text} {particle.text}".lower()
        seen = self.phrases[key]
        if not seen.lemma:
            seen.lemma = f"{verb.lemma} {particle.text}"
            seen.parts = VERB_PHRASE
        seen.met(self._section, whole=line.whole)
