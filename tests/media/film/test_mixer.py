import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pyloudnorm  # type: ignore[import-untyped]
import pytest
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tests.media.film import reels
from tests.media.film.reels import RATE_HZ, SMALL, VOICE_HZ

from mediamill.core.errors import PermanentError
from mediamill.media.film import mixer
from mediamill.media.film.soundtrack import Music, Order, Part

Sound = NDArray[np.float64]


def spoken(folder: Path, *sounds: Sound, fps: int = 25) -> tuple[Part, ...]:
    """Return scenes as long as what is said in them, and a part of a frame."""
    return tuple(
        Part(reels.write_wav(folder / f"{number}.wav", sound), -(-sound.size * fps // VOICE_HZ))
        for number, sound in enumerate(sounds)
    )


def mixed(folder: Path, parts: tuple[Part, ...], music: Music | None = None, fps: int = 25) -> Sound:
    """Return the mixed sound: shape (samples, channels)."""
    to = folder / "all.wav"
    mixer.mix(Order(parts, music, fps, to), reels.quiet)
    return reels.read_wav(to)


def loudness(sound: Sound) -> float:
    """Return LUFS, by another's meter."""
    return float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound))


def true_peak(sound: Sound) -> float:
    """Return the highest point between samples too, dBTP, sixteen times as fine."""
    channels = [np.abs(soxr.resample(np.ascontiguousarray(each), 1, 16, quality="VHQ")).max() for each in sound.T]
    return float(20 * np.log10(max(channels)))


def hiss(seconds: float, level: float = 0.2) -> Sound:
    """Return stereo noise at RATE_HZ."""
    random = np.random.default_rng(3)
    return np.clip(level * random.standard_normal((round(seconds * RATE_HZ), 2)), -1, 1)


def music_of(folder: Path, sound: Sound, volume_db: float = -14.0, ducking_db: float = -10.0) -> Music:
    """Return music in a WAV."""
    return Music(reels.write_wav(folder / "music.wav", sound, RATE_HZ), volume_db, ducking_db)


# ---- words


@pytest.mark.parametrize("fps", [25, 30])
def test_every_scene_is_as_long_as_its_picture_to_the_sample(tmp_path: Path, fps: int) -> None:
    parts = spoken(tmp_path, *(reels.beeping(n) for n in (24_000, 24_001, 31_337, 2_881)), fps=fps)
    sound = mixed(tmp_path, parts, fps=fps)[:, 0]
    assert sound.size == sum(part.frames for part in parts) * RATE_HZ // fps
    starts = np.cumsum([0, *(part.frames for part in parts)])[:-1] * RATE_HZ // fps
    loud = np.flatnonzero(np.abs(sound) > 0.3 * np.abs(sound).max())
    found = loud[np.concatenate([[True], np.diff(loud) > RATE_HZ // 100])]
    assert np.abs(found[: len(starts)] - starts).max() <= 5


@pytest.mark.parametrize("level", [0.05, 0.3, 1.0])
def test_a_film_is_as_loud_as_others_and_never_too_high(tmp_path: Path, level: float) -> None:
    sound = mixed(tmp_path, spoken(tmp_path, *(level * reels.speaking(10.013, seed) for seed in (1, 2))))
    assert loudness(sound) == pytest.approx(-16, abs=0.5)
    assert true_peak(sound) <= -1.4


def test_a_lively_voice_is_turned_down_at_its_peaks_only(tmp_path: Path) -> None:
    # Clicks 20 dB above the voice: they, and nothing else, meet the ceiling.
    voice = 0.1 * reels.speaking(10, 1)
    voice[VOICE_HZ // 2 :: VOICE_HZ] += 0.9
    sound = mixed(tmp_path, spoken(tmp_path, voice))
    assert loudness(sound) == pytest.approx(-16, abs=1)
    assert -1.6 < true_peak(sound) <= -1.4


def test_joints_do_not_click(tmp_path: Path) -> None:
    # One tone over two scenes, cut where a frame ends: it has to sound as if it was never cut.
    tone = reels.tone(437, 4)
    cut = 28 * VOICE_HZ // 25
    whole, joined = mixed(tmp_path, spoken(tmp_path, tone)), mixed(tmp_path, spoken(tmp_path, tone[:cut], tone[cut:]))
    assert np.abs(whole - joined).max() <= 1 / 32_768


def test_silence_stays_silence(tmp_path: Path) -> None:
    assert np.abs(mixed(tmp_path, spoken(tmp_path, np.zeros(VOICE_HZ)))).max() == 0


def test_words_are_equally_loud_with_music_and_without_and_on_both_sides(tmp_path: Path) -> None:
    # The power of the voice in each channel: what a listener hears, whatever a meter or a player makes of one channel.
    parts = spoken(tmp_path, reels.speaking(8))
    faint = music_of(tmp_path, hiss(3), -40, -30)
    alone, with_music = (mixed(tmp_path, parts, music) for music in (None, faint))
    assert np.array_equal(alone[:, 0], alone[:, 1])
    assert 20 * np.log10(alone.std(axis=0) / with_music.std(axis=0)) == pytest.approx([0, 0], abs=0.1)


def test_a_sound_longer_than_its_picture_is_refused(tmp_path: Path) -> None:
    part = Part(reels.write_wav(tmp_path / "0.wav", np.zeros(VOICE_HZ)), 24)
    with pytest.raises(ValueError, match="24000 samples of sound, and a picture for 23040"):
        mixed(tmp_path, (part,))


def test_a_sound_that_is_no_narration_is_refused(tmp_path: Path) -> None:
    part = Part(reels.write_wav(tmp_path / "0.wav", np.zeros(VOICE_HZ), RATE_HZ), 25)
    with pytest.raises(ValueError, match="not 48000 Hz"):
        mixed(tmp_path, (part,))


def test_a_film_that_no_wav_can_hold_is_refused_at_once(tmp_path: Path) -> None:
    day = 24 * 3_600 * 25
    with pytest.raises(PermanentError, match=r"24\.0 hours long; 6\.2") as refused:
        mixed(tmp_path, (Part(tmp_path / "not-looked-at.wav", day),))
    assert refused.value.code == "SOUND_TOO_LONG"


# ---- music


def test_music_is_as_loud_beside_the_voice_as_asked_for(tmp_path: Path) -> None:
    # Six seconds without words in the middle.
    voice = np.concatenate([reels.speaking(6), np.zeros(8 * VOICE_HZ), reels.speaking(6)])
    sound = mixed(tmp_path, spoken(tmp_path, voice), music_of(tmp_path, hiss(5), -14))
    assert loudness(sound) == pytest.approx(-16, abs=0.5)
    assert loudness(sound[8 * RATE_HZ : 13 * RATE_HZ]) == pytest.approx(-16 - 14, abs=0.7)


def test_loud_music_does_not_make_a_loud_film(tmp_path: Path) -> None:
    sound = mixed(tmp_path, spoken(tmp_path, reels.speaking(12)), music_of(tmp_path, hiss(5), 0, 0))
    assert loudness(sound) == pytest.approx(-16, abs=0.5)
    assert true_peak(sound) <= -1.4


def heights(sound: Sound, window_s: float = 0.05) -> Sound:
    """Return how loud a tone of 5 kHz is in each window, dB."""
    count = round(window_s * RATE_HZ)
    whole = sound[: sound.size - sound.size % count]
    carrier = np.exp(-2j * np.pi * 5_000 * np.arange(whole.size) / RATE_HZ)
    # Hann's window, so that the voice's own sounds below stay out of it.
    parts = (whole * carrier).reshape(-1, count) * np.hanning(count)
    return np.asarray(20 * np.log10(np.abs(parts.mean(axis=1)) + 1e-9))


def test_music_makes_room_before_the_first_word_and_waits_for_the_last(tmp_path: Path) -> None:
    # Words from 5 to 11 s, with pauses of half a second between them, and from 18 to 20 s.
    words = 0.3 * reels.tone(300, 2)
    pause = np.zeros(VOICE_HZ // 2)
    voice = np.zeros(25 * VOICE_HZ)
    voice[5 * VOICE_HZ : 12 * VOICE_HZ] = np.concatenate([words, pause, words, pause, words])
    voice[18 * VOICE_HZ : 20 * VOICE_HZ] = words
    tone = np.stack([reels.tone(5_000, 30, RATE_HZ)] * 2, axis=1)
    level = heights(mixed(tmp_path, spoken(tmp_path, voice), music_of(tmp_path, tone, -10, -12))[:, 0])
    at = np.arange(level.size) * 0.05
    full = np.median(level[(at > 1) & (at < 4)])
    # Low from the first word to the last: short pauses are not filled.
    ducked = level[(at >= 5) & (at < 12)] - full
    assert np.abs(ducked + 12).max() < 0.7
    assert np.abs(level[(at >= 18) & (at < 20)] - full + 12).max() < 0.7
    # Back in the long pause, and at the end.
    assert np.abs(level[(at > 14) & (at < 17.5)] - full).max() < 0.5
    assert np.abs(level[(at > 21.7) & (at < 22.4)] - full).max() < 0.5
    # Down and up once for each speech, without a step.
    moves = np.diff(level[(at > 1) & (at < 22)])
    assert np.abs(moves).max() < 12 * 0.05 / 0.35 * 1.6
    directions = np.sign(moves[np.abs(moves) > 0.4])
    assert np.count_nonzero(np.diff(directions)) == 3


def test_the_noise_of_a_room_is_no_word(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    voice = 0.002 * random.standard_normal(16 * VOICE_HZ)
    voice[2 * VOICE_HZ : 6 * VOICE_HZ] += reels.speaking(4)
    tone = np.stack([reels.tone(5_000, 30, RATE_HZ)] * 2, axis=1)
    level = heights(mixed(tmp_path, spoken(tmp_path, voice), music_of(tmp_path, tone, -10, -12))[:, 0])
    at = np.arange(level.size) * 0.05
    assert np.median(level[(at > 8) & (at < 13)]) - np.median(level[(at > 2) & (at < 5)]) == pytest.approx(12, abs=0.7)


def test_music_begins_and_ends_softly(tmp_path: Path) -> None:
    voice = np.concatenate([np.zeros(4 * VOICE_HZ), reels.speaking(4), np.zeros(6 * VOICE_HZ)])
    tone = np.stack([reels.tone(5_000, 30, RATE_HZ)] * 2, axis=1)
    level = heights(mixed(tmp_path, spoken(tmp_path, voice), music_of(tmp_path, tone))[:, 0])
    full = np.median(level[20:60])
    assert level[0] < full - 20
    assert level[-1] < full - 20
    assert np.all(np.diff(level[:12]) > 0)
    assert np.all(np.diff(level[-48:]) < 0.1)


def test_short_music_is_repeated_without_a_hole_or_a_click(tmp_path: Path) -> None:
    # Five seconds for sixteen. It rises from one tone to another: where it begins again, two meet.
    rising = np.interp(np.arange(5 * RATE_HZ), [0, 5 * RATE_HZ], [700, 1_130])
    music = np.stack([0.3 * np.sin(2 * np.pi * np.cumsum(rising) / RATE_HZ)] * 2, axis=1)
    sound = mixed(tmp_path, spoken(tmp_path, np.zeros(16 * VOICE_HZ)), music_of(tmp_path, music))[:, 0]
    body = sound[RATE_HZ : 13 * RATE_HZ]
    power = np.sqrt(np.mean(body.reshape(-1, RATE_HZ // 20) ** 2, axis=1))
    assert 20 * np.log10(power.max() / power.min()) < 3.2
    # No step that two tones of this height do not make by themselves.
    steps = np.abs(np.diff(body, 2))
    natural = (2 * np.pi * 1_130 / RATE_HZ) ** 2 * np.abs(body).max()
    assert steps.max() < 1.3 * natural


def test_music_stays_in_stereo(tmp_path: Path) -> None:
    music = np.stack([reels.tone(500, 5, RATE_HZ), reels.tone(900, 5, RATE_HZ)], axis=1)
    sound = mixed(tmp_path, spoken(tmp_path, np.zeros(4 * VOICE_HZ)), music_of(tmp_path, music))
    spectrum = np.abs(np.fft.rfft(sound[RATE_HZ : 2 * RATE_HZ], axis=0))
    assert [int(each.argmax()) for each in spectrum.T] == [500, 900]


def test_words_are_in_the_middle(tmp_path: Path) -> None:
    music = music_of(tmp_path, np.zeros((3 * RATE_HZ, 2)))
    sound = mixed(tmp_path, spoken(tmp_path, reels.speaking(5)), music)
    assert np.array_equal(sound[:, 0], sound[:, 1])
    assert loudness(sound) == pytest.approx(-16, abs=0.5)


def test_a_film_of_one_frame_has_music_too(tmp_path: Path) -> None:
    sound = mixed(tmp_path, spoken(tmp_path, np.zeros(10)), music_of(tmp_path, hiss(2)))
    assert sound.shape == (RATE_HZ // 25, 2)
    assert np.abs(sound).max() > 0


def test_nothing_is_left_beside_the_sound(tmp_path: Path) -> None:
    (folder := tmp_path / "out").mkdir()
    music = music_of(tmp_path, hiss(2))
    mixer.mix(Order(spoken(tmp_path, reels.speaking(2)), music, 25, folder / "all.wav"), reels.quiet)
    assert [path.name for path in folder.iterdir()] == ["all.wav"]


# ---- length

_MEASURE = r"""
import re, sys
from pathlib import Path
from tests.media.film import reels
from mediamill.media.film import mixer
from mediamill.media.film.soundtrack import Music, Order, Part
folder, scenes, frames = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
music = Music(folder / "music.wav", -14, -10) if sys.argv[4] == "music" else None
mixer.mix(Order((Part(folder / "voice.wav", frames),) * scenes, music, 25, folder / "all.wav"), reels.quiet)
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def peak_mib(folder: Path, scenes: int, frames: int, music: str) -> float:
    """Return how much memory a process took that mixed a film."""
    argv = [sys.executable, "-c", _MEASURE, str(folder), str(scenes), str(frames), music]
    told = subprocess.run(argv, check=True, capture_output=True, text=True)
    return int(told.stdout) / 1_024


@pytest.mark.parametrize(("music", "scenes"), [("alone", 9), ("music", 4)])
def test_memory_does_not_grow_with_the_film(tmp_path: Path, music: str, scenes: int) -> None:
    """Of eight scenes more the words alone, as they come, have 7 MiB; of three more the music has 11."""
    reels.write_wav(tmp_path / "voice.wav", reels.speaking(20))
    reels.write_wav(tmp_path / "music.wav", hiss(10), RATE_HZ)
    short, long = (peak_mib(tmp_path, count, 20 * SMALL.fps, music) for count in (1, scenes))
    with wave.open(str(tmp_path / "all.wav")) as file:
        assert file.getnframes() == scenes * 20 * RATE_HZ
    assert long < short + 4
