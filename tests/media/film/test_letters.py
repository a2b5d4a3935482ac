"""Subtitles are inside the frame and in few, even lines, whatever they say."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from mediamill.media.film import faces
from mediamill.media.film.letters import Lettered, lettered
from mediamill.media.film.look import Lettering, Place
from mediamill.media.pictures.slide import Aspect, Frame, Resolution

WIDE = Frame.of(Aspect.WIDE, Resolution.HD)
FRAMES = [Frame.of(aspect, resolution) for aspect, resolution in product(Aspect, Resolution)]
STYLES = [Lettering(scale, place, outline) for scale in (0.5, 1.0, 2.0) for place in Place for outline in (True, False)]
SHORT = "Xin chào."
CUE = "Ong thợ tìm thấy hoa sẽ múa số tám, để cả tổ biết hướng bay và quãng đường phải đi."
LONG = "Nghiêng nghiêng mái tóc em nằm, " * 30
UNBROKEN = "https://example.org/" + "a" * 900


def lines_of(words: Lettered) -> list[tuple[int, int]]:
    """Return from where to where there is white in each line, pixels."""
    rgba = np.asarray(words.picture)
    white = (rgba[..., :3].min(axis=2) > 200) & (rgba[..., 3] > 200)
    rows = np.flatnonzero(np.diff(np.concatenate([[0], white.any(axis=1), [0]]).astype(int)))
    found = []
    for top, bottom in zip(rows[0::2], rows[1::2], strict=True):
        across = np.flatnonzero(white[top:bottom].any(axis=0))
        if bottom - top > rgba.shape[0] / 12:  # no accent or dot that stands apart
            found.append((int(across[0]), int(across[-1])))
    return found


@pytest.mark.parametrize("text", [SHORT, CUE, LONG, UNBROKEN], ids=["short", "cue", "long", "unbroken"])
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: f"{frame.width}x{frame.height}")
def test_words_are_inside_the_frame_with_a_margin_and_at_even_places(text: str, frame: Frame) -> None:
    for style in STYLES:
        words = lettered(text, frame, style)
        assert words is not None
        assert not any(number % 2 for number in (words.x, words.y, *words.picture.size))
        right, bottom = words.x + words.picture.width, words.y + words.picture.height
        assert min(words.x, frame.width - right) >= frame.width * 0.05
        assert min(words.y, frame.height - bottom) >= frame.height * 0.02
        assert (words.y < frame.height / 2) == (style.place is Place.TOP)
        assert words.picture.height <= frame.height * 0.45
        drawn = words.picture.getbbox()
        assert drawn is not None
        if style.outline:  # nothing is cut off: there is room around the letters
            assert drawn[0] > 0 < drawn[1]
            assert drawn[2] < words.picture.width
            assert drawn[3] < words.picture.height


def test_a_cue_has_two_lines_of_even_length_and_stays_where_slides_leave_room() -> None:
    words = lettered(CUE, WIDE, Lettering())
    assert words is not None
    first, second = lines_of(words)
    lengths = [last - begin for begin, last in (first, second)]
    assert min(lengths) >= 0.8 * max(lengths)
    assert words.y >= WIDE.height * 0.85


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: f"{frame.width}x{frame.height}")
def test_a_cue_has_two_lines_in_a_wide_frame_and_four_at_most_in_others(frame: Frame) -> None:
    for text, scale in ((CUE, 1.0), (CUE, 1.3), (CUE[:40], 2.0)):
        words = lettered(text, frame, Lettering(scale, outline=True))
        assert words is not None
        assert len(lines_of(words)) <= (2 if frame.width > frame.height else 4)


def test_letters_are_as_large_as_asked_for() -> None:
    heights = []
    for frame, scale in ((WIDE, 1.0), (WIDE, 2.0), (Frame.of(Aspect.WIDE, Resolution.FULL_HD), 1.0)):
        words = lettered("H", frame, Lettering(scale, outline=True))
        assert words is not None
        white = np.asarray(words.picture)[..., 0] > 128
        heights.append(int(white.any(axis=1).sum()))
    capital = 0.037 * 720 * 0.73
    assert np.allclose(heights, [capital, 2 * capital, 1.5 * capital], atol=2)


def test_every_vietnamese_letter_is_had_composed_or_not() -> None:
    letters = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯYđĐ" + "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
    assert all(faces.has(letter) for letter in letters)
    composed, apart = (
        lettered(text, WIDE, Lettering()) for text in ("tiếng Việt", "tie\u0302\u0301ng Vie\u0323\u0302t")
    )
    assert composed is not None
    assert apart is not None
    assert composed.picture.tobytes() == apart.picture.tobytes()


def test_what_no_font_has_is_left_out_and_leaves_no_gap() -> None:
    plain, with_emoji = (
        lettered(text, WIDE, Lettering()) for text in ("Hello bees", "Hello \U0001f41d\ufe0f bees \U0001f41d")
    )
    assert plain is not None
    assert with_emoji is not None
    assert plain.picture.tobytes() == with_emoji.picture.tobytes()
    assert lettered("\U0001f41d \U0001f33b", WIDE, Lettering()) is None
    assert lettered(" \n ", WIDE, Lettering()) is None


def test_letters_of_another_font_are_shown_beside_ours() -> None:
    words = lettered("Пчёлы μέλι bees", WIDE, Lettering())
    alone = lettered("bees", WIDE, Lettering())
    assert words is not None
    assert alone is not None
    assert words.picture.width > 2 * alone.picture.width


def test_the_box_has_round_corners_and_is_half_clear() -> None:
    words = lettered(CUE, WIDE, Lettering())
    assert words is not None
    alpha = np.asarray(words.picture)[..., 3]
    assert alpha[0, 0] == alpha[-1, -1] == 0
    assert alpha[alpha.shape[0] // 2, 2] == 200
    assert len(set(alpha[:4, :8].flat)) > 3, "its corners have steps"


def test_outlined_letters_have_no_box() -> None:
    style = replace(Lettering(), outline=True)
    words = lettered(CUE, WIDE, style)
    assert words is not None
    alpha = np.asarray(words.picture)[..., 3]
    assert (alpha == 0).mean() > 0.4
