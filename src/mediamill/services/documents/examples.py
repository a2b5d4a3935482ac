# ruff: noqa: RUF001 - typographic marks are meant
"""The sentence of the document that shows a term best, and the same with a gap for it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mediamill.services.documents.excerpts import CUT, excerpt
from mediamill.services.documents.term import Sentence, Term

#: Stands for the term, however long it is.
GAP: Final = "_____"
#: A sentence of so many words shows a term and is read at a glance.
_FEWEST_WORDS: Final = 8
_MOST_WORDS: Final = 24
_BEST_WORDS: Final = 14
#: What is wrong with a sentence costs as much as so many words too many.
_NO_BEGINNING: Final = 14.0
_NO_END: Final = 12.0
_ADDRESS: Final = 20.0
_NUMBERED: Final = 9.0
_SIGN: Final = 3.0
_ASIDE: Final = 4.0
_OPEN: Final = 10.0
_FIGURE: Final = 1.5
_LEANS: Final = 3.0
_SHOUTS: Final = 2.0
_UNSEEN: Final = 60.0
_CUT: Final = 8.0
#: Each card that has the sentence already.
_TAKEN: Final = 16.0
_TOLD: Final = 12.0

_BEGINS: Final = re.compile(r"[\"'“‘(]?[A-ZÀ-Ý]")
_ENDS: Final = re.compile(r"[.!?][\"'”’)]*\Z")
_ADDRESSES: Final = re.compile(r"https?:|www\.|\S@\S+\.\w|\w\.(?:com|org|net|io|html?|py|json|ya?ml|pdf)\b")
#: Numbers of figures, sections, pages and notes: they point out of the sentence, or were run into it.
_NUMBERS: Final = re.compile(
    r"\b(?:fig(?:ure|s)?|tables?|sections?|chapters?|pages?|pp?|eqs?|equations?|vol|appendix)\b\.? ?[\dIVX]+\b"
    r"|\b\d+(?:\.\d+)+\b|\[\d+(?:[,–-] ?\d+)*\]|(?<=[a-z][.,;!?])\d+\b|^\W*\d",
    re.IGNORECASE,
)
_SIGNS: Final = re.compile(r"[\\/_<>{}|=#*^~`$%&+•→·…]|::|->|--|\.{3}|\w\(\)")
_BRACKETS: Final = re.compile(r"[(\[]")
_DIGITS: Final = re.compile(r"\d+")
#: Not understood without the sentence before.
_LEANING: Final = re.compile(
    r"[\"“‘(]?(?:it|its|they|their|them|this|these|that|those|he|she|his|her|such|however|therefore|thus|hence|but|and"
    r"|or|so|also|then|here|again|moreover|furthermore|nevertheless|otherwise|instead|for example|in this case)\b",
    re.IGNORECASE,
)
_CAPITALS: Final = re.compile(r"\b[A-Z]{3,}\b")
_ARTICLE: Final = re.compile(rf"\b([Aa])n? (?=[\"“‘(]?{GAP})")


@dataclass(frozen=True)
class Example:
    """A sentence that a term stands in, or a part of a long one.

    cloze: the same with a gap for each time it does; "": it does not, as such.
    """

    sentence: Sentence
    cloze: str


def examples(terms: Sequence[Term], meanings: Sequence[str] = ()) -> list[Example]:
    """Return the best example of each term, in their order: no two have the same sentence where there are others.

    meanings: of each term, as the cards tell them; a sentence that says the same again is an example of last resort.
    """
    told = [meaning.lower() for meaning in meanings] or [""] * len(terms)
    taken = Counter[str]()
    found = dict[int, Example]()
    # Who has little choice comes first.
    for place in sorted(range(len(terms)), key=lambda each: (len(terms[each].sentences), each)):
        term = terms[place]
        pattern = standing(term.forms)
        shown_as = {each: excerpt(each.text, pattern) for each in term.sentences}
        costs = {
            each: _cost(shown, pattern)
            + _TAKEN * taken[each.text]
            + _TOLD * (bool(told[place]) and told[place] in each.text.lower())
            for each, shown in shown_as.items()
        }
        best = min(costs, key=lambda each: costs[each])
        taken[best.text] += 1
        shown = shown_as[best]
        found[place] = Example(best._replace(text=shown), gapped(shown, pattern))
    return [found[place] for place in range(len(terms))]


def standing(forms: Sequence[str]) -> re.Pattern[str]:
    """Return what finds any of the forms as whole words, in any case of letters and however they are spaced."""
    spaced = (r"\s+".join(map(re.escape, form.split())) for form in sorted(set(forms), key=len, reverse=True))
    return re.compile(rf"(?<![\w./-])(?:{'|'.join(spaced)})(?![\w/-]|\.\w)", re.IGNORECASE)


def gapped(text: str, pattern: re.Pattern[str]) -> str:
    """Return a text with a gap for each match, "" when there is none; `a` or `an` before it does not tell which."""
    filled, gaps = pattern.subn(GAP, text)
    return _ARTICLE.sub(r"\1(n) ", filled) if gaps else ""


def _cost(text: str, pattern: re.Pattern[str]) -> float:
    """Return how badly a sentence shows what the pattern finds; 0 at the best."""
    words = len(text.split())
    seen = len(pattern.findall(text))
    return (
        _length_cost(words)
        + _NO_BEGINNING * (not _BEGINS.match(text) and not text.startswith(CUT))
        + _NO_END * (not _ENDS.search(text) and not text.endswith(CUT))
        + _CUT * text.count(CUT)
        + _ADDRESS * len(_ADDRESSES.findall(text))
        + _NUMBERED * len(_NUMBERS.findall(text))
        + _SIGN * len(_SIGNS.findall(text))
        + _ASIDE * len(_BRACKETS.findall(text))
        + _OPEN * _unbalanced(text)
        + _FIGURE * len(_DIGITS.findall(text))
        + _LEANS * bool(_LEANING.match(text))
        + _SHOUTS * len(_CAPITALS.findall(text))
        + (_UNSEEN if seen == 0 else _LEANS * (seen - 1))
    )


def _length_cost(words: int) -> float:
    if words < _FEWEST_WORDS:
        return 3.0 * (_FEWEST_WORDS - words) + 1.0
    far = max(0, words - _MOST_WORDS)
    return abs(words - _BEST_WORDS) * 0.2 + far * 0.8


def _unbalanced(text: str) -> bool:
    """Whether something is opened that is not closed, or the other way round."""
    pairs = (("(", ")"), ("[", "]"), ("“", "”"))
    return any(text.count(left) != text.count(right) for left, right in pairs) or text.count('"') % 2 == 1
