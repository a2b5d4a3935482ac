from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.media.voices.ears import heard

from mediamill.media.voices.files.encode import sound_file
from mediamill.media.voices.files.formats import Format
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, silence


def chapter_sound(seconds: float, hz: float) -> Pcm:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (9_000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def chapters_of(path: Path) -> list[tuple[float, float, str]]:
    with av.open(str(path)) as book:
        found: list[Any] = book.chapters()
    return [
        (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]), c["metadata"]["title"]) for c in found
    ]


@pytest.mark.parametrize("rate_hz", [22_050, RATE_HZ, 44_100])
def test_chapters_begin_where_their_sound_does(rate_hz: int, tmp_path: Path) -> None:
    path = tmp_path / "book.m4b"
    with sound_file(path, Format.M4B, rate_hz=rate_hz) as file:
        file.begin_chapter("Mở đầu")
        file.write(np.concatenate([chapter_sound(2.5, 300.0), silence(0.5)]))
        file.begin_chapter("Chương 1: <Hồi> & hết")
        file.write(np.concatenate([chapter_sound(1.7, 500.0), silence(0.3)]))
        file.begin_chapter("The end")
        file.write(chapter_sound(1.25, 700.0))
    found = chapters_of(path)
    assert [title for _, _, title in found] == ["Mở đầu", "Chương 1: <Hồi> & hết", "The end"]
    assert [start_s for start_s, _, _ in found] == pytest.approx([0.0, 3.0, 5.0], abs=0.001)
    assert [end_s for _, end_s, _ in found] == pytest.approx([3.0, 5.0, 6.25], abs=0.001)
    out = heard(path, Format.M4B)
    for start_s, _, _ in found[1:]:
        assert out.first_above(0.06, start_s - 0.2) == pytest.approx(start_s, abs=0.003)


def test_its_length_is_exact_and_its_index_is_in_front(tmp_path: Path) -> None:
    path = tmp_path / "book.m4b"
    with sound_file(path, Format.M4B, title="Truyện Kiều", author="Nguyễn Du") as file:
        file.begin_chapter("1")
        file.write(chapter_sound(3.21, 300.0))
        assert file.settled == 0
        assert not path.stat().st_size
    raw = path.read_bytes()
    assert file.settled == len(raw)
    assert raw[4:12] == b"ftypM4B "
    assert raw.index(b"moov") < raw.index(b"mdat")
    with av.open(str(path)) as book:
        assert Fraction(book.duration or 0, 1_000_000) == Fraction(321, 100)
        assert book.metadata["media_type"] == "2"
        assert book.metadata["album_artist"] == "Nguyễn Du"
        assert book.metadata["gapless_playback"] == "1"


def test_a_player_can_go_to_any_place(tmp_path: Path) -> None:
    path = tmp_path / "book.m4b"
    with sound_file(path, Format.M4B) as file:
        for second in range(60):
            file.write(np.concatenate([chapter_sound(0.5, 200.0 + 10 * second), silence(0.5)]))
    with av.open(str(path)) as book:
        for second in (0, 17, 42, 59):
            book.seek(second * 1_000_000)
            pieces, rate_hz = [], RATE_HZ
            for frame in book.decode(audio=0):
                if frame.time is not None and frame.time >= second + 0.1:
                    pieces.append(frame.to_ndarray().reshape(-1))
                if len(pieces) == 8:
                    break
            wave: NDArray[np.float32] = np.concatenate(pieces)
            loudest = np.argmax(np.abs(np.fft.rfft(wave * np.hanning(wave.size)))) * rate_hz / wave.size
            assert loudest == pytest.approx(200 + 10 * second, abs=4)


def test_more_chapters_than_one_list_holds_long_titles_and_chapters_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "book.m4b"
    with sound_file(path, Format.M4B, title="The book") as file:
        file.write(chapter_sound(0.5, 300.0))
        for number in range(300):
            file.begin_chapter(f"gives way to {number}")
            file.begin_chapter(f"Chương {number}" + "ữ" * 300 * (number == 7))
            file.write(chapter_sound(0.1, 400.0))
        file.begin_chapter("after the end")
    found = chapters_of(path)
    assert len(found) == 301
    assert found[0][2] == "The book"
    assert found[8][2] == "Chương 7" + "ữ" * 300
    assert found[-1][2] == "Chương 299"
    assert found[-1][1] == pytest.approx(30.5, abs=0.001)


def test_formats_without_chapters_leave_them_out(tmp_path: Path) -> None:
    with sound_file(tmp_path / "a", Format.MP3) as file:
        file.begin_chapter("one")
        file.write(chapter_sound(0.5, 300.0))
    assert heard(tmp_path / "a", Format.MP3).seconds == pytest.approx(0.5)
