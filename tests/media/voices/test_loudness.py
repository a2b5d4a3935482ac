import numpy as np
import pyloudnorm  # type: ignore[import-untyped]
import pytest

from mediamill.media.voices.catalog import voice_named
from mediamill.media.voices.engines.engine import engine_named
from mediamill.media.voices.sounds.loudness import TARGET_LUFS, gain_db, loudness
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, finished, trimmed
from mediamill.media.voices.utterance import said


def tone(seconds: float, level_db: float) -> Pcm:
    """A tone of 1 kHz, which BS.1770 hears at its level, less 3 dB for being a sine."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (32_768 * 10 ** (level_db / 20) * np.sin(2 * np.pi * 1_000 * at)).astype(np.int16)


@pytest.mark.parametrize("seconds", [0.12, 0.3, 0.4, 2.0])
def test_a_sentence_of_any_length_is_brought_to_the_target(seconds: float) -> None:
    assert gain_db(tone(seconds, -30), RATE_HZ) == pytest.approx(TARGET_LUFS + 33, abs=0.8)


def test_silence_and_clicks_are_left_as_they_are_and_a_breath_does_not_become_a_voice() -> None:
    assert gain_db(tone(1.0, -120), RATE_HZ) == 0
    assert gain_db(tone(0.05, -30), RATE_HZ) == 0
    assert gain_db(tone(1.0, -60), RATE_HZ) == 18


@pytest.mark.parametrize("name", ["heart", "espeak-vi", "espeak-en-us"])
def test_a_voice_that_was_measured_is_as_loud_as_one_that_was_not(name: str) -> None:
    voice = voice_named(name)
    text = "Hôm nay thư đến muộn hơn mọi ngày." if name == "espeak-vi" else "The post was late again today."
    wave = engine_named(voice.engine).speak(said(text), voice, 1.0)
    assert gain_db(trimmed(wave, voice.rate_hz), voice.rate_hz) == pytest.approx(voice.gain_db, abs=2.5)
    assert gain_db(finished(wave, voice.rate_hz, None), RATE_HZ) == pytest.approx(0, abs=0.7)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000, 48_000])
@pytest.mark.parametrize("seconds", [0.4, 1.0, 3.7])
def test_loudness_is_what_another_meter_says(rate_hz: int, seconds: float) -> None:
    chance = np.random.default_rng(0)
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    # Rumble, a voice that comes and goes, and hiss.
    parts = 0.1 * np.sin(2 * np.pi * 30 * at), 0.2 * np.sin(2 * np.pi * 250 * at), chance.normal(0, 0.05, at.size)
    wave = (32_767 * sum(parts) * (np.sin(2 * np.pi * 0.9 * at) > -0.5)).astype(np.int16)
    judged = pyloudnorm.Meter(rate_hz).integrated_loudness(wave / 32_768)
    assert loudness(wave, rate_hz) == pytest.approx(judged, abs=0.15)


def test_a_murmur_between_words_does_not_count() -> None:
    wave = np.concatenate([tone(1.0, -20), tone(2.0, -40), tone(1.0, -20)])
    judged = pyloudnorm.Meter(RATE_HZ).integrated_loudness(wave / 32_768)
    assert loudness(wave, RATE_HZ) == pytest.approx(judged, abs=0.15)
    assert loudness(wave, RATE_HZ) == pytest.approx(-23.7, abs=0.5)


def test_a_tone_of_997_hz_at_full_scale_has_the_loudness_that_the_standard_gives_it() -> None:
    at = np.arange(48_000) / 48_000
    assert loudness((32_767 * np.sin(2 * np.pi * 997 * at)).astype(np.int16), 48_000) == pytest.approx(-3.01, abs=0.05)


def test_silence_has_no_loudness() -> None:
    assert loudness(np.zeros(RATE_HZ, np.int16), RATE_HZ) is None
