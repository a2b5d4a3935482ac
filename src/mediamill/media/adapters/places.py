"""Where in a TOML file a value stands, so that an error can name its line."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_KEY: Final = r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'"
_DOTTED: Final = rf"(?:{_KEY})(?:\s*\.\s*(?:{_KEY}))*"
_TABLE: Final = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_ASSIGNED: Final = re.compile(rf"\s*({_DOTTED})\s*=")
_LONG: Final = re.compile(r"'''|\"\"\"")

Place = tuple[str | int, ...]


def place_of(text: str, place: Sequence[str | int], words: str = "") -> int:
    """Return the line, from 1, of what a path of keys and list numbers leads to, or of what is nearest above it.

    words: of a value over several lines the line with these is meant.
    """
    lines = _lines(text)
    wanted = tuple(place)
    while wanted and wanted not in lines:
        wanted = wanted[:-1]
    first = lines.get(wanted, 1)
    below = text.splitlines()[first - 1 :] if words and place else ()
    return next((number for number, line in enumerate(below, first) if words in line), first)


def _lines(text: str) -> Mapping[Place, int]:
    """Return the line of each table and key. The text is known to be TOML."""
    lines: dict[Place, int] = {}
    numbers: Counter[Place] = Counter()
    table: Place = ()
    for number, line in _outside_long_strings(text):
        if found := _TABLE.match(line):
            table = _parts(found[2])
            if found[1] == "[[":
                table = (*table, numbers[table])
                numbers[table[:-1]] += 1
            lines.setdefault(table, number)
        elif found := _ASSIGNED.match(line):
            lines.setdefault((*table, *_parts(found[1])), number)
    return lines


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_KEY, dotted))


def _outside_long_strings(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that do not begin within a string of several lines."""
    within = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not within:
            yield number, line
        for mark in _LONG.findall(line):
            within = "" if within == mark else within or mark
