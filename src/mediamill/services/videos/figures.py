"""The numbers of a document, and which of a chart are none of them."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from mediamill.media.pictures.contents import charts

#: With the marks that languages put between figures. A longer one is no number that somebody draws.
_NUMBER: Final = re.compile(r"\d(?:[.,'’ \u00a0\u202f]?\d){0,30}")  # noqa: RUF001 - one of them is a quotation mark
_WORD: Final = re.compile(r"\d(?:[.,]?\d){0,30}")
#: Written as words in many a text: three of them, twelve months.
_SMALL: Final = 12
#: A rounded number has the first figures of the whole one, and as many as this at least.
_ROUNDED: Final = 2


def numbers_in(text: str) -> Sequence[str]:
    """Return the figures of a text's numbers, without their marks and the zeros at their ends, each once, sorted.

    So 1.234,5 and 1,234.5 are the same, and so are 1,200,000, 1.2 million and 1,2 triệu: what is meant by a mark or a
    word would have to be guessed, and for our question need not be known.
    """
    return sorted({_figures(found[0]) for pattern in (_NUMBER, _WORD) for found in pattern.finditer(text)})


def strange(chart: str, known: Sequence[str]) -> Iterator[str]:
    """Yield the numbers of a chart that a text does not have, as far as can be told from their figures."""
    for series in charts.parse(chart).series:
        for value in series.values:
            if value is None or (value == round(value) and abs(value) <= _SMALL):
                continue
            if not _is_known(_figures(f"{Decimal(repr(value)):f}"), known):
                yield f"{value:g}"


def _is_known(figures: str, known: Sequence[str]) -> bool:
    # What begins with some figures stands behind them in the order, without anything between.
    place = bisect_left(known, figures)
    found = known[place] if place < len(known) else ""
    return found == figures or (len(figures) >= _ROUNDED and found.startswith(figures))


def _figures(number: str) -> str:
    return str(int("".join(filter(str.isdecimal, number)))).rstrip("0")
