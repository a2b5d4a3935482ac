"""What a request wants of a document's vocabulary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """How much, and how hard.

    max_phrases, max_words: at most so many. levels: of the CEFR; None: all but the easy ones.
    """

    max_phrases: int
    max_words: int
    levels: frozenset[str] | None = None
