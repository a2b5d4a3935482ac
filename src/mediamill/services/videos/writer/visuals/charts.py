"""Tables of numbers as charts, and what can be said of one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mediamill.media.pictures.contents.numbers import Figures, decimal_mark, empty, figures
from mediamill.services.videos.writer.blocks import Table
from mediamill.services.videos.writer.phrases import Phrases
from mediamill.services.videos.writer.titles import shortened

_FEWEST_ROWS: Final = 2
_MOST_BARS: Final = 16
_MOST_POINTS: Final = 60
_FEWEST_POINTS: Final = 5
_MOST_SERIES: Final = 4
_MOST_SLICES: Final = 8
_LONGEST_NAME: Final = 60
#: Columns that differ more in size than this do not fit on one axis.
_LARGEST_RATIO: Final = 50
_WHOLE: Final = (98.0, 102.0)
_FILLED_SHARE: Final = 0.7

_SERIAL: Final = re.compile(r"(?:#|no\.?|nr\.?|id|rank|stt|số thứ tự|thứ tự|hạng)", re.IGNORECASE)
_TOTAL: Final = re.compile(
    r"(?:(?:grand |sub-?)?totals?|sum|all|tổng(?: cộng| số)?|cộng|tất cả)\b.{0,20}", re.IGNORECASE
)
_PERCENT: Final = re.compile(r"%|percent|share|tỷ lệ|tỉ lệ|phần trăm|tỷ trọng|tỉ trọng|cơ cấu", re.IGNORECASE)
_COUNTED: Final = re.compile(r"(?P<before>\D*?)(?P<number>\d+(?:[-/.,]\d{1,4}){0,2})(?P<after>\D*)")
_DECIMAL: Final = re.compile(r"\d+(?:[.,]\d+)?")
_UNIT: Final = re.compile(r"(?P<name>[^()]+?)\s*\((?P<unit>[^()\d]{1,20})\)")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_VIETNAMESE_DAYS: Final = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
_YEARS: Final = range(1000, 2999)


@dataclass(frozen=True)
class Chart:
    """shape: bar, line or pie. labels: of the rows; names: of the columns; cells: as they were written, by column."""

    shape: str
    heading: str
    labels: tuple[str, ...]
    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    values: tuple[tuple[float | None, ...], ...]

    @property
    def measures(self) -> list[str]:
        """What the columns measure, without their units."""
        return [_measured(self, column)[0] for column in range(len(self.names))]

    @property
    def content(self) -> str:
        """The chart in the form that is drawn."""
        caption, names = self._caption_and_names
        rows = zip(self.labels, *self.cells, strict=True)
        lines = [_row((self.heading, *names)), _row(["---"] * (len(self.names) + 1)), *map(_row, rows)]
        return "\n".join([f"{self.shape}: {caption}" if caption else self.shape, *lines])

    @property
    def _caption_and_names(self) -> tuple[str, Sequence[str]]:
        """The name of the one column; of several, the unit that all have behind their names, and the names without."""
        if len(self.names) == 1:
            return self.names[0], self.names
        found = [each for name in self.names if (each := _UNIT.fullmatch(name))]
        units = {each["unit"] for each in found}
        if len(found) < len(self.names) or len(units) > 1:
            return "", self.names
        return units.pop(), [each["name"] for each in found]


def chart_of(table: Table, language: str) -> Chart | None:
    """Return the chart of a table; None for one that is not mainly numbers. language: of its decimal marks."""
    labelled = label_column(table)
    rows = [row for row in table.rows if row[labelled] and not _TOTAL.fullmatch(row[labelled])]
    columns = {
        place: column
        for place in range(len(table.head))
        # What only counts the rows, before their names, is nothing to draw.
        if (place or not labelled) and place != labelled and (column := _numbers([row[place] for row in rows]))
    }
    if len(rows) < _FEWEST_ROWS or not columns:
        return None
    mark = decimal_mark((cell for column in columns.values() for cell in column if cell), language)
    values = {place: read for place, column in columns.items() if (read := _values(column, mark)) is not None}
    places = _comparable({place: columns[place] for place in values}, values)
    if not places:
        return None
    labels = [shortened(row[labelled], _LONGEST_NAME) for row in rows]
    kept = _kept_rows(labels, values[places[0]])
    units = {cell.unit.after for cell in columns[places[0]] if cell}
    return Chart(
        shape=_shape(labels, [table.head[place] for place in places], units, values[places[0]]),
        heading=shortened(table.head[labelled], _LONGEST_NAME),
        labels=tuple(labels[row] for row in kept),
        names=tuple(shortened(table.head[place], _LONGEST_NAME) for place in places),
        cells=tuple(tuple(rows[row][place] for row in kept) for place in places),
        values=tuple(tuple(values[place][row] for row in kept) for place in places),
    )


def is_chart(table: Table) -> bool:
    """Whether there is a chart of a table. Its numbers are the same ones in each language, though not as large."""
    return chart_of(table, "en") is not None


def title_of(chart: Chart, phrases: Phrases) -> str:
    """Return what a chart can be called: `Bread and cakes by month`."""
    measures = phrases.enumerated(chart.measures)
    rows = _measure(chart.heading)
    return phrases.measured_by.format(measures=measures, rows=rows) if rows else measures


def facts(chart: Chart, phrases: Phrases) -> list[str]:
    """Return sentences about what a chart shows: which is most and least, or how it grows."""
    if chart.shape == "pie":
        top, low = _ends(chart.values[0])
        most, least = (chart.cells[0][place].rstrip("% ") for place in (top, low))
        return [phrases.shares.format(top=chart.labels[top], most=most, low=chart.labels[low], least=least)]
    ordered = _is_ordered(chart.labels)
    return [_fact(chart, column, phrases, ordered=ordered) for column in range(min(2, len(chart.names)))]


def _measured(chart: Chart, column: int) -> tuple[str, list[str]]:
    """Return what a column measures, and its cells with the unit that stands behind its name in brackets."""
    name, cells = chart.names[column], list(chart.cells[column])
    found = _UNIT.fullmatch(name)
    if found is None:
        return name, cells
    return found["name"], [f"{cell} {found['unit']}" if cell[-1:].isdigit() else cell for cell in cells]


def _fact(chart: Chart, column: int, phrases: Phrases, *, ordered: bool) -> str:
    known = [value for value in chart.values[column] if value is not None]
    measure, cells = _measured(chart, column)
    complete = len(known) == len(chart.labels) and len(known) > _FEWEST_ROWS
    rises, falls = known == sorted(known), known == sorted(known, reverse=True)
    if ordered and complete and rises is not falls:
        template = phrases.growth if rises else phrases.fall
        return template.format(
            measure=measure, first=cells[0], last=cells[-1], begin=_named(chart, 0), end=_named(chart, -1)
        )
    top, low = _ends(chart.values[column])
    return phrases.extremes.format(
        measure=measure, top=_named(chart, top), most=cells[top], low=_named(chart, low), least=cells[low]
    )


def _named(chart: Chart, row: int) -> str:
    """Return a row as it is called in a sentence: a bare number needs to be told what it counts."""
    label = chart.labels[row]
    bare = _DECIMAL.fullmatch(label) and not (label.isdecimal() and int(label) in _YEARS)
    if not bare or not chart.heading:
        return label
    found = _UNIT.fullmatch(chart.heading)
    unit = f" {found['unit']}" if found else ""
    return f"{_measure(chart.heading)} {label}{unit}"


def _measure(heading: str) -> str:
    """Return what a column holds, as it stands within a sentence and without its unit."""
    found = _UNIT.fullmatch(heading)
    name = found["name"] if found else heading
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _ends(values: Sequence[float | None]) -> tuple[int, int]:
    known = [(value, place) for place, value in enumerate(values) if value is not None]
    return max(known, key=lambda each: each[0])[1], min(known, key=lambda each: each[0])[1]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def label_column(table: Table) -> int:
    """Return the column that names the rows: the first that does not just count them."""
    first = [row[0] for row in table.rows]
    serial = _SERIAL.fullmatch(table.head[0].strip()) or first == [str(number) for number in range(1, len(first) + 1)]
    texts = (place for place in range(1, len(table.head)) if not _numbers([row[place] for row in table.rows]))
    return next(texts, 0) if serial else 0


def _numbers(cells: Sequence[str]) -> list[Figures | None] | None:
    """Return the numbers of a column; None when it is not one of numbers."""
    read = [None if empty(cell) else figures(cell) for cell in cells]
    strange = any(number is None and not empty(cell) for number, cell in zip(read, cells, strict=True))
    filled = sum(number is not None for number in read)
    return None if strange or filled < max(_FEWEST_ROWS, len(cells) * _FILLED_SHARE) else read


def _values(column: Sequence[Figures | None], mark: str) -> list[float | None] | None:
    try:
        return [None if number is None else number.value("," if mark == "," else ".") for number in column]
    except ValueError:
        return None


def _comparable(columns: dict[int, list[Figures | None]], values: dict[int, list[float | None]]) -> list[int]:
    """Return the columns that one axis can show: of one unit, and of similar size."""
    groups = dict[str, list[int]]()
    for place, column in columns.items():
        units = {str(number.unit) for number in column if number is not None} - {""}
        if len(units) <= 1:
            groups.setdefault(next(iter(units), ""), []).append(place)
    if not groups:
        return []
    largest = {place: max(abs(value) for value in values[place] if value is not None) for place in columns}
    group = max(groups.values(), key=len)
    near = [place for place in group if _similar(largest[group[0]], largest[place])]
    return near[:_MOST_SERIES]


def _similar(one: float, other: float) -> bool:
    return max(one, other) <= _LARGEST_RATIO * min(one, other)


def _kept_rows(labels: Sequence[str], values: Sequence[float | None]) -> list[int]:
    """Return which rows are shown: all, or the largest of very many."""
    most = _MOST_POINTS if _is_ordered(labels) else _MOST_BARS
    if len(labels) <= most:
        return list(range(len(labels)))
    if _is_ordered(labels):
        step = -(-len(labels) // most)
        return list(range(0, len(labels), step))
    largest = sorted(range(len(labels)), key=lambda row: -(values[row] or 0.0))[:most]
    return sorted(largest)


def _shape(labels: Sequence[str], names: Sequence[str], units: set[str], values: Sequence[float | None]) -> str:
    """Return the shape of a chart. units, values: of its first column."""
    known = [value for value in values if value is not None and value >= 0]
    shares = len(names) == 1 and len(known) == len(values) <= _MOST_SLICES
    if shares and _WHOLE[0] <= sum(known) <= _WHOLE[1] and ("%" in units or _PERCENT.search(names[0])):
        return "pie"
    return "line" if len(labels) >= _FEWEST_POINTS and _is_ordered(labels) else "bar"


def _is_ordered(labels: Sequence[str]) -> bool:
    """Whether labels are times or numbers that go up: 2019, 2020; Q1, Q2; Jan, Feb; 2024-01-31."""
    low = [label.lower().strip() for label in labels]
    for names in (_MONTHS, _DAYS, _VIETNAMESE_DAYS):
        places = [next((place for place, name in enumerate(names) if label.startswith(name)), None) for label in low]
        known = [place for place in places if place is not None]
        if len(known) == len(low):
            return known == sorted(set(known))
    found = [_COUNTED.fullmatch(label) for label in low]
    counted = [each for each in found if each]
    if len(counted) != len(low) or len({(each["before"], each["after"]) for each in counted}) != 1:
        return False
    return _rise([each["number"] for each in counted])


def _rise(numbers: Sequence[str]) -> bool:
    if all(map(_DECIMAL.fullmatch, numbers)):
        values = [float(number.replace(",", ".")) for number in numbers]
        return values == sorted(set(values))
    dates = [tuple(map(int, re.split(r"[-/.,]", number))) for number in numbers]
    return dates == sorted(set(dates))
