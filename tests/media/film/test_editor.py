from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.media.film import reels
from tests.media.film.reels import RATE_HZ, SMALL, VOICE_HZ

from mediamill.media.film import cut, editor
from mediamill.media.film.cut import Cut
from mediamill.media.film.look import Look
from mediamill.media.film.soundtrack import Music

SRT = """\
1
00:00:00,400 --> 00:00:01,480
Ong & bướm <b>bay</b>
qua cửa sổ

2
00:00:02,000 --> 00:00:02,960
Hết

"""
WEBM = reels.in_webm()
LOOKS = pytest.mark.parametrize("look", [SMALL, WEBM], ids=["mp4", "webm"])


def three_scenes(folder: Path, look: Look) -> Path:
    """Make a film of three scenes with subtitles."""
    sounds = [reels.beeping(round(seconds * VOICE_HZ)) for seconds in (1.01, 1.53, 0.997)]
    return reels.film(folder, reels.reel(folder, sounds, look), srt=SRT)


#: 26, 39 and 25 of them.
FRAMES = 90


@LOOKS
def test_its_picture_is_what_every_browser_plays(tmp_path: Path, look: Look) -> None:
    with av.open(str(three_scenes(tmp_path, look))) as film:
        codec = film.streams.video[0].codec_context
        assert codec.name == ("h264" if look == SMALL else "vp9")
        assert codec.pix_fmt == "yuv420p"
        assert (codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range) == (1, 1, 1, 1)


@LOOKS
def test_its_frames_are_those_of_the_segments(tmp_path: Path, look: Look) -> None:
    path = three_scenes(tmp_path, look)
    with av.open(str(path)) as film:
        shown = [round(frame.time * look.fps) for frame in film.decode(film.streams.video[0]) if frame.time is not None]
    assert shown == [0, 3, 25, *(26 + n for n in (0, 3, 28, 38)), *(65 + n for n in (0, 3, 24))]


@LOOKS
def test_picture_and_sound_are_as_long_as_its_scenes_to_the_sample(tmp_path: Path, look: Look) -> None:
    path = three_scenes(tmp_path, look)
    samples = FRAMES * RATE_HZ // look.fps
    begin, sound = reels.heard(path)
    assert begin == 0
    with av.open(str(path)) as film:
        if look == SMALL:
            for stream in (film.streams.video[0], film.streams.audio[0]):
                assert Fraction(stream.duration or 0) * Fraction(stream.time_base or 0) * RATE_HZ == samples
            assert film.duration == FRAMES * av.time_base // look.fps
            # FFmpeg's decoder gives the last packet as it is: a part of it is behind the end.
            assert samples <= len(sound) < samples + 1_024
        else:
            assert len(sound) == samples
            # Milliseconds, and packets of twenty.
            assert 0 <= (film.duration or 0) - FRAMES * av.time_base // look.fps <= 20_000


@LOOKS
def test_it_says_its_title_its_language_and_its_chapters(tmp_path: Path, look: Look) -> None:
    with av.open(str(three_scenes(tmp_path, look))) as film:
        assert film.metadata["title"] == "Ong nói chuyện thế nào"
        kinds = {stream.type: stream.metadata["language"] for stream in film.streams if stream.type != "data"}
        assert kinds == {"video": "vie", "audio": "vie", "subtitle": "vie"}
        chapters = [
            (
                chapter["metadata"]["title"],
                float(chapter["start"] * chapter["time_base"]),
                float(chapter["end"] * chapter["time_base"]),
            )
            for chapter in film.chapters()
            if chapter["time_base"]
        ]
    assert chapters == [("Cảnh 1", 0, 26 / 25), ("Cảnh 2", 26 / 25, 65 / 25), ("Cảnh 3", 65 / 25, 90 / 25)]


@LOOKS
def test_its_subtitles_can_be_read_again(tmp_path: Path, look: Look) -> None:
    with av.open(str(three_scenes(tmp_path, look))) as film:
        stream = film.streams.subtitles[0]
        packets = [packet for packet in film.demux(stream) if packet.pts is not None and packet.size > 2]
        base = Fraction(stream.time_base or 0)
        times = [(float((p.pts or 0) * base), float((p.duration or 0) * base)) for p in packets]
        texts = [bytes(packet) for packet in packets]
    assert times == [pytest.approx((0.4, 1.08)), pytest.approx((2.0, 0.96))]
    if look == SMALL:
        assert [text[2:].decode() for text in texts] == ["Ong & bướm <b>bay</b>\nqua cửa sổ", "Hết"]
    else:
        assert [text.decode() for text in texts] == ["Ong &amp; bướm &lt;b&gt;bay&lt;/b&gt;\nqua cửa sổ", "Hết"]


@LOOKS
def test_a_film_without_subtitles_has_no_track_for_them(tmp_path: Path, look: Look) -> None:
    made = reels.reel(tmp_path, [reels.beeping(VOICE_HZ)], look)
    for path in (reels.film(tmp_path, made), reels.film(tmp_path, made, srt="")):
        with av.open(str(path)) as film:
            assert [stream.type for stream in film.streams if stream.type in {"video", "audio"}] == ["video", "audio"]
            cues = [packet for stream in film.streams.subtitles for packet in film.demux(stream) if packet.size > 2]
            assert cues == []


def test_a_browser_can_begin_an_mp4_before_it_has_the_file(tmp_path: Path) -> None:
    film = three_scenes(tmp_path, SMALL).read_bytes()
    assert film.index(b"moov") < film.index(b"mdat")


def test_a_browser_can_jump_in_a_webm_before_it_has_the_file(tmp_path: Path) -> None:
    cues, cluster = bytes.fromhex("1C53BB6B"), bytes.fromhex("1F43B675")
    film = three_scenes(tmp_path, WEBM).read_bytes()
    # Behind the index of the file's parts, which names both.
    assert film.index(cues, 300) < film.index(cluster, 300)


@LOOKS
def test_a_player_can_begin_at_every_scene(tmp_path: Path, look: Look) -> None:
    with av.open(str(three_scenes(tmp_path, look))) as film:
        stream = film.streams.video[0]
        for start in (26, 65):
            film.seek(round(Fraction(start, look.fps) / Fraction(stream.time_base or 1)), stream=stream)
            frame = next(film.decode(stream))
            assert frame.time == pytest.approx(start / look.fps, abs=0.001)


def test_a_sound_that_is_not_as_long_as_the_picture_is_refused(tmp_path: Path) -> None:
    made = reels.reel(tmp_path, [reels.beeping(VOICE_HZ)])
    sound = (replace(reels.recorded(tmp_path, made)[0], frames=26),)
    with pytest.raises(ValueError, match="25 frames of picture, and sound for 26"):
        editor.cut(cut.Order(Cut(made.segments, sound, "", "vi"), SMALL, tmp_path / "film.mp4"), reels.quiet)


def test_segments_of_two_sizes_are_refused(tmp_path: Path) -> None:
    other = replace(SMALL, frame=replace(SMALL.frame, width=640))
    segments = (reels.flashing(tmp_path / "1.mp4", 25), reels.flashing(tmp_path / "2.mp4", 25, other))
    sound = reels.recorded(tmp_path, reels.reel(tmp_path, [reels.beeping(VOICE_HZ)] * 2))
    with pytest.raises(ValueError, match="segments differ"):
        editor.cut(cut.Order(Cut(segments, sound, "", "vi"), SMALL, tmp_path / "film.mp4"), reels.quiet)


def test_variable_and_constant_rate_show_the_same(tmp_path: Path) -> None:
    sounds = [reels.beeping(VOICE_HZ + 7), reels.beeping(VOICE_HZ + 1_001)]
    seen = []
    for look in (SMALL, replace(SMALL, constant_rate=True)):
        (folder := tmp_path / str(look.constant_rate)).mkdir()
        path = reels.film(folder, reels.reel(folder, sounds, look))
        seen.append(reels.flashes(path))
        with av.open(str(path)) as film:
            assert film.duration == 53 * av.time_base // look.fps
    assert seen[0] == seen[1] == [0.0, 26 / 25]


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    told = list[float]()
    made = reels.reel(tmp_path, [reels.beeping(VOICE_HZ)] * 3)
    order = cut.Order(Cut(made.segments, reels.recorded(tmp_path, made), "", "vi"), SMALL, tmp_path / "film.mp4")
    editor.cut(order, told.append)
    assert told == sorted(set(told)), "no hundredth twice"
    assert 0 < told[0] < told[-1] <= 1


def test_a_long_film_tells_no_more_often_than_a_short_one(tmp_path: Path) -> None:
    told = list[float]()
    look = replace(SMALL, constant_rate=True)
    made = reels.reel(tmp_path, [reels.beeping(8 * VOICE_HZ)], look)
    sound = reels.recorded(tmp_path, made)
    editor.cut(cut.Order(Cut(made.segments, sound, "", "vi"), look, tmp_path / "film.mp4"), told.append)
    assert 90 <= len(told) <= 100


def test_a_full_disk_is_an_error_of_the_system(tmp_path: Path) -> None:
    made = reels.reel(tmp_path, [reels.beeping(VOICE_HZ)])
    sound = reels.recorded(tmp_path, made)
    with pytest.raises(OSError, match="No space"):
        editor.cut(cut.Order(Cut(made.segments, sound, "", "vi"), SMALL, Path("/dev/full")), reels.quiet)


def test_a_stereo_sound_stays_one(tmp_path: Path) -> None:
    both = np.stack([reels.tone(440, 1, RATE_HZ), reels.tone(660, 1, RATE_HZ)], axis=1)
    music = Music(reels.write_wav(tmp_path / "music", both, RATE_HZ), 0, 0)
    for look in (SMALL, WEBM):
        path = reels.film(tmp_path, reels.reel(tmp_path, [np.zeros(3 * VOICE_HZ)], look), music=music)
        found = reels.heard(path)[1][RATE_HZ : 2 * RATE_HZ]
        spectrum = np.abs(np.fft.rfft(found, axis=0))
        assert [int(each.argmax()) for each in spectrum.T] == [440, 660]
