"""Which sentences of an act are said: the ones that matter, in their order, as many as a scene takes."""

import itertools
import re
from collections.abc import Sequence
from typing import Final

from mediamill.services.videos.writer.pointers import leans_back
from mediamill.services.videos.writer.speech import Saying
from mediamill.services.videos.writer.weights import Weights, shared, terms
from mediamill.services.videos.writer.wording import joined

#: Of a narration, characters: about 40 s are the most that one picture bears.
LONGEST: Final = 600
#: With so much said, it is enough; with less than SHORT, what is on the slide is said too.
_ENOUGH: Final = 430
_SHORT: Final = 250
#: Of a list, what shares more of its words with what was said is not said again.
_SAID_ALREADY: Final = 0.6

#: What a sentence is worth beside its words, which come to 1 for the best of an act.
_OPENS, _LEADS, _EARLY, _CLOSES, _OF_TITLE = 0.6, 0.25, 0.4, 0.7, 0.3
_POINTS, _RAMBLES, _FRAGMENT, _CRYPTIC = -1.5, -0.5, -0.4, -0.6
_RAMBLING_CHARS: Final = 280
_FRAGMENT_CHARS: Final = 28
_CRYPTIC_SHARE: Final = 0.25
_CODE_SHARE: Final = 0.15
#: read_file, a.b, x/y, HTTP_PORT, --flag; not 1.5, and/or or U.S.
_CODE_WORD: Final = re.compile(r"\w*[a-zA-Z]{2}(?:[_./:=]+\w*[a-zA-Z]\w+)+|\b[A-Z]+_[A-Z_]+\b|(?<!\w)--?\w[\w-]*")
#: Long sentences have more words that weigh; this share of their length evens it out.
_EVEN_TERMS: Final = 6
_EVENNESS: Final = 0.7
#: Sentences that may have to come with one that leans on them.
_LONGEST_CHAIN: Final = 3


def chosen(said: Sequence[Saying], weights: Weights, title: str, *, closes: bool = False) -> list[Saying]:
    """Return what is said of an act, LONGEST characters at most. closes: its last sentence is the page's last."""
    said = list({each.text: each for each in reversed(said)}.values())[::-1]
    prose = [each for each in said if not each.listed and not each.points]
    prose = prose or [each for each in said if not each.listed]
    picked = prose if _length(prose) <= LONGEST else _picked(prose, weights, title, closes=closes)
    for _, listing in itertools.groupby((each for each in said if each.listed), key=lambda each: each.place):
        picked = [*picked, *_told_too(list(listing), picked)]
    if not picked and said:
        picked = [min(said, key=lambda each: len(each.text))]
    order = {id(each): number for number, each in enumerate(said)}
    return sorted(picked, key=lambda each: order[id(each)])


def narration(picked: Sequence[Saying]) -> str:
    """Return what is said, in one text."""
    return joined([each.text for each in picked])


def _told_too(listing: Sequence[Saying], picked: Sequence[Saying]) -> Sequence[Saying]:
    """Return a list that is told as well, all of it, because little else is, and that little is not the same."""
    told = [each.text for each in picked]
    if told and (_length(picked) >= _SHORT or _length([*picked, *listing]) > LONGEST):
        return ()
    repeated = sum(shared(each.text, told) for each in listing) / len(listing)
    if told and repeated >= _SAID_ALREADY:
        return ()
    return [each for number, each in enumerate(listing) if _length(listing[: number + 1]) <= LONGEST]


def _picked(said: Sequence[Saying], weights: Weights, title: str, *, closes: bool) -> list[Saying]:
    worth = _worth(said, weights, title, closes=closes)
    taken = set[int]()
    length = 0
    for number in sorted(range(len(said)), key=lambda number: -worth[number]):
        if length >= _ENOUGH:
            break
        chain = _chain(said, number, taken)
        answer = number + 1
        if chain and said[number].text.endswith("?") and answer < len(said) and answer not in taken:
            chain.append(answer)
        more = sum(len(said[each].text) + 1 for each in chain)
        if chain and length + more <= LONGEST:
            taken.update(chain)
            length += more
    return [said[number] for number in sorted(taken)]


def _chain(said: Sequence[Saying], number: int, taken: set[int]) -> list[int]:
    """Return a sentence with those before it that it leans on; [] when there would be too many."""
    chain = list[int]()
    while number not in taken:
        chain.append(number)
        alone = not leans_back(said[number].text) or said[number].opens
        if alone:
            break
        if number == 0 or len(chain) == _LONGEST_CHAIN:
            return []
        number -= 1
    return chain


def _worth(said: Sequence[Saying], weights: Weights, title: str, *, closes: bool) -> list[float]:
    found = [terms(each.text) for each in said]
    sums = [weights.sum(each) / (len(each) + _EVEN_TERMS) ** _EVENNESS for each in found]
    best = max(sums, default=0.0) or 1.0
    of_title = set(terms(title))
    worth = [total / best for total in sums]
    for number, each in enumerate(said):
        worth[number] += _OPENS * each.opens + _LEADS * each.leads + _POINTS * each.points + _EARLY / (number + 1)
        worth[number] += _OF_TITLE * bool(of_title.intersection(found[number]))
        worth[number] += _RAMBLES * (len(each.text) > _RAMBLING_CHARS) + _FRAGMENT * (len(each.text) < _FRAGMENT_CHARS)
        worth[number] += _CRYPTIC * is_cryptic(each.text)
    if worth and closes:
        worth[-1] += _CLOSES
    return worth


def is_cryptic(text: str) -> bool:
    """Whether so much of a sentence is figures, names of files and the like that it is hard to listen to."""
    letters = sum(map(str.isalpha, text)) + text.count(" ")
    names = len(_CODE_WORD.findall(text))
    return letters < len(text) * (1 - _CRYPTIC_SHARE) or names > text.count(" ") * _CODE_SHARE


def _length(said: Sequence[Saying]) -> int:
    return sum(len(each.text) + 1 for each in said)
