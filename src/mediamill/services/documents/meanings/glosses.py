"""Which of WordNet's glosses tell a learner what a word means."""

import re
from collections.abc import Sequence
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
_LONGEST_OF_TWO_CHARS: Final = 105
_FEWEST_WORDS: Final = 2
#: Where there are no more, one of the term's own stem tells little, unless another one does that is none of these.
_EMPTY: Final = frozenset({"manner", "quality", "state", "something", "someone", "being", "having", "with", "that"})
_FEW_WORDS: Final = 5
_STEM_CHARS: Final = 5
_CONTENT_CHARS: Final = 4
_WORD: Final = re.compile(r"[a-z]+")
#: Fields that a learner knows by a shorter name; quotes of a typewriter.
_COMPUTING: Final = re.compile(r"\((?:computer science|computing|computer|information processing)\)")
_QUOTED: Final = re.compile(r"`([^`']+)'")


def gloss(senses: Sequence[Sense], term: str) -> str:
    """Return what the meaning of a term is told as, or both, if it may have two.

    "" where one is of no use: a name, an old word, a species, or told by the term itself.
    """
    told = [_gloss(sense, term, alone=len(senses) == 1) for sense in senses]
    if not all(told) or len(set(told)) == 1:
        return told[0] if all(told) and told else ""
    return "; ".join(f"{number} {each}" for number, each in enumerate(told, 1))


def _gloss(sense: Sense, term: str, *, alone: bool) -> str:
    spelt = next((lemma for lemma in sense.lemmas if lemma.lower() == term.lower()), term)
    if spelt != term and spelt.split()[-1] != spelt.split()[-1].lower():
        return ""
    if _NONE.search(sense.gloss):
        return ""
    told = _short(_QUOTED.sub(r"“\1”", _COMPUTING.sub("(computing)", sense.gloss)), alone=alone)
    return "" if _goes_in_a_circle(told, sense, term) else told


def _goes_in_a_circle(told: str, sense: Sense, term: str) -> bool:
    """Whether only who knows the term understands how it is told: "in a polite manner", "refuse to accept"."""
    words = _WORD.findall(told.lower())
    own = [word for word in _WORD.findall(term.lower()) if len(word) >= _CONTENT_CHARS]
    many = " " in term and sense.part == "n"
    if len(words) < _FEWEST_WORDS or (not many and len(own) == 1 and own[0] in words):
        return True
    if len(words) > _FEW_WORDS:
        return False
    stems = {word[:_STEM_CHARS] for word in own}
    known = stems & {word[:_STEM_CHARS] for word in words}
    new = {word for word in words if len(word) >= _CONTENT_CHARS and word[:_STEM_CHARS] not in stems} - _EMPTY
    return bool(known) and (not new or (many and known == stems and len(own) > 1))


def _short(text: str, *, alone: bool) -> str:
    """Return the first parts of a gloss, as many as a card shows; only the first of each of two."""
    first, *others = (part.strip() for part in text.split(";"))
    most = _LONGEST_CHARS if alone else _LONGEST_OF_TWO_CHARS
    for other in others:
        if not alone or len(first) >= _ENOUGH_CHARS or len(first) + len(other) > _LONGEST_CHARS:
            break
        first = f"{first}; {other}"
    return first if len(first) <= most else first[:most].rsplit(" ", 1)[0].rstrip(" ,(") + "…"
