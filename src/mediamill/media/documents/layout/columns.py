"""Columns of text that a file has line by line across the page, and a reader one after the other."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from mediamill.media.documents.rows import Row

_LEAST_PAIRS: Final = 8
#: Of all pairs, those whose right sides begin at the same place.
_ALIKE: Final = 0.6
#: Points.
_SAME_PLACE: Final = 4.0
_SAME_LINE: Final = 3.0
#: Where shorter ones are side by side, they are cells of a table.
_SHORTEST_CHARS: Final = 22


def in_order(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the lines of a page as they are read: two columns, between the first pair of lines and the last, apart."""
    pairs = [
        place
        for place in range(len(rows) - 1)
        if abs(rows[place].y - rows[place + 1].y) < _SAME_LINE and rows[place + 1].x0 > rows[place].x1
    ]
    if len(pairs) < _LEAST_PAIRS:
        return rows
    places = Counter(round(rows[place + 1].x0 / _SAME_PLACE) for place in pairs)
    common, count = places.most_common(1)[0]
    if (
        count < _ALIKE * len(pairs)
        or median(min(len(rows[place].text), len(rows[place + 1].text)) for place in pairs) < _SHORTEST_CHARS
    ):
        return rows
    first, last = pairs[0], pairs[-1] + 2
    gutter = (common - 1) * _SAME_PLACE
    band = rows[first:last]
    left, right = [row for row in band if row.x0 < gutter], [row for row in band if row.x0 >= gutter]
    return [*rows[:first], *left, *right, *rows[last:]]
