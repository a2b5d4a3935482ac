"""Which of WordNet's glosses tell a learner what a word means."""

import re
from typing import Final

from mediamill.media.lexicon.sense import Sense

#: Of living things by their place among the others, of what nobody says any more, and of what is told by its name only.
_NONE: Final = re.compile(
    r"\bgenus\b|\b(?:sub|super)?(?:family|order|class|phylum) [A-Z]|\b(?:archaic|obsolete|dialect|formerly)\b"
    r"|\A(?:a|the|an) (?:[\w-]+ )?(?:letter|Arabic|Roman|atomic number)\b|\A(?:see|same as)\b",
)
#: A second thought, after which a reader has enough.
_ENOUGH_CHARS: Final = 60
_LONGEST_CHARS: Final = 220
_FEWEST_WORDS: Final = 2
#: Where there are no more, one of the term's own stem tells nothing.
_FEW_WORDS: Final = 5
_STEM_CHARS: Final = 5
_CONTENT_CHARS: Final = 4
_WORD: Final = re.compile(r"[a-z]+")


def gloss(sense: Sense, term: str) -> str:
    """Return what the meaning is told as, or "" where it is of no use for a term: a name, an old word, a species."""
    spelt = next((lemma for lemma in sense.lemmas if lemma.lower() == term.lower()), term)
    if spelt != spelt.lower() and spelt != term:
        return ""
    if _NONE.search(sense.gloss):
        return ""
    told = _short(sense.gloss)
    return "" if _goes_in_a_circle(told, term) else told


def _goes_in_a_circle(told: str, term: str) -> bool:
    """Whether only who knows the term understands how it is told: "in a polite manner", "fail to do something"."""
    words = _WORD.findall(told.lower())
    own = [word for word in _WORD.findall(term.lower()) if len(word) >= _CONTENT_CHARS]
    if len(words) < _FEWEST_WORDS or (len(own) == 1 and own[0] in words):
        return True
    stems = {word[:_STEM_CHARS] for word in own}
    return len(words) <= _FEW_WORDS and any(word[:_STEM_CHARS] in stems for word in words)


def _short(text: str) -> str:
    """Return the first parts of a gloss, as many as a card shows."""
    first, *others = (part.strip() for part in text.split(";"))
    for other in others:
        if len(first) >= _ENOUGH_CHARS or len(first) + len(other) > _LONGEST_CHARS:
            break
        first = f"{first}; {other}"
    return first if len(first) <= _LONGEST_CHARS else first[:_LONGEST_CHARS].rsplit(" ", 1)[0].rstrip(" ,(") + "…"
