"""Charts, formulas and diagrams as they are seen: pictures are judged by their pixels."""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediamill import InvalidInput, PermanentError
from mediamill.media.pictures.contents import check, symbols
from mediamill.media.pictures.contents.formula_reader import DEEPEST
from mediamill.media.pictures.press import Press
from mediamill.media.pictures.sheet import Sheet
from mediamill.media.pictures.slide import Aspect, Frame, Kind, Resolution, Slide, Theme
from mediamill.media.pictures.themes import Colours

Pixels = npt.NDArray[np.int16]

FLOW = """Trình duyệt -> Máy chủ: gửi yêu cầu
Máy chủ -> Cơ sở dữ liệu: truy vấn
Cơ sở dữ liệu -> Máy chủ: kết quả
Máy chủ -> Máy chủ: nhớ
Máy chủ -> Trình duyệt: trả lời"""
CHAIN = " -> ".join(f"Step {number} of the process" for number in range(1, 13))
BARS = "bar: triệu đồng\nQuý,Doanh thu,Chi phí\nQuý 1,1.250,980\nQuý 2,-480,1.020\nQuý 3,,1.105"
LONG = "bar\nname,n\n" + "\n".join(f"A name that is rather long {n},{n}" for n in range(12))
MANY = "bar\nday,n,m\n" + "\n".join(f"2024-01-{n},{n},{n * 2}" for n in range(1, 61))
LINES = "line: °C\nTháng,Hà Nội,Huế\n" + "\n".join(f"{n},{15 + n % 7},{20 + n % 5}" for n in range(1, 13))
PIE = "pie\nname,n\n" + "\n".join(f"Phần thứ {n},{n}" for n in range(1, 15))
DONUT = 'donut\nKhoản,Số tiền\nNhà ở,"7.500.000"\nĂn uống,"5.200.000"\nĐi lại,1.800.000'
FORMULAS = r"""x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
|x| = \begin{cases} x & \text{nếu } x \ge 0 \\ -x & \text{nếu } x < 0 \end{cases}
\begin{aligned} f(x) &= (x+1)^2 \\ &= x^2 + 2x + 1 \end{aligned}
\sum_{k=1}^{n} k = \frac{n(n+1)}{2} + \frac{n(n+1)}{2} + \frac{n(n+1)}{2} + \frac{n(n+1)}{2} + \frac{n(n+1)}{2}"""
#: Names that fill their boxes, and all the arrows that there may be.
CROWD = "\n".join(
    f"{'tên rất dài ' * 9}{a} -> {'tên rất dài ' * 9}{b}: {'nhãn ' * 10}"
    for a, b in [*list(itertools.combinations(range(14), 2))[:88:4], (12, 13)]
)
SAMPLES = {
    "flow": (Kind.DIAGRAM, FLOW),
    "chain": (Kind.DIAGRAM, CHAIN),
    "circle": (Kind.DIAGRAM, f"{CHAIN} -> Step 1 of the process"),
    "one box": (Kind.DIAGRAM, "Một mình"),
    "bars": (Kind.CHART, BARS),
    "long names": (Kind.CHART, LONG),
    "many bars": (Kind.CHART, MANY),
    "one bar": (Kind.CHART, "bar\na,b\nc,0"),
    "lines": (Kind.CHART, LINES),
    "one point": (Kind.CHART, "line\na,b\nc,5"),
    "pie": (Kind.CHART, PIE),
    "donut": (Kind.CHART, DONUT),
    "whole": (Kind.CHART, "pie\na,b\nc,5"),
    "formulas": (Kind.FORMULA, FORMULAS),
}


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    return Press(tmp_path_factory.mktemp("desk"))


def drawn(
    press: Press, kind: Kind, content: str, *, aspect: Aspect = Aspect.WIDE, theme: str = "light", title: str = "Đồ thị"
) -> Pixels:
    frame = Frame.of(aspect, Resolution.HD)
    to = press._desk / "drawn.png"
    press.draw(Sheet(Slide(kind, title, content, "vi"), frame, Theme(theme)), to)
    with Image.open(to) as image:
        return np.asarray(image, dtype=np.int16)


def of_colour(pixels: Pixels, colour: object) -> npt.NDArray[np.bool_]:
    """Return where a picture has a colour."""
    text = str(colour).removeprefix("#")
    wanted = np.array([int(text[at : at + 2], 16) for at in (0, 2, 4)])
    return np.asarray(np.abs(pixels - wanted).max(axis=2) <= 3)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("aspect", list(Aspect))
@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_leaves_its_area(press: Press, sample: str, aspect: Aspect, theme: str) -> None:
    kind, content = SAMPLES[sample]
    pixels = drawn(press, kind, content, aspect=aspect, theme=theme)
    empty = of_colour(pixels, Colours.of(Theme(theme)).background)
    height, width = empty.shape
    margin = 84 if aspect is Aspect.WIDE else 56
    below = round(height * 0.85)
    assert empty[8:, : margin - 1].all()
    assert empty[8:, width - margin + 1 :].all()
    assert empty[below:].all()
    assert (~empty[height // 4 : below]).sum() > 2_000


@pytest.mark.parametrize("aspect", list(Aspect))
@pytest.mark.parametrize("sample", [name for name, (kind, _) in SAMPLES.items() if kind is Kind.DIAGRAM])
def test_a_diagram_is_not_cut_off(press: Press, sample: str, aspect: Aspect) -> None:
    pixels = drawn(press, *SAMPLES[sample], aspect=aspect)
    empty = of_colour(pixels, Colours.of(Theme()).background)
    height, width = empty.shape
    margin = 84 if aspect is Aspect.WIDE else 56
    # Its area leaves 12 points above the subtitles; beside and below the borders it keeps a hair's breadth.
    assert empty[height // 4 :, : margin + 2].all()
    assert empty[height // 4 :, width - margin - 2 :].all()
    assert empty[round(height * 0.85) - 14 :].all()


def runs(line: npt.NDArray[np.bool_], least: int = 8) -> list[tuple[int, int]]:
    """Return where a row of pixels is set, as (begin, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= least]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_are_as_long_as_their_values(press: Press, theme: str) -> None:
    pixels = drawn(press, Kind.CHART, "bar\nname,n\na,10\nb,20\nc,40\nd,-20", theme=theme, title="")
    accent = of_colour(pixels, Colours.of(Theme(theme)).accent)[12:]
    heights = [column_height(accent, begin, end) for begin, end in runs(np.asarray(accent.any(axis=0)))]
    one = heights[2] / 40
    assert len(heights) == 4
    for height, value in zip(heights, (10, 20, 40, 20), strict=True):
        assert height == pytest.approx(one * value, abs=2.5)


def test_lying_bars_are_as_long_as_their_values(press: Press) -> None:
    table = "\n".join(f"Một cái tên rất dài không đặt được ở bên dưới số {n},{n}" for n in (1, 2, 4, 8, 3, 5, 6, 7))
    pixels = drawn(press, Kind.CHART, f"bar\nname,n\n{table}", aspect=Aspect.TALL, title="")
    accent = of_colour(pixels, Colours.of(Theme()).accent)[12:]
    rows = runs(np.asarray(accent.any(axis=1)))
    lengths = [column_height(accent.T, begin, end) for begin, end in rows]
    assert len(lengths) == 8
    for length, value in zip(lengths, (1, 2, 4, 8, 3, 5, 6, 7), strict=True):
        assert length == pytest.approx(lengths[3] / 8 * value, abs=2.5)


def column_height(mask: npt.NDArray[np.bool_], begin: int, end: int) -> int:
    return int(mask[:, (begin + end) // 2].sum())


def test_slices_are_as_large_as_their_shares(press: Press) -> None:
    pixels = drawn(press, Kind.CHART, "donut\nname,n\na,50\nb,30\nc,20", title="")
    # The left half: on the right the legend has the same colours.
    half = pixels[:, : pixels.shape[1] // 2]
    areas = [int(of_colour(half, colour).sum()) for colour in Colours.of(Theme()).palette[:3]]
    shares = [area / sum(areas) for area in areas]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.02)


def test_a_gap_in_the_numbers_is_a_gap_in_the_line(press: Press) -> None:
    whole = drawn(press, Kind.CHART, "line\na,b\n1,5\n2,5\n3,5\n4,5\n5,5", title="")
    broken = drawn(press, Kind.CHART, "line\na,b\n1,5\n2,5\n3,\n4,5\n5,5", title="")
    accent = Colours.of(Theme()).accent
    covered = [of_colour(each, accent)[12:].any(axis=0).sum() for each in (whole, broken)]
    assert covered[1] < covered[0] * 0.7


PLAIN_GRIDS = [name for name in symbols.GRIDS if name not in ("array", "alignedat")]


def signs() -> list[str]:
    """Return every command there is, some to a formula."""
    commands = [sign for sign in symbols.SIGNS if sign.startswith("\\")]
    commands += [f"\\{name}" for name in symbols.FUNCTIONS]
    commands += [f"{accent}{{a}}" for accent in symbols.ACCENTS] + [f"{style}{{a}}" for style in symbols.STYLES]
    commands += [rf"\begin{{{name}}} a & b \\ c & d \end{{{name}}}" for name in PLAIN_GRIDS]
    commands += [rf"\left{mark} a \right{mark}" for mark in symbols.DELIMITERS] + [
        rf"a{gap} b" for gap in symbols.SPACES
    ]
    rows = list(itertools.pairwise([*range(0, len(commands), 6), len(commands)]))
    lines = [" ".join(commands[begin:end]) for begin, end in rows]
    return ["\n".join(lines[at : at + 5]) for at in range(0, len(lines), 5)]


@pytest.mark.parametrize("content", signs())
def test_every_command_is_drawn(press: Press, content: str) -> None:
    drawn(press, Kind.FORMULA, content)


DEEP = DEEPEST - 1


@pytest.mark.parametrize(
    "content",
    [
        r"\sqrt{" * DEEP + "x" + "}" * DEEP,
        r"\frac{a}{" * DEEP + "x" + "}" * DEEP,
        "x^{" * DEEP + "x" + "}" * DEEP,
        r"\left(" * DEEP + "x" + r"\right)" * DEEP,
        r"\hat{\mathbf{" * (DEEP // 2) + "x" + "}}" * (DEEP // 2),
        r"\begin{pmatrix} a & " * (DEEP // 2) + "x" + r"\end{pmatrix}" * (DEEP // 2),
        r"a \begin{aligned} b & \left(\frac{1}{" * (DEEP // 5) + "x" + r"}\right) \end{aligned}" * (DEEP // 5),
    ],
)
def test_what_is_as_deep_as_it_may_be_is_drawn(press: Press, content: str) -> None:
    drawn(press, Kind.FORMULA, content)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Kind.FORMULA, r'\text{" panic("no") "}'),
        (Kind.FORMULA, r"\text{\#panic()} \# panic()"),
        (Kind.FORMULA, r'\operatorname{"); panic("no}'),
        (Kind.FORMULA, 'read("/etc/passwd") panic() $ eval("1")'),
        (Kind.DIAGRAM, '#panic() -> "]; #panic()": $x$ #read("main.typ")'),
        (Kind.CHART, 'bar: #panic()\n#panic(),$x$\n"#read(""main.typ"")",1\n*b* _c_ @d <e>,2'),
        (Kind.CHART, "pie\na,b\n#panic(),1\n`c`,2"),
    ],
)
def test_text_is_never_run(press: Press, kind: Kind, content: str) -> None:
    with_code = drawn(press, kind, content.replace("$ eval", "eval"))
    assert with_code.any()


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        (Kind.FORMULA, "+".join(["abc"] * 200), "the formula is too long for the picture"),
        (Kind.DIAGRAM, CROWD, "the diagram is too large for the picture"),
    ],
)
def test_what_would_be_too_small_to_read_is_not_drawn(press: Press, kind: Kind, content: str, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        drawn(press, kind, content)


TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
CELLS = st.lists(st.tuples(TEXT, st.floats(-1e9, 1e9)), min_size=1, max_size=9)


def cleaned(text: str, marks: str) -> str:
    return "".join(" " if sign in marks else sign for sign in text)


def chart_of(cells: Sequence[tuple[str, float]]) -> str:
    return "bar\nname|n\n" + "\n".join(f"x{cleaned(label, '|' + chr(10))}|{value:.3f}" for label, value in cells)


@settings(max_examples=40)
@given(
    (CELLS.map(chart_of).map(lambda text: (Kind.CHART, text)))
    | (st.lists(TEXT, max_size=6).map(lambda names: (Kind.DIAGRAM, " -> ".join(names))))
    | (TEXT.map(lambda text: (Kind.FORMULA, rf"\text{{{cleaned(text, chr(92) + '{}')}}} + {text}")))
)
def test_whatever_the_door_lets_in_is_drawn(press: Press, content: tuple[Kind, str]) -> None:
    try:
        check(*content)
    except InvalidInput:
        return
    try:
        drawn(press, *content)
    except PermanentError as small:
        if "for the picture" not in small.message:
            raise


@pytest.mark.parametrize("aspect", list(Aspect))
@pytest.mark.parametrize("first", ["bar", "line", "pie", "bar: a very long label"])
def test_what_the_labels_are_is_seen(press: Press, first: str, aspect: Aspect) -> None:
    name = "A name that takes far more room than one column" if "long" in first else "Jan"
    rows = f"{name},4\nFeb,7\nMar,5\nApr,8"
    bare = drawn(press, Kind.CHART, f"{first}\n,n\n{rows}", aspect=aspect)
    told = drawn(press, Kind.CHART, f"{first}\nMonth of the year in which it was seen,n\n{rows}", aspect=aspect)
    muted = Colours.of(Theme()).muted
    assert of_colour(told, muted).sum() > of_colour(bare, muted).sum() + 100


def test_the_last_year_stands_below_the_end_of_a_line(press: Press) -> None:
    rows = "2005,550\n2010,500\n2016,350\n2020,250\n2023,210"
    pixels = drawn(press, Kind.CHART, f"line\nyear,n\n{rows}", aspect=Aspect.TALL, title="")
    end = int(np.flatnonzero(of_colour(pixels, Colours.of(Theme()).accent)[12:].any(axis=0)).max())
    beside = of_colour(pixels, Colours.of(Theme()).muted)[:, end + 2 :].any(axis=1)
    assert beside.sum() > 8  # rows of letters, and not the axis alone
