# ruff: noqa: RUF001 - typographic marks
"""How English is read out, for voices that read words only: hibari and piper.

Decisions that a listener may wonder about: `5/1/2024` is May first (month first); a number of four
figures from 1100 to 2099 is said like a year; an acronym stays in capitals, for voices know which are
words, but for the few that they get wrong; of a web address only what can be followed is read; emoji
as `emojis` says.
"""

import re
from typing import Final

from mediamill.media.voices.reading import common
from mediamill.media.voices.reading.english import abbreviations, calendar, codes, counts, measures, money, names, signs
from mediamill.media.voices.reading.rules import applied

_QUOTES: Final = str.maketrans("’‘ʼ‐‑\u00a0\u202f\u2009", "'''--   ")
_BLANKS: Final = re.compile(r"\s+")
_BLANK_BEFORE_A_STOP: Final = re.compile(r"\s+(?=[,;:!?…)\]](?!\w|:)|\.(?!\w))")
#: A figure, or a sign that is read like one: a fraction, or a raised figure.
_FIGURE: Final = re.compile(r"[\d⁰¹²³⁴-⁹ⁿ½⅓⅔¼¾⅐-⅞^]")

_WITH_FIGURES: Final = (
    *signs.BEFORE,
    *calendar.RULES,
    *codes.RULES,
    *counts.RANGES,
    *money.RULES,
    *measures.RULES,
    *signs.POWERS,
    *counts.RULES,
    *measures.PARTS,
    *codes.MODELS,
    *counts.PLAIN,
)


def spoken(text: str) -> str:
    """Return one sentence as a voice should read it out.

    text: as `normalise.plain` leaves it. No figure is left in the result, and to read a result again
    changes nothing. Never raises; takes time linear in the length of the text.
    """
    said = signs.figures(common.spoken(text.translate(_QUOTES), "en"))
    said = applied(names.ACRONYMS, said)
    said = applied(abbreviations.RULES, said)
    said = applied(calendar.SPANS, applied(names.ROMANS, said))
    if _FIGURE.search(said):
        said = applied(_WITH_FIGURES, said)
    said = applied(signs.AFTER, said)
    return _BLANK_BEFORE_A_STOP.sub("", _BLANKS.sub(" ", said)).strip()
