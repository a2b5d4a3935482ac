"""What pictures keep free is what subtitles take."""

import itertools

import pytest

from mediamill.media.film.letters import lettered
from mediamill.media.film.look import Lettering, Place
from mediamill.media.film.setting import share_of
from mediamill.media.pictures.slide import Aspect, Frame, Resolution
from mediamill.media.voices.files.captions import SHOWN_CHARS

#: As long as what is shown at a time.
TEXTS = (
    "Interest is the price of money that somebody lends, and it is paid once in each year",
    "Một máy chủ nhận hàng trăm yêu cầu mỗi phút, nhưng chỉ có vài công nhân xử lý chúng.",
    "Die Dampfschifffahrt auf der Donau begann lange vor allen Eisenbahnverbindungen hier",
)


@pytest.mark.parametrize("aspect", Aspect)
@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.2, 1.5, 2.0])
def test_subtitles_stay_within_their_share_of_the_frame(aspect: Aspect, scale: float) -> None:
    assert {len(text) for text in TEXTS} == {SHOWN_CHARS}
    for text, outline, place in itertools.product(TEXTS, (False, True), Place):
        frame = Frame.of(aspect, Resolution.HD)
        style = Lettering(scale, place, outline)
        shown = lettered(text, frame, style)
        assert shown is not None
        taken = shown.y + shown.picture.height if place is Place.TOP else frame.height - shown.y
        assert taken <= share_of(frame, style) * frame.height + 4, (text, outline, place)


def test_two_lines_in_a_wide_frame_take_the_share_that_slides_keep_by_default() -> None:
    assert share_of(Frame(1280, 720), Lettering()) == pytest.approx(0.147, abs=0.001)
