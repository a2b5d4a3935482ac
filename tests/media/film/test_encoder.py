"""The pieces of a film's sound, and where they meet."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyloudnorm  # type: ignore[import-untyped]
import pytest
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tests.media.film import reels
from tests.media.film.reels import RATE_HZ, SMALL, VOICE_HZ

from mediamill.media.film import cut, editor, mixer
from mediamill.media.film.cut import Cut
from mediamill.media.film.look import Container, Look
from mediamill.media.film.soundtrack import Order

Sound = NDArray[np.float64]

PACKETS = {Container.MP4: 1_024, Container.WEBM: 960}
LOOKS = pytest.mark.parametrize(
    "look", [SMALL, replace(SMALL, fps=30), reels.in_webm(), reels.in_webm(replace(SMALL, fps=30))]
)


def narrated(seconds: float, seed: int, level: float = 1.0) -> Sound:
    """Return a scene as narrations are: silence around what is said."""
    words = level * reels.speaking(seconds, seed)
    return np.concatenate([np.zeros(round(0.4 * VOICE_HZ)), words, np.zeros(round(0.6 * VOICE_HZ))])


def scenes() -> list[Sound]:
    """Return some of odd lengths, a loud one beside a quiet one."""
    lengths = (1.013, 2.371, 1.777, 3.001, 2.222)
    return [narrated(length, seed, (1.0, 0.1)[seed % 2]) for seed, length in enumerate(lengths)]


@LOOKS
def test_every_scene_sounds_as_it_was_mixed_and_between_them_is_silence(tmp_path: Path, look: Look) -> None:
    made = reels.reel(tmp_path, scenes(), look)
    begin, sound = reels.heard(reels.film(tmp_path, made))
    assert begin == 0
    packet, frame = PACKETS[look.container], RATE_HZ // look.fps
    for part, start in zip(made.parts, made.starts, strict=True):
        mixer.mix(Order((part,), None, look.fps, tmp_path / "scene.wav"), reels.quiet)
        mixed = reels.read_wav(tmp_path / "scene.wav")[:, 0]
        at = round(start * frame / packet) * packet
        assert abs(at - start * frame) <= packet / 2
        words = np.flatnonzero(mixed)
        first, last = words[0] - 2 * packet, words[-1] + 2 * packet
        error = sound[at + first : at + last, 0] - mixed[first:last]
        assert np.sqrt(np.mean(error**2)) < 0.1 * np.sqrt(np.mean(mixed[first:last] ** 2))
        assert np.abs(sound[max(0, at - 4 * packet) : at + 4 * packet]).max() < 1e-5


@LOOKS
def test_the_film_is_as_loud_as_its_scenes_and_never_too_high(tmp_path: Path, look: Look) -> None:
    made = reels.reel(tmp_path, scenes(), look)
    _, sound = reels.heard(reels.film(tmp_path, made))
    meter = pyloudnorm.Meter(RATE_HZ)
    assert meter.integrated_loudness(sound.astype(np.float64)) == pytest.approx(-16, abs=1)
    assert 20 * np.log10(np.abs(soxr.resample(sound[:, 0], 1, 8, quality="VHQ")).max()) <= -1


@LOOKS
def test_it_ends_with_the_last_picture(tmp_path: Path, look: Look) -> None:
    made = reels.reel(tmp_path, scenes(), look)
    _, sound = reels.heard(reels.film(tmp_path, made))
    # FFmpeg's decoder of MP4 gives the last packet as it is: a part of it is behind the end.
    more = len(sound) - made.frames * RATE_HZ // look.fps
    assert 0 <= more < (1_024 if look.container is Container.MP4 else 1)


def test_a_piece_that_is_too_short_is_refused(tmp_path: Path) -> None:
    made = reels.reel(tmp_path, [reels.beeping(VOICE_HZ), reels.beeping(VOICE_HZ)])
    first, second = reels.recorded(tmp_path, made)
    sound = (replace(first, frames=first.frames - 10), replace(second, frames=second.frames + 10))
    with pytest.raises(ValueError, match="packets are missing in a sound of 35 frames"):
        editor.cut(cut.Order(Cut(made.segments, sound, "", "vi"), SMALL, tmp_path / "film.mp4"), reels.quiet)


def test_nothing_is_left_beside_the_piece(tmp_path: Path) -> None:
    made = reels.reel(tmp_path, [reels.beeping(VOICE_HZ)])
    before = set(tmp_path.iterdir())
    (track,) = reels.recorded(tmp_path, made)
    assert set(tmp_path.iterdir()) - before == {track.path}
