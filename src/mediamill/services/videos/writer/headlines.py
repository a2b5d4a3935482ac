"""Titles for what has none, found in its own sentences."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from mediamill.services.videos.writer.narrator import is_cryptic
from mediamill.services.videos.writer.pointers import leans_back
from mediamill.services.videos.writer.speech import Saying
from mediamill.services.videos.writer.titles import shortened
from mediamill.services.videos.writer.visuals.bullets import core
from mediamill.services.videos.writer.weights import HOLLOW, Weights, terms
from mediamill.services.videos.writer.wording import capital

_LONGEST: Final = 72
_SHORTEST: Final = 8
_FEWEST_WORDS: Final = 2
_LOOKED_AT: Final = 40
_LEADS: Final = 0.5
#: A title of several words says more than one of one.
_LONGEST_TERM_WORDS: Final = 3

#: "When it rains, the ..." : what comes behind the comma is the sentence.
_FRAME: Final = re.compile(
    r"(?:when|if|after|before|because|although|though|while|since|as|in|on|at|with|by|for|from|to|during|despite|under"
    r"|without|once|according|thanks|due|unlike|like|until|over"
    r"|khi|nếu|sau|trước|để|vì|do|tuy|mặc dù|dù|bởi|trong|ngoài|với|theo|từ|tại|ở|đến|cho|bằng|nhờ|qua|trên|dưới|hồi"
    r"|vào|ngày|năm|tháng|sáng|chiều|tối)\b[^,]{3,80},\s*(?P<rest>\S.*)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|[^\w\s]")  # noqa: RUF001 - an apostrophe
_STRANGE: Final = re.compile(r"[\"“”«»@]")


def headline(said: Sequence[Saying], weights: Weights, taken: Sequence[str] = ()) -> str:
    """Return a title: a short sentence or clause of what is said, else its weightiest term; "" without any.

    taken: titles that others have.
    """
    others = {title.casefold() for title in taken}
    found = [
        (weight, title) for weight, title in _clauses(said[:_LOOKED_AT], weights) if title.casefold() not in others
    ]
    if found:
        return max(found, key=lambda each: each[0])[1]
    if len(said) == 1 and len(said[0].text) <= _LONGEST and (whole := said[0].text.rstrip(". ")) not in taken:
        return whole
    names = [name for name in _names(said[:_LOOKED_AT], weights) if name.casefold() not in others]
    if names:
        return names[0]
    return next((short for each in said if (short := shortened(each.text.rstrip(". "), _LONGEST)) not in taken), "")


def _clauses(said: Sequence[Saying], weights: Weights) -> Iterator[tuple[float, str]]:
    for number, each in enumerate(said):
        framed = _FRAME.fullmatch(each.text)
        sentence = framed["rest"] if framed else each.text
        clause = core(sentence, _LONGEST)
        if each.points or leans_back(sentence) or not _may_be_title(clause):
            continue
        found = terms(clause)
        lead = _LEADS * (each.leads or each.opens) + _LEADS * (number == 0)
        yield weights.sum(found) / (len(found) + 2) * (1 + lead), capital(clause)


def _may_be_title(clause: str) -> bool:
    fits = _SHORTEST <= len(clause) <= _LONGEST and len(clause.split()) >= _FEWEST_WORDS
    return fits and not (clause.endswith("?") or _STRANGE.search(clause) or is_cryptic(clause))


def _names(said: Sequence[Saying], weights: Weights) -> list[str]:
    """Return what stands between the words that hold sentences together, the most frequent first."""
    names, often = dict[str, float](), Counter[str]()
    for each in said:
        for run in _runs(each.text):
            name = " ".join(run)
            if len(name) <= _LONGEST and (len(name) >= _SHORTEST or len(run) > 1):
                names[name] = weights.sum(terms(name)) / len(run)
                often[name] += 1
    return [capital(name) for name in sorted(names, key=lambda name: (-often[name], -names[name], name))]


def _runs(sentence: str) -> Iterator[list[str]]:
    run = list[str]()
    for word in [*_WORD.findall(sentence), "."]:
        if word.lower() in HOLLOW or not word[0].isalnum() or word.isdigit():
            if 0 < len(run) <= _LONGEST_TERM_WORDS:
                yield run
            run = []
        else:
            run.append(word)
