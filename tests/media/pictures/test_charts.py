import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mediamill import InvalidInput
from mediamill.media.pictures.contents.chart_plan import MOST_SLICES, plan
from mediamill.media.pictures.contents.charts import Shape, parse
from mediamill.media.pictures.contents.numbers import Notation, Scale, Unit, figures


@pytest.mark.parametrize(
    ("cell", "mark", "value", "unit"),
    [
        ("12", ".", 12, Unit()),
        ("-5", ".", -5, Unit()),
        ("−5", ".", -5, Unit()),  # noqa: RUF001 - the sign of minus
        ("+5", ".", 5, Unit()),
        ("(5)", ".", -5, Unit()),
        ("1.234,5", ",", 1234.5, Unit()),
        ("1,234.5", ".", 1234.5, Unit()),
        ("1 234", ".", 1234, Unit()),
        ("1\u00a0234\u202f567", ".", 1234567, Unit()),
        ("1'234'567", ".", 1234567, Unit()),
        ("1.234.567", ",", 1234567, Unit()),
        ("12 %", ".", 12, Unit("", "%")),
        ("12,5%", ",", 12.5, Unit("", "%")),
        ("$1,200", ".", 1200, Unit("$")),
        ("-$3.4", ".", -3.4, Unit("$")),
        ("$-3.4", ".", -3.4, Unit("$")),
        ("US$ 5", ".", 5, Unit("US$")),
        ("1.200 đ", ",", 1200, Unit("", "đ")),
        ("3,5 triệu", ",", 3_500_000, Unit()),
        ("3,5 triệu đồng", ",", 3_500_000, Unit("", "đồng")),
        ("2 tỷ", ",", 2e9, Unit()),
        ("2 nghìn tỷ", ",", 2e12, Unit()),
        ("5k", ".", 5_000, Unit()),
        ("$4.1M", ".", 4.1e6, Unit("$")),
        ("7.8 billion", ".", 7.8e9, Unit()),
        ("5 m", ".", 5, Unit("", "m")),
        ("12 km", ".", 12, Unit("", "km")),
        ("21 °C", ".", 21, Unit("", "°C")),
        ("1e3", ".", 1000, Unit()),
        (".5", ".", 0.5, Unit()),
        ("１２", ".", 12, Unit()),  # noqa: RUF001 - wide figures
    ],
)
def test_numbers_are_read_as_people_write_them(cell: str, mark: str, value: float, unit: Unit) -> None:
    read = figures(cell)
    assert read is not None
    assert read.value("," if mark == "," else ".") == pytest.approx(value)
    assert read.unit == unit


@pytest.mark.parametrize("cell", ["", "abc", "twelve", "12 13", "1:2", "12-13", "NaN", "inf", "∞", "1 2 3", "--5"])
def test_what_is_no_number_is_none(cell: str) -> None:
    assert figures(cell) is None


@pytest.mark.parametrize(
    ("column", "language", "values"),
    [
        (["1.234", "2.000"], "vi", [1234, 2000]),
        (["1.234", "2.000"], "en", [1.234, 2.0]),
        (["1,234", "2,000"], "en", [1234, 2000]),
        (["1.234", "0.5"], "vi", [1.234, 0.5]),
        (["1.234", "0,5"], "en", [1234, 0.5]),
        (["1.234.000", "1.5"], "en", None),
        (["12.500", "9.000,5"], "en", [12500, 9000.5]),
    ],
)
def test_the_decimal_mark_is_that_of_the_table_else_of_its_language(
    column: list[str], language: str, values: list[float] | None
) -> None:
    text = "bar\nlabel;n\n" + "\n".join(f"{number};{cell}" for number, cell in zip("ab", column, strict=True))
    if values is None:
        with pytest.raises(InvalidInput, match="is no number that can be drawn"):
            parse(text, language)
    else:
        assert parse(text, language).series[0].values == pytest.approx(values)


TABLES = {
    "csv": 'Quarter,"Sales, total",Costs\nQ1,10,5\n"Q2, late",20,\n',
    "tsv": "Quarter\tSales, total\tCosts\nQ1\t10\t5\nQ2, late\t20\t\n",
    "semicolons": "Quarter;Sales, total;Costs\nQ1;10;5\nQ2, late;20;\n",
    "markdown": "| Quarter | **Sales, total** | Costs |\n|:---|---:|---|\n| Q1 | 10 | 5 |\n| Q2, late | `20` | - |",
    "bare markdown": "Quarter | Sales, total | Costs\n---|---|---\nQ1 | 10 | 5\nQ2, late | 20 |",
    "fenced": '```csv\nQuarter,"Sales, total",Costs\nQ1,10,5\n"Q2, late",20\n```',
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_is_read_in_each_dress(table: str) -> None:
    chart = parse(f"bar: millions\n{table}")
    assert (chart.shape, chart.caption, chart.heading) == (Shape.BAR, "millions", "Quarter")
    assert chart.labels == ("Q1", "Q2, late")
    assert [(series.name, series.values) for series in chart.series] == [
        ("Sales, total", (10, 20)),
        ("Costs", (5, None)),
    ]


@pytest.mark.parametrize(
    ("first", "shape"),
    [
        ("bar", Shape.BAR),
        ("Line: °C", Shape.LINE),
        ("PIE", Shape.PIE),
        ("donut", Shape.DONUT),
        ("bar chart", Shape.BAR),
    ],
)
def test_the_first_line_says_what_it_becomes(first: str, shape: Shape) -> None:
    assert parse(f"{first}\na,b\nc,1").shape is shape


def test_two_columns_that_begin_with_a_number_have_no_heading() -> None:
    assert parse("pie\na,10\nb,20").labels == ("a", "b")
    assert parse("bar\ncity,2024\na,10").labels == ("a",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the chart is empty"),
        ("Sales\na,1", "begins with a line that says bar, line or pie, not 'Sales'"),
        ("bar", "has no table"),
        ("bar\nname\na", "has one column ('name')"),
        ("bar\nname,n", "no row of numbers"),
        ("bar\nname,n\na,many\nb,few", "'many' in row 2, column 'n', is no number"),
        ("bar\nname,n\na,1\nb,NaN", "'NaN' in row 3"),
        ("bar\nname,n\na,inf", "'inf' in row 2"),
        ("bar\nname,n\na,1e308", "'1e308' in row 2"),
        ("bar\nname,n\na,", "the chart has no numbers"),
        ("bar\nname,n\na,1,2", "row 2 of the table has 3 cells and its heading 2"),
        ("bar\nname,n\na,5 kg\nb,300 g", "two units, 'kg' and 'g' (row 3"),
        ("pie\nname,n\na,5\nb,-2", "a pie cannot show -2 ('b')"),
        ("pie\nname,n\na,0\nb,0", "all numbers of the pie are 0"),
        ("pie\nname,n,m\na,1,2", "a pie shows one column of numbers; the table has 2"),
        ("bar\nname,n\n" + "a,1\n" * 61, "61 rows; 60 are the limit"),
        ("bar\n" + ",".join("abcdefgh") + "\na,1", "7 columns of numbers; 6 are the limit"),
        ("bar\nname,n\n" + "x" * 121 + ",1", "121 characters; 120 are the limit"),
        ("bar\nname,n\na,1\x00", "U+0000"),
    ],
)
def test_what_is_no_chart_is_refused_and_says_why(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("language", "value", "places", "written"),
    [
        ("en", 1234.5, 1, "1,234.5"),
        ("vi", 1234.5, 1, "1.234,5"),
        ("fr", 1234.5, 1, "1234,5"),
        ("fr", 12345, 0, "12\u202f345"),
        ("xx", -1234, 0, "−1,234"),  # noqa: RUF001 - the sign of minus
        ("en", -0.001, 1, "0.0"),
    ],
)
def test_numbers_are_written_as_the_language_does(language: str, value: float, places: int, written: str) -> None:
    assert Notation.of(language).number(value, places) == written


@pytest.mark.parametrize(
    ("largest", "unit", "language", "written"),
    [
        (4_100_000, Unit("$"), "en", "$4.1M"),
        (7_500_000, Unit(), "vi", "7,5 triệu"),
        (-2_000_000_000, Unit("", "đ"), "vi", "−2 tỷ đ"),  # noqa: RUF001 - the sign of minus
        (12.5, Unit("", "%"), "vi", "12,5%"),
        (12, Unit("", "km"), "en", "12 km"),
    ],
)
def test_large_numbers_are_short_and_have_their_unit(largest: float, unit: Unit, language: str, written: str) -> None:
    scale = Scale.of([largest], unit, language)
    assert scale.write(largest, scale.places([largest])) == written


@pytest.mark.parametrize(
    ("cells", "ticks"),
    [
        ("0 0", ["0", "1"]),
        ("210 3", ["0", "50", "100", "150", "200", "250"]),
        ("62 30", ["0", "20", "40", "60", "80"]),
        ("-3 4", ["−4", "−2", "0", "2", "4"]),  # noqa: RUF001 - the sign of minus
        ("0.012 0.03", ["0.00", "0.01", "0.02", "0.03"]),
        ("7 7", ["0", "2", "4", "6", "8"]),
    ],
)
def test_an_axis_counts_in_ones_twos_and_fives(cells: str, ticks: list[str]) -> None:
    table = "\n".join(f"{number},{cell}" for number, cell in enumerate(cells.split()))
    assert [tick.text for tick in plan(parse(f"bar\na,b\n{table}"), "en").ticks] == ticks


def test_a_flat_line_does_not_begin_at_zero_and_bars_always_do() -> None:
    table = "a,b\nx,1000\ny,1010\nz,1005"
    assert plan(parse(f"line\n{table}"), "en").ticks[0].text == "1,000"
    assert plan(parse(f"bar\n{table}"), "en").ticks[0].text == "0"


def test_years_stand_along_a_line_by_their_distance() -> None:
    places = plan(parse("line\nyear,n\n1990,1\n2000,2\n2020,3"), "en").places
    assert (places[2] - places[1]) == pytest.approx(2 * (places[1] - places[0]))


@pytest.mark.parametrize(("language", "name"), [("vi", "Khác"), ("en", "Others"), ("xx", "Others")])
def test_a_pie_has_few_slices_and_the_rest_in_one(language: str, name: str) -> None:
    table = "\n".join(f"part {number},{number}" for number in range(1, 13))
    slices = plan(parse(f"pie\nname,n\n{table}", language), language).slices
    assert len(slices) == MOST_SLICES
    assert slices[-1].label == name
    assert sum(each.share for each in slices) == pytest.approx(1)


PIECES = st.sampled_from(
    [
        *(
            "bar",
            "line",
            "pie",
            ": ",
            "\n",
            ",",
            ";",
            "\t",
            "|",
            "---",
            '"',
            "a",
            "b",
            "1",
            "-2",
            "1.234,5",
            "3 %",
            "$4",
        ),
        *("5 kg", "1e308", "NaN", "0", "triệu", "`", "**", "\\|", "²", "٣", "(", ")", "1 234"),
    ]
)


@given(
    st.text() | st.lists(PIECES, max_size=40).map(lambda pieces: "bar\n" + "".join(pieces)),
    st.sampled_from(["en", "vi"]),
)
@example("bar\na,b\n²,²", "en")
@example("pie\na,b\nc,٣", "vi")
def test_whatever_is_sent_is_planned_or_refused(text: str, language: str) -> None:
    try:
        chart = parse(text, language)
    except InvalidInput:
        return
    planned = plan(chart, language)
    shares = [point.at for run in planned.runs for point in run.points if point.at is not None]
    assert all(-1e-6 <= at <= 1 + 1e-6 for at in (*shares, planned.zero, *(tick.at for tick in planned.ticks)))
    assert len(planned.ticks) <= 12


def test_what_the_labels_are_is_told_once() -> None:
    def heading(first_line: str, names: str) -> str:
        return plan(parse(f"{first_line}\n{names}\nA,1\nB,2"), "en").heading

    assert heading("bar: EUR", "Country,Profit") == "Country"
    assert heading("pie", "Source,Share") == "Source"
    assert heading("line: Profit by country", "Country,Profit") == ""
    assert heading("bar: countryside", "Country,Profit") == "Country"
    assert heading("bar: EUR", ",Profit") == ""
    assert heading("bar: EUR", "#,Profit") == ""
