"""A shot becomes a segment: as many frames as it should have, when they should be seen, in the right colours."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.media.film.footage import LOOKS, SMALL, STILL, painted, seen, shot_to

from mediamill.media.film import camera, moments
from mediamill.media.film.look import Container, Lettering, Look
from mediamill.media.film.shot import Caption, Order, Shot
from mediamill.media.pictures.slide import Frame

LENGTHS = (1, 2, 51, 137)
CONTAINERS = [pytest.param(replace(STILL, container=each), id=each.value) for each in Container]


@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_segment_is_as_long_as_its_shot_to_the_frame(look: Look, frames: int, tmp_path: Path) -> None:
    shot = Shot(painted(tmp_path / "a.png"), frames, before=painted(tmp_path / "b.png", "black"))
    path = shot_to(tmp_path / "segment", shot, look)
    assert [frame.number for frame in seen(path, look.fps)] == list(moments.stored(shot, look))
    with av.open(str(path)) as file:
        assert file.duration is not None
        # WebM counts milliseconds.
        assert file.duration / av.time_base == pytest.approx(frames / look.fps, abs=0.0011)
        packets = [packet for packet in file.demux(video=0) if packet.size]
        assert [packet.dts for packet in packets] == [packet.pts for packet in packets], "a frame waits for another"
        assert packets[0].is_keyframe


@pytest.mark.parametrize("look", CONTAINERS)
def test_players_are_told_which_colours_are_meant(look: Look, tmp_path: Path) -> None:
    with av.open(str(shot_to(tmp_path / "segment", Shot(painted(tmp_path / "a.png"), 30), look))) as file:
        context = file.streams.video[0].codec_context
        assert context.pix_fmt == "yuv420p"
        assert (context.width, context.height) == (SMALL.width, SMALL.height)
        frame = next(file.decode(video=0))
        limited, bt709 = 1, 1
        assert (frame.color_range, frame.colorspace) == (limited, bt709)
        assert (frame.color_primaries, frame.color_trc) == (bt709, bt709)
        assert context.name == {Container.MP4: "h264", Container.WEBM: "vp9"}[look.container]


def test_all_segments_of_a_look_have_the_same_parameters(tmp_path: Path) -> None:
    pictures = [painted(tmp_path / f"{colour}.png", colour) for colour in ("red", "gray")]
    noise = tmp_path / "noise.png"
    pixels = np.random.default_rng(0).integers(0, 256, (SMALL.height, SMALL.width, 3), np.uint8)
    Image.fromarray(pixels).save(noise)
    shots = [Shot(pictures[0], 1), Shot(pictures[1], 400, before=noise), Shot(noise, 77, (Caption("words", 3, 50),))]
    for name, look in LOOKS.items():
        found = set()
        for number, shot in enumerate(shots):
            with av.open(str(shot_to(tmp_path / f"{name}-{number}", shot, look))) as file:
                stream = file.streams.video[0]
                assert (stream.codec_context.extradata is not None) == (look.container is Container.MP4)
                found.add((stream.codec_context.extradata, stream.time_base, stream.codec_context.profile))
        assert len(found) == 1, name


@pytest.mark.parametrize("look", CONTAINERS)
@pytest.mark.parametrize("colour", ["red", "lime", "blue", "#7f7f7f", "#123456"])
def test_a_colour_is_seen_as_it_was_painted(look: Look, colour: str, tmp_path: Path) -> None:
    path = shot_to(tmp_path / "segment", Shot(painted(tmp_path / "a.png", colour), 60), look)
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            rgb = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray().astype(int)
            wanted = np.array(Image.new("RGB", (1, 1), colour).getpixel((0, 0)))
            assert np.abs(rgb - wanted).max() <= 5


def test_a_crossfade_goes_from_one_picture_to_the_next_in_even_steps(tmp_path: Path) -> None:
    look = replace(STILL, crossfade_s=0.36)
    before, after = painted(tmp_path / "b.png", "black"), painted(tmp_path / "a.png", "white")
    frames = seen(shot_to(tmp_path / "segment", Shot(after, 60, before=before), look))
    levels = [frame.mean[0] for frame in frames[:10]]
    assert levels == pytest.approx([16 + 219 * (number + 1) / 10 for number in range(10)], abs=2)
    assert levels[4] == pytest.approx((16 + 235) / 2, abs=1.5), "halfway is the mean"


def test_the_first_frame_of_a_film_is_its_picture(tmp_path: Path) -> None:
    frames = seen(shot_to(tmp_path / "segment", Shot(painted(tmp_path / "a.png"), 60)))
    assert [frame.mean for frame in frames] == [pytest.approx((235, 128, 128), abs=1)] * len(frames)


@pytest.mark.parametrize("name", LOOKS)
def test_captions_are_seen_in_their_frames_and_in_no_other(name: str, tmp_path: Path) -> None:
    look = LOOKS[name]
    captions = (Caption("one", 5, 40), Caption("another one", 40, 61), Caption("\U0001f41d", 62, 64))
    shot = Shot(painted(tmp_path / "a.png"), 80, captions)
    shown = {frame.number: frame for frame in seen(shot_to(tmp_path / "segment", shot, look), look.fps)}
    widths = {}
    for number in range(shot.frames):
        frame = shown[max(each for each in shown if each <= number)]
        dark = np.argwhere(frame.y < 128)
        widths[number] = np.ptp(dark[:, 1]) if len(dark) else 0
        if len(dark):
            top, left = dark.min(axis=0)
            bottom, right = dark.max(axis=0)
            assert top > SMALL.height * 0.7
            assert bottom < SMALL.height * 0.99
            assert left == pytest.approx(SMALL.width - 1 - right, abs=2), "it is in the middle"
    assert set(map(widths.get, (*range(5), *range(61, 80)))) == {0}
    assert 0 < max(widths[number] for number in range(5, 40)) < min(widths[number] for number in range(40, 61))
    assert min(widths[number] for number in range(5, 40)) > 0


def test_without_lettering_captions_are_not_seen(tmp_path: Path) -> None:
    shot = Shot(painted(tmp_path / "a.png"), 60, (Caption("one", 0, 60),))
    for frame in seen(shot_to(tmp_path / "segment", shot, replace(STILL, lettering=None))):
        assert frame.y.min() > 230


def test_a_caption_is_seen_during_a_fade_too_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before, after = painted(tmp_path / "b.png", "black"), painted(tmp_path / "a.png", "white")
    look = replace(STILL, lettering=Lettering(2.0))
    frames = seen(shot_to(tmp_path / "segment", Shot(after, 60, (Caption("one", 3, 6),), before), look))
    changed = [frame.number for frame in frames if np.ptp(frame.y[SMALL.height // 2 :].astype(int)) > 40]
    assert changed == [3, 4, 5]


@pytest.mark.parametrize("fps", [25, 30])
def test_a_still_picture_is_stored_every_two_seconds(fps: int, tmp_path: Path) -> None:
    path = shot_to(tmp_path / "segment", Shot(painted(tmp_path / "a.png"), 20 * fps), replace(STILL, fps=fps))
    numbers = [frame.number for frame in seen(path, fps)]
    assert all(later - earlier <= 2 * fps for earlier, later in pairwise(numbers))
    assert len(numbers) == 11


def test_a_zoom_begins_with_the_picture_and_goes_on_from_its_end(tmp_path: Path) -> None:
    look = replace(STILL, zoom=True, crossfade_s=0.2)
    square = tmp_path / "square.png"
    picture = Image.new("RGB", (SMALL.width, SMALL.height), "black")
    picture.paste("white", (61, 50, 261, 130))
    picture.save(square)

    def width(level: np.ndarray) -> float:
        row = level[SMALL.height // 2].astype(float)
        return float((row - 16).sum() / 219)

    frames = seen(shot_to(tmp_path / "first", Shot(square, 100), look))
    widths = [width(frame.y) for frame in frames]
    assert widths[0] == pytest.approx(200, abs=0.7)
    assert widths[-1] == pytest.approx(216, abs=0.7)
    assert np.corrcoef(widths, np.arange(100))[0, 1] > 0.999
    black = painted(tmp_path / "black.png", "black")
    fading = seen(shot_to(tmp_path / "second", Shot(black, 100, before=square), look))[0]
    row = fading.y[SMALL.height // 2].astype(float)
    assert (row > (row.max() + 16) / 2).sum() == pytest.approx(216, abs=1), "it fades from where the shot before ended"


def test_progress_is_told_by_frames_and_ends_at_one(tmp_path: Path) -> None:
    told: list[float] = []
    shot = Shot(painted(tmp_path / "a.png"), 1_000)
    answer = camera.shoot(Order(shot, replace(STILL, constant_rate=True), tmp_path / "segment"), told.append)
    assert told == [pytest.approx(number / 100) for number in range(1, 101)]
    assert answer == {"stored": 1_000}


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    other = painted(tmp_path / "a.png", frame=Frame(320, 180))
    with pytest.raises(ValueError, match=r"\(320, 180\) pixels, not \(322, 180\)"):
        shot_to(tmp_path / "segment", Shot(other, 10))
    with pytest.raises(ValueError, match="pixels, not"):
        shot_to(tmp_path / "segment", Shot(painted(tmp_path / "b.png"), 10, before=other))
    assert not (tmp_path / "segment").exists()


def test_packets_of_segments_one_after_another_are_a_film(tmp_path: Path) -> None:
    """What cut.py does, without it: decoders see no seam."""
    colours = ("red", "lime", "blue")
    pictures = [painted(tmp_path / f"{colour}.png", colour) for colour in colours]
    for container in Container:
        look = replace(STILL, container=container)
        joined = tmp_path / f"film.{container}"
        with av.open(str(joined), "w") as film:
            stream, start = None, 0
            for number, picture in enumerate(pictures):
                shot = Shot(picture, 61, before=pictures[number - 1] if number else None)
                with av.open(str(shot_to(tmp_path / f"{number}.{container}", shot, look))) as segment:
                    stream = stream or film.add_stream_from_template(segment.streams.video[0])
                    for packet in segment.demux(video=0):
                        if packet.pts is None or packet.dts is None:
                            continue
                        shift = round(Fraction(start, look.fps) / packet.time_base)
                        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
                        film.mux(packet)
                start += shot.frames
        frames = seen(joined)
        assert frames[-1].number == 3 * 61 - 1
        numbers = [frame.number for frame in frames]
        assert numbers == sorted(set(numbers))
        brightness = {0: 63, 60: 63, 122 - 1: 173, 182: 32}
        for number, level in brightness.items():
            assert next(frame for frame in frames if frame.number == number).mean[0] == pytest.approx(level, abs=2)
