"""How much the words of a page say about it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, log1p
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")  # noqa: RUF001 - an apostrophe
_CJK: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
#: Words that hold sentences together.
HOLLOW: Final = _words(
    "a an the and or but nor so yet of in on at to for from with by as into onto over under between among about"
    " is are was were be been being am do does did done has have had having will would shall should can could may"
    " might must not no nor this that these those it its it's they them their theirs he him his she her hers we us"
    " our you your i me my who whom whose which what when where why how there here then than too very more most"
    " much many some any all each every both few other another such only own same just also even still already"
    " again once if because while although though until unless since before after during through without within"
    " upon toward towards across along around behind beyond beside besides beneath below above near against among"
    " throughout despite except"
    " one two let get gets got make makes made use used using like up down out off per via etc vs say says said"
    " và hoặc nhưng mà thì là của cho với từ đến tới trong ngoài trên dưới ở tại vào ra lên xuống về theo bằng để"
    " vì do bởi nên nếu khi lúc sau trước đã đang sẽ vẫn còn cũng đều chỉ rất quá lắm hơn nhất không chưa chẳng đừng"
    " hãy được bị có phải cần muốn biết này kia đó đây ấy nọ thế vậy như nào gì ai sao đâu bao nhiêu các những mọi"
    " mỗi một hai ba vài nhiều ít cả tất nó họ chúng ta tôi bạn anh chị em ông bà mình chiếc sự"
    " rằng rồi lại nữa ngay thêm nhau cùng giữa qua sang tuy dù mặc lần thứ"
)


@dataclass(frozen=True)
class Weights:
    """Of the terms of a page: more for one that is often in it, less for one that is in every sentence."""

    of_terms: Mapping[str, float]

    @classmethod
    def of(cls, sentences: Iterable[str]) -> "Weights":
        """Weigh the terms of a page's sentences."""
        often, within, count = Counter[str](), Counter[str](), 0
        for sentence in sentences:
            found = terms(sentence)
            often.update(found)
            within.update(set(found))
            count += 1
        return cls({term: log1p(often[term]) * log((count + 1) / (within[term] + 0.5)) for term in often})

    def sum(self, found: Iterable[str]) -> float:
        """Return what distinct terms weigh together."""
        return sum(self.of_terms.get(term, 0.0) for term in set(found))


@lru_cache(maxsize=16_384)
def terms(text: str) -> tuple[str, ...]:
    """Return the words of a text that say something, lowercase, and each two of them that stand together."""
    found = list[str]()
    before = ""
    for match in _WORD.finditer(text.lower()):
        word = match.group(0)
        if _CJK.match(word):
            found += (word[place : place + 2] for place in range(max(1, len(word) - 1)))
            continue
        if word in HOLLOW:
            before = ""
            continue
        found.append(word)
        if before:
            found.append(f"{before} {word}")
        before = word
    return tuple(found)


def shared(text: str, others: Sequence[str]) -> float:
    """Return how much of a text is in the others already, 0..1 of its terms."""
    found = {term for term in terms(text) if " " not in term}
    known = {term for other in others for term in terms(other)}
    return len(found & known) / len(found) if found else 1.0
