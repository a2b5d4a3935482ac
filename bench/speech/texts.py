"""What is said: sentences that nobody said before, by number, and long texts of them. The standard library only."""

from collections.abc import Iterator

_WHO = (
    "The old captain",
    "My younger sister",
    "Every good gardener",
    "The new librarian",
    "A patient teacher",
    "Our next neighbour",
    "The night watchman",
    "That quiet painter",
    "The village doctor",
    "A careful carpenter",
    "The tall fisherman",
)
_DID = (
    "carried",
    "remembered",
    "found",
    "described",
    "repaired",
    "painted",
    "collected",
    "borrowed",
    "measured",
    "protected",
    "followed",
    "counted",
    "covered",
)
_WHAT = (
    "the heavy wooden boxes",
    "a map of the northern coast",
    "seven letters from the harbour",
    "the small garden behind the church",
    "a very old silver watch",
    "the bridge across the river",
    "three bottles of fresh water",
    "the long road to the mountains",
    "a story about winter and wolves",
    "the last train of the evening",
    "a basket of green apples",
    "the broken window of the school",
    "an orange lantern",
    "the names of all the ships",
    "a bag of dry bread",
    "the first snow of November",
    "a box of coloured stones",
)
_WHEN = (
    "before the sun came up",
    "while the rain was falling",
    "on a cold and windy afternoon",
    "when nobody else was looking",
    "after the market had closed",
    "because the weather was good",
    "without saying a single word",
    "and smiled at the children",
    "until the lamps were lit",
    "although it was already late",
    "as quickly as possible",
    "during the summer holidays",
    "and then walked slowly home",
    "for the second time this week",
    "in spite of the noise",
    "with the help of two friends",
    "before breakfast was ready",
    "to the great surprise of everyone",
    "and never spoke about it again",
)
#: So many sentences are distinct; their lengths are pairwise prime, so that neighbours share no part.
DISTINCT = len(_WHO) * len(_DID) * len(_WHAT) * len(_WHEN)
_SENTENCES_OF_A_PARAGRAPH = 6
_PARAGRAPHS_OF_A_CHAPTER = 40


def sentence(number: int) -> str:
    """Return an English sentence of 10 to 17 words, 4 to 6 s of speech; every number below DISTINCT gives another."""
    parts = (words[number % len(words)] for words in (_WHO, _DID, _WHAT, _WHEN))
    return f"{' '.join(parts)}."


def sentences(first: int, count: int) -> list[str]:
    """Return so many sentences from a number on."""
    return [sentence(number) for number in range(first, first + count)]


def page(first: int, count: int) -> str:
    """Return a text of so many sentences from a number on, in paragraphs."""
    said = sentences(first, count)
    size = _SENTENCES_OF_A_PARAGRAPH
    return "\n\n".join(" ".join(said[start : start + size]) for start in range(0, count, size))


def book(first: int, words: int) -> str:
    """Return Markdown of at least so many words from a sentence on, in chapters with headings."""
    return "\n\n".join(_paragraphs(first, words))


def _paragraphs(first: int, words: int) -> Iterator[str]:
    number = paragraphs = 0
    while words > 0:
        if paragraphs % _PARAGRAPHS_OF_A_CHAPTER == 0:
            yield f"# Chapter {paragraphs // _PARAGRAPHS_OF_A_CHAPTER + 1}"
        said = sentences(first + number, _SENTENCES_OF_A_PARAGRAPH)
        yield " ".join(said)
        words -= sum(len(line.split()) for line in said)
        number += len(said)
        paragraphs += 1
