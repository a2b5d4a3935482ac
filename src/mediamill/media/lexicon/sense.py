"""One meaning of a word."""

from typing import Literal, NamedTuple

#: Noun, verb, adjective, adverb: as WordNet has them.
Part = Literal["n", "v", "a", "r"]


class Sense(NamedTuple):
    """A meaning, and the words that have it.

    id: of WordNet's set of synonyms, "n02209508"; the same within one release.
    lemmas: the words that have it, the asked one among them; with capitals where they are always written so.
    hypernyms: ids of what it is a kind of, nearest first.
    uses: how often this meaning was counted in texts whose words WordNet's makers looked up one by one; 0 for most.
    """

    id: str
    part: Part
    lemmas: tuple[str, ...]
    gloss: str
    examples: tuple[str, ...]
    hypernyms: tuple[str, ...]
    uses: int
