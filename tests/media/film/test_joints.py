"""Nothing clicks where scenes meet, however abruptly their words begin and end."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.media.film import reels
from tests.media.film.reels import RATE_HZ, SMALL, VOICE_HZ

from mediamill.media.film import joints
from mediamill.media.film.cut import Cut
from mediamill.media.film.look import Look
from mediamill.media.film.soundtrack import Part
from mediamill.media.film.studio import Studio
from mediamill.testing import FakeContext

Sound = NDArray[np.float64]

HZ = 437
FRAME = VOICE_HZ // 25


def spoken(folder: Path, *sounds: Sound, frames: int = 40) -> tuple[Part, ...]:
    """Return parts of that many frames."""
    return tuple(Part(reels.write_wav(folder / f"{n}.wav", sound), frames) for n, sound in enumerate(sounds))


def heard(folder: Path, parts: tuple[Part, ...], look: Look) -> Sound:
    """Return what is heard of a film of these parts."""
    segments = tuple(reels.flashing(folder / f"{n}.picture", part.frames, look) for n, part in enumerate(parts))
    with Studio(FakeContext(folder), look) as studio:
        studio.cut(Cut(segments, studio.mix(parts, None), "", "en"), folder / "film")
    return reels.heard(folder / "film")[1][:, 0].astype(np.float64)


def beside_the_tone(sound: Sound) -> Sound:
    """Return what is heard besides a tone of HZ, as a share of it, in each hundredth of a second."""
    at = 2 * np.pi * HZ * np.arange(sound.size) / RATE_HZ
    waves = np.stack([np.sin(at), np.cos(at)], axis=1)
    length = RATE_HZ // 100
    whole = sound.size - sound.size % length
    fit, *_ = np.linalg.lstsq(waves, sound, rcond=None)
    rest = (sound - waves @ fit)[:whole].reshape(-1, length)
    return np.asarray(np.abs(rest).max(axis=1) / np.hypot(*fit))


@pytest.mark.parametrize(
    "look", [SMALL, replace(SMALL, fps=30), reels.in_webm(), reels.in_webm(replace(SMALL, fps=30))]
)
def test_a_tone_that_is_cut_where_two_scenes_meet_sounds_as_if_it_was_not(tmp_path: Path, look: Look) -> None:
    frame = VOICE_HZ // look.fps
    tone = reels.tone(HZ, 3)
    lengths = (29, 17, 23)
    ends = np.cumsum(lengths) * frame
    parts = tuple(
        Part(reels.write_wav(tmp_path / f"{n}.wav", tone[end - count * frame : end]), count)
        for n, (end, count) in enumerate(zip(ends, lengths, strict=True))
    )
    found = beside_the_tone(heard(tmp_path, parts, look)[: ends[-1] * 2])
    assert found[10:-10].max() < 0.02


def test_words_that_begin_at_once_do_not_click(tmp_path: Path) -> None:
    # As much silence as a joint needs, and then the words at their loudest.
    tone = np.cos(2 * np.pi * HZ * np.arange(40 * FRAME) / VOICE_HZ) / 2
    tone[:512] = tone[-768:] = 0
    parts = spoken(tmp_path, tone, tone)
    assert joints.pieces(parts, 25) == [(parts[0],), (parts[1],)]
    whole = heard(tmp_path, parts, SMALL)
    joint = 40 * FRAME * 2
    silence = np.abs(whole[joint - 600 : joint + 200])
    assert silence.max() < 0.03 * np.abs(whole).max()


def test_scenes_are_pieces_of_their_own_only_where_both_sides_are_silent(tmp_path: Path) -> None:
    words = reels.tone(HZ, 40 / 25)
    late, early, both = words.copy(), words.copy(), words.copy()
    late[:512] = early[-768:] = both[:512] = both[-768:] = 0
    parts = spoken(tmp_path, both, both, early, words, late, late)
    found = joints.pieces(parts, 25)
    assert found == [(parts[0],), (parts[1], parts[2], parts[3], parts[4], parts[5])]
    first, *rest = (len(piece) for piece in joints.pieces((parts[2], parts[5], parts[0]), 25))
    assert (first, rest) == (1, [2])


def test_the_silence_behind_the_words_counts(tmp_path: Path) -> None:
    short = reels.tone(HZ, 40 / 25)[:-FRAME]
    silent_first = np.concatenate([np.zeros(512), short])[: 39 * FRAME]
    parts = spoken(tmp_path, short, silent_first)
    assert len(joints.pieces(parts, 25)) == 2
    assert len(joints.pieces(spoken(tmp_path, short, silent_first, frames=39), 25)) == 1


def test_no_parts_are_no_pieces() -> None:
    assert joints.pieces((), 25) == []
