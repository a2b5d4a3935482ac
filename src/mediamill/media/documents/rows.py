"""What the processes that read leave for us: files of rows, one of JSON a line."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

MOST_PAGES: Final = 5_000
#: Of a page; one of a newspaper has some 20,000.
MOST_CHARS: Final = 200_000
#: Where a line's end cut a word, and whoever read the page has joined its parts.
CUT: Final = "\u00ad"


class Row(NamedTuple):
    """A line of a page, in points: from x0 to x1, y its base line above the page's lower edge.

    size: of its letters; bold: all of it is. tail: of its last letters, where a word was cut by the line's end and
    pdfium has joined it to the next: the base line of these.
    """

    text: str
    size: float
    bold: bool
    x0: float
    x1: float
    y: float
    tail: float


class Sheet(NamedTuple):
    """A page, from 1. height: points. scan: it has pictures or signs nobody knows, and no text that can be read.

    broken: it cannot be opened.
    """

    number: int
    height: float
    rows: Sequence[Row]
    scan: bool = False
    broken: bool = False


def write_sheets(sheets: Iterable[Sheet], to: Path) -> None:
    """Write pages, one a line."""
    with to.open("w", encoding="utf-8") as file:
        for sheet in sheets:
            file.write(json.dumps(sheet, ensure_ascii=False, separators=(",", ":")))
            file.write("\n")


def sheets_in(path: Path) -> Iterator[Sheet]:
    """Yield the pages of a file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            number, height, rows, scan, broken = json.loads(line)
            yield Sheet(number, height, [Row(*row) for row in rows], scan, broken)
