"""Slides are painted by a real press: in their place, at their size, and plainly where they cannot be drawn."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from PIL import Image, ImageChops

from mediamill.core.errors import Cancelled, PermanentError, RetryableError
from mediamill.media.coprocess import Coprocess
from mediamill.media.pictures.colours import Colour
from mediamill.media.pictures.painter import Painter
from mediamill.media.pictures.slide import Aspect, Frame, Kind, Painted, Resolution, Slide, Theme
from mediamill.media.pictures.themes import Colours
from mediamill.testing import FakeContext

HD = Frame.of(Aspect.WIDE, Resolution.HD)
TALL = Frame.of(Aspect.TALL, Resolution.HD)
SQUARE = Frame.of(Aspect.SQUARE, Resolution.HD)
LIGHT = Theme()
#: Of frame.typ, points of a shorter side of 720; letters may stand out of their boxes by a hair.
MARGINS = {HD: 84, TALL: 56, SQUARE: 56}
HAIR = 3

Paint = Callable[..., Painted]


@pytest.fixture(scope="module")
def paint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paint]:
    """Paints with one press for each frame and theme."""
    painters: dict[tuple[Frame, Theme], Painter] = {}
    with ExitStack() as stack:

        def paint(slide: Slide, frame: Frame = HD, theme: Theme = LIGHT) -> Painted:
            if (frame, theme) not in painters:
                context = FakeContext(tmp_path_factory.mktemp("paint"))
                painters[frame, theme] = stack.enter_context(Painter(context, frame, theme))
            return painters[frame, theme].paint(slide)

        yield paint


def _picture(painted: Painted) -> Image.Image:
    with Image.open(painted.path) as image:
        image.load()
        return image.copy()


def _ink(painted: Painted, background: Colour) -> tuple[int, int, int, int]:
    """Return the box of all that is not background; all zero where nothing is."""
    picture = _picture(painted)
    bare = Image.new("RGB", picture.size, (background.red, background.green, background.blue))
    return ImageChops.difference(picture, bare).getbbox() or (0, 0, 0, 0)


LONG = "Hàng đợi tách thời điểm nhận yêu cầu khỏi thời điểm xử lý. " * 70
CODE = "```python\n" + "\n".join(f"def f{n}(x):  # {'long ' * n}\n    return '{'x' * 3 * n}'" for n in range(40))
NASTY = {
    "one": Slide(Kind.SLIDE, "Một", "- Ẫ"),
    "eight": Slide(Kind.SLIDE, "Eight " * 15, "\n".join(f"- {n} the dance of the bees tells " * 2 for n in range(8))),
    "long": Slide(Kind.SLIDE, "Dài " * 30, LONG[:4_000], language="vi"),
    "no blanks": Slide(Kind.SLIDE, "x" * 120, "- " + "x" * 2_000 + "\n" + "漢" * 500),
    "deep": Slide(Kind.SLIDE, "Deep", "\n".join("  " * n + f"- {'y' * 60}" for n in range(12))),
    "bold code": Slide(Kind.SLIDE, "Styles", "**" + "bold " * 60 + "**\n`" + "code" * 60 + "`\n- `a` **b** c"),
    "lines": Slide(Kind.SLIDE, "Lines", "\n".join("ab" for _ in range(400))),
    "rtl": Slide(Kind.SLIDE, "שלום עולם", "- אחת שתיים שלוש\n1. " + "ארבע " * 40, language="he"),
    "title": Slide(Kind.TITLE, "Hàng đợi công việc " * 6, "Từ yêu cầu đến kết quả " * 40),
    "code": Slide(Kind.CODE, "Code", CODE[:4_000]),
    "wide code": Slide(Kind.CODE, "Code", "x = '" + "y" * 3_000 + "'"),
    "wide letters": Slide(Kind.CODE, "Code", "\n".join("ﷺ" * 60 for _ in range(20))),
}


@pytest.mark.parametrize("frame", [HD, TALL, SQUARE], ids=["wide", "tall", "square"])
@pytest.mark.parametrize("name", NASTY)
def test_text_stays_in_its_place(paint: Paint, name: str, frame: Frame) -> None:
    painted = paint(NASTY[name], frame)
    assert not painted.plain
    lacking = {"no blanks": "no font here draws Han", "wide letters": "no font here draws Arabic"}
    assert painted.fault.partition(":")[0] == lacking.get(name, "")
    background = Colours.of(LIGHT).background
    left, top, right, bottom = _ink(painted, background)
    if NASTY[name].kind is not Kind.TITLE:  # whose corner has a shape in it
        assert right <= frame.width - MARGINS[frame] + HAIR
        assert top >= 40
    assert left >= MARGINS[frame] - HAIR
    assert bottom <= frame.height * 0.85


@pytest.mark.parametrize("aspect", list(Aspect))
@pytest.mark.parametrize("resolution", list(Resolution))
def test_a_picture_is_an_opaque_png_of_the_frames_size(paint: Paint, aspect: Aspect, resolution: Resolution) -> None:
    frame = Frame.of(aspect, resolution)
    painted = paint(Slide(Kind.SLIDE, "Xin chào", "- một\n- hai"), frame)
    with Image.open(painted.path) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (frame.width, frame.height))
        assert picture.info["srgb"] == 0
    assert frame.width % 2 == frame.height % 2 == 0


def test_both_resolutions_show_the_same(paint: Paint) -> None:
    small = _picture(paint(NASTY["eight"], HD))
    large = _picture(paint(NASTY["eight"], Frame.of(Aspect.WIDE, Resolution.FULL_HD)))
    difference = ImageChops.difference(small, large.resize(small.size, Image.Resampling.BOX))
    assert sum(difference.convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) for _ in "x") <= 3  # type: ignore[misc]


def test_without_subtitles_text_may_stand_lower(paint: Paint) -> None:
    slide = NASTY["long"]
    below = Slide(slide.kind, slide.title, slide.content, below=0.0)
    background = Colours.of(LIGHT).background
    assert _ink(paint(slide), background)[3] <= 720 * 0.85 < _ink(paint(below), background)[3] <= 720 - 50


def test_above_there_may_be_room_for_subtitles(paint: Paint) -> None:
    slide = Slide(Kind.SLIDE, "A title", "- one\n- two", above=0.25, below=0.0)
    assert _ink(paint(slide), Colours.of(LIGHT).background)[1] >= 720 * 0.25


def test_the_least_letters_are_as_small_as_they_get(paint: Paint) -> None:
    """Twice as much text is cut at the same place: it does not get smaller and smaller."""
    once = paint(Slide(Kind.SLIDE, "A", LONG[:3_000]))
    twice = paint(Slide(Kind.SLIDE, "A", LONG[:4_000]))
    assert _picture(once).tobytes() == _picture(twice).tobytes()


def test_a_text_that_is_cut_keeps_the_blanks_between_its_parts(paint: Paint) -> None:
    """Bold words that are not bold at all look like plain ones: nothing is lost where parts meet."""
    words = " ".join(["seven **bold** words and a `code` here"] * 120)
    spread = _picture(paint(Slide(Kind.SLIDE, "", "- " + words[:4_000])))
    double = _picture(paint(Slide(Kind.SLIDE, "", "- " + words[:4_000].replace(" **", "  **"))))
    assert spread.tobytes() == double.tobytes()
    joined = _picture(paint(Slide(Kind.SLIDE, "", "- " + words[:4_000].replace(" **", "**"))))
    assert spread.tobytes() != joined.tobytes()


def test_a_long_line_of_code_is_shown_to_its_end(paint: Paint) -> None:
    background = Colours.of(LIGHT).background
    heights = [_ink(paint(Slide(Kind.CODE, "", "x" * length)), background) for length in (20, 400)]
    assert heights[1][3] - heights[1][1] > 1.3 * (heights[0][3] - heights[0][1])


def test_a_title_is_shown_without_what_no_font_has(paint: Paint) -> None:
    assert _picture(paint(Slide(Kind.SLIDE, "\U0001f680 Up  here", "b"))).tobytes() == (
        _picture(paint(Slide(Kind.SLIDE, "Up here", "b"))).tobytes()
    )


def test_how_far_the_film_is_stands_above(paint: Paint) -> None:
    accent = Colours.of(LIGHT).accent
    picture = _picture(paint(Slide(Kind.SLIDE, "A", "b", number=2, of=4)))
    assert picture.getpixel((2, 2)) == picture.getpixel((636, 2)) == (accent.red, accent.green, accent.blue)
    assert picture.getpixel((644, 2)) != picture.getpixel((636, 2))


INJECTIONS = [
    '#read("/etc/passwd")',
    "#panic()",
    '#eval("panic()")',
    "$ x $ ] } ) \\ `",
    '#import "frame.typ": *',
    "]; #set page(width: 1pt); #[",
    '"; panic(); "',
    "\\u{1F600} \\\" ' <label> @ref // comment /* = heading",
    "#sys.inputs",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_markup_of_a_client_is_text(paint: Paint, text: str) -> None:
    for slide in (
        Slide(Kind.SLIDE, text, f"- {text}\n{text} **{text}** `{text}`", language=text),
        Slide(Kind.TITLE, text, text),
        Slide(Kind.CODE, text, f"```typst\n{text}"),
        Slide(Kind.CODE, text, f"```{text}\n{text}"),
    ):
        assert paint(slide).fault == ""


def test_code_in_an_unknown_language_is_drawn_without_colours(paint: Paint) -> None:
    assert paint(Slide(Kind.CODE, "A", "```brainfuck2\n+[->+]")).fault == ""


def test_markup_is_drawn_letter_by_letter(paint: Paint) -> None:
    """`*a*` as markup would be bold and have no stars; as text it is as wide as any four letters."""
    marked, plain = (_ink(paint(Slide(Kind.SLIDE, "", text)), Colours.of(LIGHT).background) for text in ("_a_", "a"))
    assert marked[2] - marked[0] > 2 * (plain[2] - plain[0])


# ---- what cannot be drawn


@pytest.mark.parametrize(
    ("slide", "fault"),
    [
        (Slide(Kind.CHART, "Bees", "bar\nyear,bees\n2024,many"), "number"),
        (Slide(Kind.CODE, "Nothing", "```\n```"), "there is no code"),
        (Slide(Kind.IMAGE, "No picture"), "there is no image"),
    ],
)
def test_what_cannot_be_drawn_becomes_a_plain_slide_that_says_so(paint: Paint, slide: Slide, fault: str) -> None:
    painted = paint(slide)
    assert fault in painted.fault
    assert _picture(painted).size == (HD.width, HD.height)
    assert _ink(painted, Colours.of(LIGHT).background)[3] > 100


def test_what_a_template_refuses_is_told_in_its_words(paint: Paint) -> None:
    painted = paint(Slide(Kind.DIAGRAM, "A", "A -> B", above=0.4, below=0.4))
    assert painted.fault.startswith("the diagram is too large")


def test_a_plain_slide_shows_the_title_and_the_text(paint: Paint) -> None:
    plain = paint(Slide(Kind.CHART, "Bees", "bar\nyear,bees\n2024,many"))
    assert plain.fault
    same = paint(Slide(Kind.SLIDE, "Bees", "bar\nyear,bees\n2024,many"))
    assert _picture(plain).tobytes() == _picture(same).tobytes()


def test_a_picture_that_is_cut_off_becomes_a_plain_slide(paint: Paint, tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    Image.effect_noise((300, 200), 80).save(whole)
    broken = tmp_path / "broken.png"
    broken.write_bytes(whole.read_bytes()[:9_000])
    assert paint(Slide(Kind.IMAGE, "Noise", image=whole)).fault == ""
    assert "broken or cut off" in paint(Slide(Kind.IMAGE, "Noise", image=broken)).fault


def test_a_logo_that_cannot_be_read_is_left_out(paint: Paint, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10")
    slide = Slide(Kind.SLIDE, "A", "b")
    painted = paint(slide, theme=Theme(logo=logo))
    assert painted.fault == ""
    assert _picture(painted).tobytes() == _picture(paint(slide)).tobytes()


def test_a_logo_stands_in_its_corner_and_the_title_keeps_clear_of_it(paint: Paint, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (2_000, 100), (255, 0, 255)).save(logo)
    picture = _picture(paint(NASTY["no blanks"], theme=Theme(logo=logo)))
    pink = [(x, y) for x in range(0, 1280, 2) for y in range(0, 720, 2) if picture.getpixel((x, y)) == (255, 0, 255)]
    left, right = min(x for x, _y in pink), max(x for x, _y in pink)
    assert 1280 - 84 - 192 <= left < right <= 1280 - 84
    assert len(pink) >= (right - left) // 2 * ((max(y for _x, y in pink) - min(y for _x, y in pink)) // 2)


class Tight(FakeContext):
    """Gives its coprocess less memory."""

    memory_bytes = 160 * 1024 * 1024

    def coprocess(
        self, module: str, *, memory_bytes: int | None = None, cpu_s: int | None = None, file_bytes: int | None = None
    ) -> Coprocess:
        assert memory_bytes is not None
        return super().coprocess(module, memory_bytes=self.memory_bytes, cpu_s=cpu_s, file_bytes=file_bytes)


class Clumsy(FakeContext):
    """Has a press that never prints."""

    def coprocess(
        self, module: str, *, memory_bytes: int | None = None, cpu_s: int | None = None, file_bytes: int | None = None
    ) -> Coprocess:
        assert module == "mediamill.media.pictures.press"
        limits = {"memory_bytes": memory_bytes, "cpu_s": cpu_s, "file_bytes": file_bytes}
        return super().coprocess("tests.media.pictures.clumsy", **limits)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of 40 megapixels."""
    path = tmp_path_factory.mktemp("large") / "large.png"
    Image.new("RGBA", (8_000, 5_000), (10, 120, 110, 255)).save(path, compress_level=1)
    return path


def test_the_largest_picture_fits_the_memory_that_the_press_has(tmp_path: Path, large: Path) -> None:
    with Painter(FakeContext(tmp_path), HD, LIGHT) as painter:
        assert painter.paint(Slide(Kind.IMAGE, "Large", image=large)).fault == ""


def test_a_press_without_memory_paints_a_plain_slide(tmp_path: Path, large: Path) -> None:
    with Painter(Tight(tmp_path), HD, LIGHT) as painter:
        painted = painter.paint(Slide(Kind.IMAGE, "Large", image=large))
        assert "memory" in painted.fault
        assert painter.paint(Slide(Kind.SLIDE, "A", "b")).fault == ""


def _press() -> psutil.Process:
    """Return the press of this test's only painter."""
    mine = psutil.Process().children(recursive=True)
    found = [each for each in mine if "mediamill.media.pictures.press" in each.cmdline()]
    return max(found, key=lambda each: each.create_time())


def test_a_press_that_was_killed_is_started_again(tmp_path: Path) -> None:
    context = FakeContext(tmp_path)
    with Painter(context, HD, LIGHT) as painter:
        painter.paint(Slide(Kind.SLIDE, "A", "b"))
        _press().kill()
        assert painter.paint(Slide(Kind.SLIDE, "A", "c")).fault == ""
    assert len(context.ran) == 2


def test_letters_that_no_font_has_are_told_each_time(tmp_path: Path) -> None:
    for attempt in (1, 2):  # the second one finds the picture painted
        with Painter(FakeContext(tmp_path, attempt=attempt), HD, LIGHT) as painter:
            painted = painter.paint(Slide(Kind.SLIDE, "世界", "- Hello 🎉\n- こんにちは"))
        assert painted.fault == "no font here draws Han, Hiragana: install one on the workers"
        assert not painted.plain


def test_a_press_that_hangs_is_killed_and_the_slide_is_plain(tmp_path: Path) -> None:
    with Painter(FakeContext(tmp_path), HD, LIGHT, drawing_s=2.0) as painter:
        painter.paint(Slide(Kind.SLIDE, "A", "b"))
        press = _press()
        press.send_signal(signal.SIGSTOP)
        painted = painter.paint(Slide(Kind.CODE, "A", "x = 1"))
        assert "took longer than 2 s" in painted.fault
        assert not press.is_running()


def test_a_slide_that_not_even_a_plain_one_stands_in_for_is_an_error(tmp_path: Path) -> None:
    with (
        Painter(Clumsy(tmp_path), HD, LIGHT) as painter,
        pytest.raises(RetryableError, match="slide 3 could not be painted: asleep") as failed,
    ):
        painter.paint(Slide(Kind.SLIDE, "sleep", "b", number=3))
    assert failed.value.code == "PICTURE_FAILED"


def test_an_exception_that_the_press_did_not_foresee_is_told_too(tmp_path: Path) -> None:
    with (
        Painter(Clumsy(tmp_path), HD, LIGHT) as painter,
        pytest.raises(PermanentError, match="KeyError: 'ink'") as failed,
    ):
        painter.paint(Slide(Kind.SLIDE, "A", "b"))
    assert failed.value.code == "PICTURE_FAILED"


def test_a_press_that_cannot_even_start_is_an_error(tmp_path: Path) -> None:
    context = Tight(tmp_path)
    context.memory_bytes = 12 * 1024 * 1024
    with (
        Painter(context, HD, LIGHT) as painter,
        pytest.raises(PermanentError, match="could not be painted") as failed,
    ):
        painter.paint(Slide(Kind.SLIDE, "A", "b"))
    assert failed.value.code == "PICTURE_FAILED"


def test_a_theme_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no theme"):
        Painter(FakeContext(tmp_path), HD, Theme("sepia"))


def test_cancel_passes(tmp_path: Path) -> None:
    with Painter(FakeContext(tmp_path, cancel_after=2), HD, LIGHT) as painter, pytest.raises(Cancelled):
        painter.paint(Slide(Kind.SLIDE, "A", "b"))


def test_nothing_is_left_of_the_press(tmp_path: Path) -> None:
    context = FakeContext(tmp_path)
    with Painter(context, HD, LIGHT) as painter:
        painter.paint(Slide(Kind.SLIDE, "A", "b"))
        press = _press()
    assert not press.is_running()


# ---- what is done once is not done again


def test_a_picture_is_drawn_once(tmp_path: Path) -> None:
    slide = Slide(Kind.SLIDE, "A", "b")
    with Painter(FakeContext(tmp_path), HD, LIGHT) as painter:
        first = painter.paint(slide)
    later = FakeContext(tmp_path)
    with Painter(later, HD, LIGHT) as painter:
        assert painter.paint(slide).path.read_bytes() == first.path.read_bytes()
    assert later.ran == []


def test_what_failed_is_tried_again_by_the_next_attempt(tmp_path: Path) -> None:
    broken = Slide(Kind.CODE, "A", "")
    for _attempt in range(2):
        context = FakeContext(tmp_path)
        with Painter(context, HD, LIGHT) as painter:
            assert painter.paint(broken).fault
        assert len(context.ran) == 1
