"""From pictures and words to a film, by the studio and its crew."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.media.film import reels
from tests.media.film.footage import STILL, painted
from tests.media.film.reels import RATE_HZ, VOICE_HZ

from mediamill.core.errors import PermanentError
from mediamill.media.film.cut import Chapter, Cut
from mediamill.media.film.look import Container, Look
from mediamill.media.film.shot import Caption, Shot
from mediamill.media.film.soundtrack import Music, Part
from mediamill.media.film.studio import Studio
from mediamill.testing import FakeContext

#: Samples of what is said in each scene: none a whole number of frames.
SAID = (30_001, 17_777, 54_321)
#: Of silence before that, so that scenes have sounds of their own.
LEAD = 512


def said(samples: int) -> NDArray[np.float64]:
    """Return silence, a beep and silence."""
    return np.concatenate([np.zeros(LEAD), reels.beeping(samples - LEAD)])


def shots(folder: Path, fps: int) -> list[Shot]:
    """Return scenes that fade into each other, with words in the picture."""
    pictures = [painted(folder / f"{number}.png", colour) for number, colour in enumerate(("white", "black", "white"))]
    return [
        Shot(picture, -(-samples * fps // VOICE_HZ), (Caption("Ong bay", 4, 15),), before)
        for picture, samples, before in zip(pictures, SAID, [None, *pictures], strict=False)
    ]


def parts(folder: Path, scenes: list[Shot]) -> list[Part]:
    """Return what is said in them."""
    return [
        Part(reels.write_wav(folder / f"{number}.wav", said(samples)), scene.frames)
        for number, (samples, scene) in enumerate(zip(SAID, scenes, strict=True))
    ]


@pytest.mark.parametrize(
    "look",
    [STILL, replace(STILL, fps=30, constant_rate=True), replace(STILL, container=Container.WEBM, zoom=True)],
    ids=["mp4", "mp4-30-constant", "webm-zoom"],
)
def test_a_film_is_made_by_the_crew_and_again_from_what_is_kept(tmp_path: Path, look: Look) -> None:
    (folder := tmp_path / "given").mkdir()
    scenes = shots(folder, look.fps)
    music = Music(reels.write_wav(folder / "music", reels.tone(200, 2)), -14, -10)
    for attempt in (1, 2):
        ctx = FakeContext(tmp_path, attempt=attempt)
        film, told = ctx.scratch / f"video.{look.container}", list[float]()
        with Studio(ctx, look) as studio:
            segments = tuple(studio.shoot(scene) for scene in scenes)
            sound = studio.mix(parts(folder, scenes), music, told.append)
            studio.cut(Cut(segments, sound, "Ong", "vi-VN", (Chapter("Một", 0),)), film, told.append)
        assert len(ctx.made) == (4 if attempt == 1 else 0)
        frames = sum(scene.frames for scene in scenes)
        with av.open(str(film)) as file:
            shown = [frame.time for frame in file.decode(file.streams.video[0])]
            assert file.streams.audio[0].metadata["language"] == "vie"
        assert shown[-1] == pytest.approx((frames - 1) / look.fps, abs=0.001)
        assert frames * RATE_HZ // look.fps <= len(reels.heard(film)[1]) < frames * RATE_HZ // look.fps + 1_024
        starts = [sum(scene.frames for scene in scenes[:number]) / look.fps + LEAD / VOICE_HZ for number in range(3)]
        assert reels.beeps(film) == pytest.approx(starts, abs=0.002)
        assert told


def test_a_changed_narration_is_one_sound_anew_unless_there_is_music(tmp_path: Path) -> None:
    scenes, made = shots(tmp_path, 25), list[int]()
    music = Music(reels.write_wav(tmp_path / "music", reels.tone(200, 2)), -14, -10)
    spoken = parts(tmp_path, scenes)
    other = replace(spoken[1], sound=reels.write_wav(tmp_path / "other.wav", said(SAID[1] - 7)))
    for sounds, below in ((spoken, None), ([spoken[0], other, spoken[2]], None), (spoken, music)):
        ctx, told = FakeContext(tmp_path), list[float]()
        with Studio(ctx, STILL) as studio:
            tracks = studio.mix(sounds, below, told.append)
        assert sum(track.frames for track in tracks) == sum(scene.frames for scene in scenes)
        assert told == sorted(told)
        assert told[-1] <= 1
        made.append(len(ctx.made))
    assert made == [3, 1, 1]


def test_sounds_of_another_container_are_others(tmp_path: Path) -> None:
    spoken = parts(tmp_path, shots(tmp_path, 25))
    for look in (STILL, replace(STILL, container=Container.WEBM)):
        ctx = FakeContext(tmp_path)
        with Studio(ctx, look) as studio:
            studio.mix(spoken, None)
        assert len(ctx.made) == 3


def test_music_that_is_none_is_told_to_who_sent_it(tmp_path: Path) -> None:
    scenes = shots(tmp_path, 25)
    (tmp_path / "music").write_bytes(b"#EXTM3U\nhttp://127.0.0.1/\n" * 50)
    ctx = FakeContext(tmp_path)
    with Studio(ctx, STILL) as studio:
        with pytest.raises(PermanentError, match="neither a sound nor a video") as refused:
            studio.mix(parts(tmp_path, scenes), Music(tmp_path / "music", -14, -10))
        assert refused.value.code == "MUSIC_UNREADABLE"
        # The crew is as it was.
        assert [track.path.is_file() for track in studio.mix(parts(tmp_path, scenes), None)] == [True] * 3
    assert len(ctx.ran) == 1
