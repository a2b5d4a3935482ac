"""A long text on two worker processes and on one."""

import time
from collections.abc import Mapping
from statistics import median

from bench.machine import ratio, table
from bench.speech.mill import Mill, mill, warm
from bench.speech.scale import Scale
from bench.speech.texts import book

_WORDS_OF_A_SENTENCE = 13
#: A pair takes a minute.
_PAIRS = 3


def measure(scale: Scale) -> str:
    """Return the table."""
    words = scale.page * _WORDS_OF_A_SENTENCE
    with mill({"cpu": 2}) as two, mill({"cpu": 1}) as one:
        warm(two, 2)
        warm(one, 1)
        pairs = [_pair(two, one, number * scale.page, words) for number in range(min(_PAIRS, scale.pairs))]
    both, single = (median(pair[side] for pair in pairs) for side in (0, 1))
    return table(
        f"A text of {words:,} words in chapters, from submit to SUCCESS ({len(pairs)} interleaved pairs)",
        [
            ["", "two `cpu` slots s", "one slot s", "times as fast", "target"],
            ["hibari, MP3", f"{both:.1f}", f"{single:.1f}", f"{1 / ratio(pairs):.2f}", ">= 1.7"],
        ],
    )


def _pair(two: Mill, one: Mill, first: int, words: int) -> tuple[float, float]:
    text = book(first, words)
    return seconds_of(two, text), seconds_of(one, text)


def seconds_of(ours: Mill, text: str, params: Mapping[str, object] | None = None, *, force: bool = False) -> float:
    """Return how long a text takes from its submit to SUCCESS, s."""
    began = time.perf_counter()
    ours.say(text, params or {}, force=force)
    return time.perf_counter() - began
