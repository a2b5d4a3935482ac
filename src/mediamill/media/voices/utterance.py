"""What an engine is given to say: words, and for some of them how they sound."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A part of a sentence.

    text: as it is read out. ipa: how it sounds, in the International Phonetic Alphabet; empty: as the engine reads it.
    """

    text: str
    ipa: str = ""


#: A sentence in its parts, in order; blanks between them belong to their texts.
Utterance = tuple[Span, ...]


def said(text: str) -> Utterance:
    """Return a sentence without any IPA."""
    return (Span(text),)


def text_of(utterance: Utterance) -> str:
    """Return the words of an utterance."""
    return "".join(span.text for span in utterance)
