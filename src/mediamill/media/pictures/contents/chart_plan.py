"""Where everything of a chart stands, before its size is known: on a scale of 0 to 1, with its numbers written out."""

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mediamill.media.pictures.contents.charts import Chart, Series, Shape
from mediamill.media.pictures.contents.numbers import LONGEST_UNIT, Notation, Scale, Unit, figures

MOST_SLICES: Final = 8
_INTERVALS: Final = 5
#: A line whose values differ by less than this part of the largest may begin above zero: else it would look flat.
_FLAT: Final = 0.4

_OTHERS: Final = MappingProxyType(
    {
        "en": "Others",
        "vi": "Khác",
        "de": "Andere",
        "fr": "Autres",
        "es": "Otros",
        "pt": "Outros",
        "it": "Altri",
        "nl": "Overige",
        "pl": "Inne",
        "cs": "Ostatní",
        "sv": "Övriga",
        "da": "Andre",
        "fi": "Muut",
        "tr": "Diğer",
        "id": "Lainnya",
        "ru": "Прочие",
        "uk": "Інші",
        "ja": "その他",
        "zh": "其他",
        "ko": "기타",
    }
)


@dataclass(frozen=True)
class Tick:
    """A line across the chart. at: 0 at the foot of the axis, 1 at its top."""

    at: float
    text: str


@dataclass(frozen=True)
class Point:
    """A value. at: as a tick's; None: the cell is empty."""

    at: float | None
    text: str


@dataclass(frozen=True)
class Run:
    """The points of one series, in the order of the labels."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Slice:
    """A part of a pie; share: of the whole, 0..1."""

    label: str
    share: float
    text: str
    percent: str


@dataclass(frozen=True)
class Plan:
    """A chart as its template draws it. heading: of its labels; "": none, or it is told by the caption.

    places: of the labels along a line chart, 0..1. total: of a pie.
    """

    shape: Shape
    caption: str
    heading: str
    labels: tuple[str, ...]
    places: tuple[float, ...]
    ticks: tuple[Tick, ...]
    zero: float
    runs: tuple[Run, ...]
    slices: tuple[Slice, ...]
    total: str


def plan(chart: Chart, language: str) -> Plan:
    """Return where the chart's bars, points or slices go, its numbers written as the language does."""
    if chart.shape in (Shape.PIE, Shape.DONUT):
        slices, total = _slices(chart, language)
        return Plan(chart.shape, chart.caption, _heading(chart, chart.caption), (), (), (), 0.0, (), slices, total)
    values = [value for series in chart.series for value in series.values if value is not None]
    low, high, step = _span(values, from_zero=chart.shape is Shape.BAR)
    scale = Scale.of([low, high], chart.unit, language)
    ticks = _ticks(low, high, step, scale)
    runs = tuple(
        Run(
            series.name,
            tuple(
                Point(None, "")
                if value is None
                else Point((value - low) / (high - low), scale.write(value, scale.places([value])))
                for value in series.values
            ),
        )
        for series in chart.series
    )
    along, caption = _places(chart.labels, language), _caption(chart)
    zero = -low / (high - low)
    return Plan(chart.shape, caption, _heading(chart, caption), chart.labels, along, ticks, zero, runs, (), "")


def _caption(chart: Chart) -> str:
    """Return what stands above the axis: the name of an only column too, which no legend tells."""
    name = chart.series[0].name if len(chart.series) == 1 else ""
    if not name or not chart.caption or name.lower() in chart.caption.lower():
        return chart.caption or name
    if len(chart.caption) > LONGEST_UNIT:
        return chart.caption
    title = chart.caption[0].isupper() and len(chart.caption) > 3  # noqa: PLR2004 - "USD" is a unit
    return f"{chart.caption} · {name}" if title else f"{name} ({chart.caption})"


def _heading(chart: Chart, caption: str) -> str:
    """Return what the labels are, where the caption does not say it already."""
    own = _words(chart.heading)
    return chart.heading if own and own not in _words(caption) else ""


def _words(text: str) -> str:
    """Return the words of a text alone, blanks around each."""
    return "".join(f" {word} " for word in re.findall(r"\w+", text.lower()))


def _span(values: Sequence[float], *, from_zero: bool) -> tuple[float, float, float]:
    """Return the foot and the top of the axis and the step between its ticks: 1, 2 or 5 times a power of ten."""
    low, high = min(values), max(values)
    if from_zero or low < 0 < high or high - low > _FLAT * max(abs(low), abs(high)) or high == low:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.0, 1.0, 1.0
    step = _nice((high - low) / _INTERVALS)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def _nice(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if step <= factor * power * (1 + 1e-9))


def _ticks(low: float, high: float, step: float, scale: Scale) -> tuple[Tick, ...]:
    values = [low + step * number for number in range(round((high - low) / step) + 1)]
    values = [0.0 if abs(value) < step / 1e6 else value for value in values]
    places = scale.places(values, most=9)
    return tuple(Tick((value - low) / (high - low), scale.write(value, places)) for value in values)


def _places(labels: tuple[str, ...], language: str) -> tuple[float, ...]:
    """Return where each label stands along a line: by its number, where all are numbers that grow, else evenly."""
    even = tuple((number + 0.5) / len(labels) for number in range(len(labels)))
    read = [figures(label) for label in labels]
    mark = Notation.of(language).mark
    try:
        numbers = [number.value("," if mark == "," else ".") for number in read if number is not None]
    except ValueError:
        return even
    growing = len(numbers) > 1 and all(one < after for one, after in itertools.pairwise(numbers))
    if len(numbers) != len(labels) or not growing:
        return even
    margin = even[0]
    first, last = numbers[0], numbers[-1]
    return tuple(margin + (number - first) / (last - first) * (1 - 2 * margin) for number in numbers)


def _slices(chart: Chart, language: str) -> tuple[tuple[Slice, ...], str]:
    series: Series = chart.series[0]
    parts = [(label, value) for label, value in zip(chart.labels, series.values, strict=True) if value]
    if len(parts) > MOST_SLICES:
        largest = sorted(parts, key=lambda part: -part[1])[: MOST_SLICES - 1]
        rest = sum(value for _, value in parts) - sum(value for _, value in largest)
        others = _OTHERS.get(language.lower().partition("-")[0], _OTHERS["en"])
        parts = [*[part for part in parts if part in largest][: MOST_SLICES - 1], (others, rest)]
    values = [value for _, value in parts]
    total = math.fsum(values)
    scale, notation = Scale.of(values, chart.unit, language), Notation.of(language)
    # What adds up to a hundred is in percent, said or not.
    percents = math.isclose(total, 100, abs_tol={"%": 1.5, "": 1e-6}.get(str(chart.unit), 0.0))
    scale = Scale(notation, Unit("", "%")) if percents else scale
    shares = [value / total * 100 for value in values]
    finely = 0 if all(math.isclose(share, round(share), abs_tol=0.05) for share in shares) else 1
    slices = tuple(
        Slice(
            label,
            value / total,
            "" if percents else scale.write(value, scale.places([value])),
            scale.write(value, scale.places(values)) if percents else f"{notation.number(shares[number], finely)}%",
        )
        for number, (label, value) in enumerate(parts)
    )
    return slices, "" if percents else scale.write(total, scale.places([total]))
