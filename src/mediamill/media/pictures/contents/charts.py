"""Read charts: what kind on the first line, then a table (CSV, TSV, semicolons or Markdown)."""

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mediamill.core.errors import InvalidInput
from mediamill.media.pictures.contents.numbers import LARGEST, SMALLEST, Figures, Unit, decimal_mark, empty, figures
from mediamill.media.pictures.contents.plain import plain, shown, unfenced

MOST_ROWS: Final = 60
MOST_SERIES: Final = 6
LONGEST_LABEL: Final = 120
MOST_CHARS: Final = 20_000
_YEARS: Final = (1000, 2999)


class Shape(StrEnum):
    """What the numbers become."""

    BAR = "bar"
    LINE = "line"
    PIE = "pie"
    DONUT = "donut"


_SHAPES: Final = {
    **{shape.value: shape for shape in Shape},
    **dict.fromkeys(("bars", "column", "columns", "barh", "histogram"), Shape.BAR),
    **dict.fromkeys(("lines", "area"), Shape.LINE),
    "doughnut": Shape.DONUT,
}
_FIRST_LINE: Final = re.compile(r"\s*(?P<shape>[A-Za-z]+)(?:[\s-]+chart)?\s*(?::\s*(?P<caption>.*))?", re.IGNORECASE)
_RULE: Final = re.compile(r"[\s|:+-]*-[\s|:+-]*")


@dataclass(frozen=True)
class Series:
    """One column of numbers; None where its cell is empty."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """A table of numbers. caption: the unit or a title, as it was written; heading: of the labels' column."""

    shape: Shape
    caption: str
    heading: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Unit


def parse(text: str, language: str = "en") -> Chart:
    """Read a chart. language: decides 1.234 where nothing in the table does.

    Raises InvalidInput that shows the first cell that is no number, or says what is too much.
    """
    source = plain(text)
    if len(source) > MOST_CHARS:
        raise InvalidInput(f"the chart has {len(source)} characters; {MOST_CHARS} are the limit")
    lines = [line for line in unfenced(source.split("\n")) if line.strip()]
    if not lines:
        raise InvalidInput("the chart is empty: write bar, line or pie on the first line, then a table")
    shape, caption = _kind(lines[0])
    heading, *rows = _with_heading(_table(lines[1:]))
    _check_size(heading, rows)
    numbers = _numbers(heading, rows)
    unit = _unit(numbers, heading)
    mark = decimal_mark((number for row in numbers for number in row if number is not None), language)
    series = tuple(
        Series(
            heading[column + 1],
            tuple(
                _value(row[column], mark, number, heading[column + 1]) for number, row in enumerate(numbers, start=2)
            ),
        )
        for column in range(len(heading) - 1)
    )
    chart = Chart(shape, caption, heading[0], tuple(row[0] for row in rows), series, unit)
    _check_values(chart)
    return chart


def _kind(line: str) -> tuple[Shape, str]:
    found = _FIRST_LINE.fullmatch(line.strip().strip("*#` "))
    shape = _SHAPES.get(found["shape"].lower()) if found else None
    if found is None or shape is None:
        raise InvalidInput(f"a chart begins with a line that says bar, line or pie, not {shown(line)}")
    return shape, (found["caption"] or "").strip()


# ---- the table


def _table(lines: list[str]) -> list[list[str]]:
    """Return the cells, blanks around them and marks of Markdown inside them taken away."""
    if not lines:
        raise InvalidInput("the chart has no table: write a row of names, then rows of a label and numbers")
    if sum("|" in line for line in lines) == len(lines):
        rows = [_markdown_cells(line) for line in lines if not _RULE.fullmatch(line)]
    else:
        delimiter = _delimiter(lines)
        try:
            rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
        except csv.Error as wrong:
            raise InvalidInput(f"the table cannot be read: {wrong}") from None
    cells = [[_undressed(cell) for cell in row] for row in rows]
    return [row for row in cells if any(row)]


def _markdown_cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith(r"\|") else inner
    return [cell.replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", inner)]


def _delimiter(lines: list[str]) -> str:
    """Return what parts the cells: of tabs, semicolons and commas the first that every line has."""
    for delimiter in ("\t", ";", ","):
        if all(delimiter in line for line in lines):
            return delimiter
    for delimiter in ("\t", ";"):
        if delimiter in lines[0]:
            return delimiter
    return ","


def _undressed(cell: str) -> str:
    return re.sub(r"\*\*|__|`", "", " ".join(cell.split()))


def _with_heading(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with one of names first: it is made where two columns begin with a number at once."""
    if not rows:
        raise InvalidInput("the chart has no table: write a row of names, then rows of a label and numbers")
    first = rows[0]
    if len(first) == 2 and (number := figures(first[1])) is not None:  # noqa: PLR2004 - a label and a number
        year = re.fullmatch(r"\d{4}", first[1]) and _YEARS[0] <= int(number.text) <= _YEARS[1]
        if not year:
            return [["", ""], *rows]
    return rows


def _check_size(heading: list[str], rows: list[list[str]]) -> None:
    if len(heading) < 2:  # noqa: PLR2004 - labels and numbers
        raise InvalidInput(f"the table has one column ({shown(heading[0])}): a chart wants labels, then numbers")
    if not rows:
        raise InvalidInput("the table has no row of numbers below its names")
    if len(heading) - 1 > MOST_SERIES:
        raise InvalidInput(f"the table has {len(heading) - 1} columns of numbers; {MOST_SERIES} are the limit")
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"the table has {len(rows)} rows; {MOST_ROWS} are the limit")
    for number, row in enumerate(rows, start=2):
        if len(row) > len(heading) and any(row[len(heading) :]):
            raise InvalidInput(
                f"row {number} of the table has {len(row)} cells and its heading {len(heading)}: put quotation marks "
                f"around a cell with a comma in it"
            )
        if len(row[0]) > LONGEST_LABEL:
            raise InvalidInput(f"the label {shown(row[0])} has {len(row[0])} characters; {LONGEST_LABEL} are the limit")
    for name in heading:
        if len(name) > LONGEST_LABEL:
            raise InvalidInput(f"the name {shown(name)} has {len(name)} characters; {LONGEST_LABEL} are the limit")


# ---- numbers


def _numbers(heading: list[str], rows: list[list[str]]) -> list[list[Figures | None]]:
    """Return the cells beside the labels, read; None for an empty one."""
    found: list[list[Figures | None]] = []
    for number, row in enumerate(rows, start=2):
        cells = [*row[1 : len(heading)], *[""] * (len(heading) - len(row))]
        found.append([_cell(cell, number, name) for cell, name in zip(cells, heading[1:], strict=True)])
    if not any(cell is not None for row in found for cell in row):
        raise InvalidInput("the chart has no numbers: all cells beside the labels are empty")
    return found


def _cell(cell: str, row: int, name: str) -> Figures | None:
    if empty(cell):
        return None
    read = figures(cell)
    if read is None:
        raise InvalidInput(f"{shown(cell)} in row {row}, column {shown(name)}, is no number")
    return read


def _value(number: Figures | None, mark: str, row: int, name: str) -> float | None:
    if number is None:
        return None
    try:
        value = number.value("," if mark == "," else ".")
    except ValueError:
        raise InvalidInput(
            f"{shown(number.text)} in row {row}, column {shown(name)}, is no number that can be drawn: up to "
            f"{LARGEST:g}, its decimal mark like the others'"
        ) from None
    return value if abs(value) >= SMALLEST else 0.0


def _unit(numbers: list[list[Figures | None]], heading: list[str]) -> Unit:
    """Return what all numbers count. Raises InvalidInput for two units: a chart has one axis."""
    units: dict[Unit, tuple[int, str]] = {}
    for number, row in enumerate(numbers, start=2):
        for cell, name in zip(row, heading[1:], strict=True):
            if cell is not None and cell.unit != Unit():
                units.setdefault(cell.unit, (number, name))
    if len(units) > 1:
        (one, _), (other, (row_, name)) = list(units.items())[:2]
        raise InvalidInput(
            f"the numbers have two units, {shown(str(one))} and {shown(str(other))} (row {row_}, column "
            f"{shown(name)}); a chart has one axis"
        )
    return next(iter(units), Unit())


def _check_values(chart: Chart) -> None:
    if chart.shape not in (Shape.PIE, Shape.DONUT):
        return
    if len(chart.series) > 1:
        raise InvalidInput(f"a pie shows one column of numbers; the table has {len(chart.series)}: make it bar")
    for label, value in zip(chart.labels, chart.series[0].values, strict=True):
        if value is not None and value < 0:
            raise InvalidInput(f"a pie cannot show {value:g} ({shown(label)}), which is below 0: make it bar")
    if not any(chart.series[0].values):
        raise InvalidInput("all numbers of the pie are 0: there is nothing to share out")
