"""At which level learners meet a word as which part of speech, as cefrpy has it (MIT; from Words-CEFR-Dataset)."""

import functools
from collections.abc import Callable, Mapping
from typing import Final

_CACHED: Final = 32_768


@functools.lru_cache(_CACHED)
def grades(word: str) -> Mapping[str, float]:
    """Return the level, 1 (A1) to 6 (C2), of a word in small letters for each of its tags, as Penn's treebank has them.

    172,000 words have some, as they are written: "run" as NN, VB and JJ, "runs" as NNS and VB. About 15 us each.
    """
    try:
        return _library()(word)
    except (IndexError, ValueError):  # its search runs off the end for words that it does not have, such as "zzz"
        return {}


@functools.cache
def _library() -> Callable[[str], Mapping[str, float]]:
    import cefrpy  # type: ignore[import-untyped]  # noqa: PLC0415 - reads its file, 2.5 MB

    told: Callable[..., Mapping[str, float]] = cefrpy.CEFRAnalyzer().get_pos_level_dict_for_word
    return functools.partial(told, pos_tag_as_string=True, word_level_as_float=True)
