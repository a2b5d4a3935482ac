"""Noun phrases of two to four words; and verbs with a particle, which are known to a dictionary."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from mediamill.services.documents.languages import Token

FEWEST: Final = 2
MOST: Final = 4
#: A row of more nouns and adjectives is a list that lost its commas, or a title.
_LONGEST: Final = 8

#: No word to learn is longer: it is a sequence of genes, a key, or made to fill memory.
_LONGEST_WORD: Final = 40

#: The parts of a verb and its particle.
VERB_PHRASE: Final = "vo"

Vague = Callable[[str], bool]


def noun_phrases(tokens: Sequence[Token], begins_object: Callable[[str], bool]) -> Iterator[list[int]]:
    """Yield the places of each longest row of adjectives and nouns that ends with a noun, of two words or more.

    A plural at its end with an object behind it is taken for a verb: "the keeper hands the jobs".
    """
    row: list[int] = []
    end = 0
    for place, token in enumerate(tokens):
        part = token.part
        if (part == "n" or part == "a") and is_word(token.text):  # noqa: PLR1714 - in the hottest loop
            row.append(place)
            if part == "n":
                end = len(row)
            continue
        if row:
            if end > 1 and tokens[row[end - 1]].text != tokens[row[end - 1]].lemma and begins_object(token.text):
                end -= 1
            if FEWEST <= end <= _LONGEST:
                yield row[:end]
            row = []
            end = 0
    if FEWEST <= end <= _LONGEST:
        yield row[:end]


def within(row: Sequence[int], tokens: Sequence[Token], vague: Vague) -> Iterator[tuple[Sequence[int], bool]]:
    """Yield the phrases of two to four words in a row that end with a noun, and whether each is all of the row.

    Words that say little ("other", "such", "following") are left out in front of a row, and are no part of a phrase;
    but of one of two words, as a dictionary may have it ("right whale").
    """
    last = len(row)
    empty = [vague(tokens[place].lemma) for place in row]
    first = 0
    while first < last and empty[first]:
        first += 1
    for end in range(FEWEST, last + 1):
        if tokens[row[end - 1]].part != "n":
            continue
        for start in range(max(0, end - MOST), end - 1):
            if not any(empty[start:end]):
                yield row[start:end], start == first and end == last
            elif end - start == FEWEST:
                yield row[start:end], end == last and start == max(0, first - 1)


def verb_phrases(tokens: Sequence[Token], is_particle: Callable[[str], bool]) -> Iterator[int]:
    """Yield the place of each verb that a particle follows at once."""
    for place in range(len(tokens) - 1):
        if tokens[place].part == "v" and is_particle(tokens[place + 1].text):
            yield place


def parts_of(tokens: Sequence[Token]) -> str:
    """Return the parts of speech of a phrase's words, a letter for each; a capital for a plural or a comparative."""
    return "".join([token.part if token.text.lower() == token.lemma else token.part.upper() for token in tokens])


def is_word(text: str) -> bool:
    """Say whether a token is made of 2 to 40 letters, or of parts of letters joined by hyphens."""
    return 1 < len(text) <= _LONGEST_WORD and (
        text.isalpha() or ("-" in text and text.replace("-", "").isalpha() and text[-1] != "-")
    )
