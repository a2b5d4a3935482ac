"""Contrast as WCAG computes it, and what becomes of colours that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.pictures.colours import BLACK, WHITE, Colour
from mediamill.media.pictures.slide import Theme
from mediamill.media.pictures.syntax import tm_theme
from mediamill.media.pictures.themes import SHAPE_CONTRAST, TEXT_CONTRAST, Colours

CHANNEL = st.integers(0, 255)
COLOURS = st.builds(Colour, CHANNEL, CHANNEL, CHANNEL)
CHOICES = st.none() | COLOURS.map(str)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.478),  # famous for being just too light
        ("#767676", "#ffffff", 4.542),  # and the next one is dark enough
        ("#ff0000", "#0000ff", 2.149),
        ("#0f766e", "#fbfaf7", 5.25),
    ],
)
def test_contrast_is_what_others_compute(one: str, other: str, ratio: float) -> None:
    assert Colour.parse(one).contrast(Colour.parse(other)) == pytest.approx(ratio, abs=0.01)
    assert Colour.parse(other).contrast(Colour.parse(one)) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "#12345\n", "123456"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        Colour.parse(text)


@given(COLOURS)
def test_a_colour_is_written_as_it_is_read(colour: Colour) -> None:
    assert Colour.parse(str(colour)) == colour


@given(COLOURS, COLOURS)
def test_text_can_be_made_readable_on_every_colour(colour: Colour, on: Colour) -> None:
    assert colour.readable(TEXT_CONTRAST, on).contrast(on) >= TEXT_CONTRAST


@given(COLOURS, COLOURS)
def test_what_can_be_read_is_left_alone(colour: Colour, on: Colour) -> None:
    if colour.contrast(on) >= SHAPE_CONTRAST:
        assert colour.readable(SHAPE_CONTRAST, on) == colour


def test_a_contrast_that_nothing_has_is_answered_with_the_best() -> None:
    grey = Colour.parse("#808080")
    assert grey.readable(21.0, grey) == BLACK
    assert BLACK.readable(22.0, BLACK) == WHITE


@given(st.sampled_from(["light", "dark"]), CHOICES, CHOICES, CHOICES)
def test_whatever_a_client_chooses_can_be_read(
    name: str, accent: str | None, background: str | None, ink: str | None
) -> None:
    colours = Colours.of(Theme(name, accent=accent, background=background, ink=ink))
    assert background is None or str(colours.background) == background
    for text in (colours.ink, colours.muted):
        for below in (colours.background, colours.surface):
            assert text.contrast(below) >= TEXT_CONTRAST
    assert colours.ink.contrast(colours.chip) >= TEXT_CONTRAST
    for shape in (colours.accent, *colours.palette):
        assert shape.contrast(colours.background) >= SHAPE_CONTRAST
        assert shape.contrast(colours.surface) >= SHAPE_CONTRAST
    for letter, below in zip(colours.on_palette, colours.palette, strict=True):
        assert letter.contrast(below) >= TEXT_CONTRAST
    assert colours.on_accent.contrast(colours.accent) >= TEXT_CONTRAST


@given(st.sampled_from(["light", "dark"]), CHOICES)
def test_code_can_be_read_in_all_its_colours(name: str, background: str | None) -> None:
    colours = Colours.of(Theme(name, background=background))
    written = [part.partition("<")[0] for part in tm_theme(colours).split("<string>")]
    in_code = [Colour.parse(part) for part in written if part.startswith("#")]
    assert len(in_code) == 7
    assert all(each.contrast(colours.surface) >= TEXT_CONTRAST for each in in_code)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_our_own_themes_are_as_they_were_chosen(name: str) -> None:
    colours = Colours.of(Theme(name))
    assert colours.dark == (name == "dark")
    assert colours.ink.contrast(colours.background) > 12
    assert colours.accent == colours.palette[0]
    assert len(set(colours.palette)) == 6


def test_a_brand_stays_as_it_is_while_it_can_be_read() -> None:
    colours = Colours.of(Theme("light", accent="#7c3aed", background="#ffffff", ink="#222222"))
    assert [str(each) for each in (colours.accent, colours.background, colours.ink)] == [
        "#7c3aed",
        "#ffffff",
        "#222222",
    ]
    assert colours.palette[0] == colours.accent
    assert len(set(colours.palette)) == 6


def test_a_dark_background_in_the_light_theme_has_light_text() -> None:
    colours = Colours.of(Theme("light", background="#101010"))
    assert colours.dark
    assert colours.ink.contrast(colours.background) > 12


def test_yellow_on_white_gets_darker_and_stays_yellow() -> None:
    yellow = Colours.of(Theme("light", accent="#ffee00", background="#ffffff")).accent
    assert yellow.contrast(WHITE) >= SHAPE_CONTRAST
    assert yellow.red > 2 * yellow.blue
    assert yellow.green > 2 * yellow.blue


def test_a_theme_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no theme"):
        Colours.of(Theme("sepia"))
