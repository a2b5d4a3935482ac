"""Tables of words, row by row."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from mediamill.media.pictures.contents.numbers import figures
from mediamill.services.videos.writer.blocks import BOLD_LEVEL, Block, Entry, Heading, Listing, Prose, Table, Words
from mediamill.services.videos.writer.visuals import charts


def told(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with lists in the place of the tables of words that stand without other words.

    Those beside words are there to be looked at; these are what a page, or what is under one heading, has to say.
    """
    found = list[Block]()
    for headed, section in groupby(blocks, lambda block: isinstance(block, Heading)):
        kept = list(section)
        if headed or any(isinstance(block, Prose | Listing) for block in kept):
            found += kept
        else:
            found += _told(kept, named=bool(found))
    return found


def _told(blocks: Sequence[Block], *, named: bool) -> Iterator[Block]:
    """Yield the blocks, tables of words as lists. named: there is a heading above; else their columns are called."""
    for block in blocks:
        if not isinstance(block, Table) or charts.is_chart(block):
            yield block
            continue
        title = ", ".join(filter(None, block.head))
        if title and not named:
            yield Heading(Words(title, title), BOLD_LEVEL)
        if entries := [Entry(Words(text, text)) for row in block.rows if (text := _row(row, block))]:
            yield Listing(tuple(entries))


def _row(row: Sequence[str], table: Table) -> str:
    """Return a row as an entry: its name, and what stands beside it; a number by the name of its column."""
    labelled = charts.label_column(table)
    cells = [
        f"{name} {cell}".strip() if figures(cell) else cell
        for place, (name, cell) in enumerate(zip(table.head, row, strict=True))
        if cell and (place >= labelled)
    ]
    return f"{cells[0].rstrip(':')}: {', '.join(cells[1:])}" if len(cells) > 1 else "".join(cells)
