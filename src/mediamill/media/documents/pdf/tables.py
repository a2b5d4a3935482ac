"""Tables without lines around them: rows whose cells stand one below another."""

from collections.abc import Iterator, Sequence
from typing import Final

from mediamill.media.documents.blocks import Table
from mediamill.media.documents.pdf.chunks import mark_of
from mediamill.media.documents.pdf.lines import Cell, Line
from mediamill.media.documents.pdf.measures import Measures

_LEAST_ROWS: Final = 3
_LEAST_ROWS_OF_WIDE: Final = 2
_WIDE_COLUMNS: Final = 3
_MOST_COLUMNS: Final = 12
_MOST_ROWS: Final = 200
#: Of its places, so many have a cell.
_FILLED: Final = 0.7
_LONGEST_CELL_CHARS: Final = 120
#: The next row is no further below than so many usual distances of lines.
_CLOSE: Final = 2.5
_SAME_SIZE: Final = 0.15
#: A row that only goes on with the cells above it is close to them.
_GOES_ON: Final = 1.15


def parted(lines: Sequence[Line], measures: Measures) -> Iterator[Table | list[Line]]:
    """Yield the tables among some lines, and the lines before, between and behind them."""
    plain: list[Line] = []
    index = 0
    while index < len(lines):
        run = _run(lines, index, measures)
        table = _table(run, measures)
        if table is None:
            # What begins a row that is none may still be a line above a table.
            plain.append(lines[index])
            index += 1
            continue
        if plain:
            yield plain
            plain = []
        yield table
        index += len(run)
    if plain:
        yield plain


def _run(lines: Sequence[Line], begin: int, measures: Measures) -> list[Line]:
    """Return the lines from there on that may be rows of one table."""
    run: list[Line] = []
    for line in lines[begin : begin + _MOST_ROWS]:
        if not _may_be_row(line, run, measures):
            break
        run.append(line)
    return run


def _may_be_row(line: Line, run: Sequence[Line], measures: Measures) -> bool:
    if line.mono and not measures.mono:
        return False
    if not run:
        return len(line.cells) > 1 and mark_of(line) is None
    above = run[-1]
    if above.column != line.column or abs(above.size - line.size) > _SAME_SIZE * above.size:
        return False
    gap = (above.y - line.y) / (line.size * measures.leading)
    if len(line.cells) > 1:
        return 0 < gap <= _CLOSE and mark_of(line) is None
    # One cell alone goes on with the one above it, and never in the first column.
    return 0 < gap <= _GOES_ON and line.x0 > run[0].cells[0].x1


def _table(run: Sequence[Line], measures: Measures) -> Table | None:
    if len(run) < _LEAST_ROWS_OF_WIDE:
        return None
    columns = _columns(run)
    least = _LEAST_ROWS_OF_WIDE if len(columns) >= _WIDE_COLUMNS else _LEAST_ROWS
    if not 1 < len(columns) <= _MOST_COLUMNS:
        return None
    rows: list[list[str]] = []
    above: Line | None = None
    for line in run:
        row = _placed(line.cells, columns)
        if row is None:
            return None
        if above is not None and _continues(row, above, line, measures):
            rows[-1] = [f"{one} {more}".strip() for one, more in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
        above = line
    if len(rows) < least or not _looks_like_one(rows):
        return None
    return Table(tuple(tuple(row) for row in rows))


def _columns(run: Sequence[Line]) -> list[tuple[float, float]]:
    """Return the places that cells share; what overlaps is one."""
    places = sorted((cell.x0, cell.x1) for line in run for cell in line.cells)
    columns = [places[0]]
    for x0, x1 in places[1:]:
        last0, last1 = columns[-1]
        if x0 < last1:
            columns[-1] = (last0, max(last1, x1))
        else:
            columns.append((x0, x1))
    return columns


def _placed(cells: Sequence[Cell], columns: Sequence[tuple[float, float]]) -> list[str] | None:
    """Return the text of each column, or None when two cells are in one."""
    row = [""] * len(columns)
    for cell in cells:
        place = next(place for place, (x0, x1) in enumerate(columns) if x0 <= cell.x0 and cell.x1 <= x1)
        if row[place]:
            return None
        row[place] = " ".join(cell.text.split())
    return row


def _continues(row: Sequence[str], above: Line, line: Line, measures: Measures) -> bool:
    close = (above.y - line.y) / (line.size * measures.leading) <= _GOES_ON
    return close and not row[0] and sum(map(bool, row)) < len(row)


def _looks_like_one(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    filled = [cell for cell in cells if cell]
    return len(filled) >= _FILLED * len(cells) and max(map(len, filled)) <= _LONGEST_CELL_CHARS
