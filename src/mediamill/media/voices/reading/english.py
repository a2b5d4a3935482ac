# ruff: noqa: RUF001 - typographic marks
"""How English is read out, for voices that read words only: hibari and piper.

Decisions that a listener may wonder about: `5/1/2024` is May first (month first); a number of four
figures from 1100 to 2099 is said like a year; an acronym stays in capitals, for voices know which are
words, but for the few that they get wrong; of a web address only what can be followed is read; emoji
as `emojis` says.
"""

import re
from typing import Final

from mediamill.media.voices.reading import (
    common,
    english_abbreviations,
    english_calendar,
    english_codes,
    english_counts,
    english_measures,
    english_money,
    english_names,
    english_signs,
)
from mediamill.media.voices.reading.rules import applied

_QUOTES: Final = str.maketrans("’‘ʼ‐‑\u00a0\u202f\u2009", "'''--   ")
_BLANKS: Final = re.compile(r"\s+")
_BLANK_BEFORE_A_STOP: Final = re.compile(r"\s+(?=[,;:!?…)\]](?!\w|:)|\.(?!\w))")
#: A figure, or a sign that is read like one: a fraction, or a raised figure.
_FIGURE: Final = re.compile(r"[\d⁰¹²³⁴-⁹ⁿ½⅓⅔¼¾⅐-⅞^]")

_WITH_FIGURES: Final = (
    *english_signs.BEFORE,
    *english_calendar.RULES,
    *english_codes.RULES,
    *english_counts.RANGES,
    *english_money.RULES,
    *english_measures.RULES,
    *english_signs.POWERS,
    *english_counts.RULES,
    *english_measures.PARTS,
    *english_codes.MODELS,
    *english_counts.PLAIN,
)


def spoken(text: str) -> str:
    """Return one sentence as a voice should read it out.

    text: as `normalise.plain` leaves it. No figure is left in the result, and to read a result again
    changes nothing. Never raises; takes time linear in the length of the text.
    """
    said = english_signs.figures(common.spoken(text.translate(_QUOTES), "en"))
    said = applied(english_names.ACRONYMS, said)
    said = applied(english_abbreviations.RULES, said)
    said = applied(english_calendar.SPANS, applied(english_names.ROMANS, said))
    if _FIGURE.search(said):
        said = applied(_WITH_FIGURES, said)
    said = applied(english_signs.AFTER, said)
    return _BLANK_BEFORE_A_STOP.sub("", _BLANKS.sub(" ", said)).strip()
