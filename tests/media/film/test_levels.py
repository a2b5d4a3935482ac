"""The meter, the ceiling and the ducking by themselves."""

import numpy as np
import pyloudnorm  # type: ignore[import-untyped]
import pytest
from numpy.typing import NDArray
from tests.media.film import reels
from tests.media.film.reels import RATE_HZ

from mediamill.media.film.ceiling import Ceiling
from mediamill.media.film.ducking import Ducking
from mediamill.media.film.meter import Meter

Wave = NDArray[np.float32]


def sound(seconds: float, channels: int = 1) -> Wave:
    """Return noise that comes and goes."""
    random = np.random.default_rng(2)
    wave = random.standard_normal((round(seconds * RATE_HZ), channels))
    swell = 0.001 + np.clip(np.sin(np.arange(wave.shape[0]) / RATE_HZ), 0, 1)
    return np.asarray(0.1 * wave * swell[:, None], dtype=np.float32)


# ---- the meter


def by_another(wave: Wave) -> float:
    """Return LUFS, of a single channel as both sides play it."""
    both = np.broadcast_to(wave, (wave.shape[0], 2)).astype(np.float64)
    return float(pyloudnorm.Meter(RATE_HZ).integrated_loudness(both))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.4, 1.234, 2.4, 2.8, 21.7])
def test_the_meter_agrees_with_another(seconds: float, channels: int) -> None:
    wave = sound(seconds, channels)
    meter = Meter(RATE_HZ)
    meter.hear(wave)
    assert meter.loudness() == pytest.approx(by_another(wave), abs=0.15)


def test_the_meter_hears_the_same_in_pieces_of_any_length() -> None:
    wave, found = sound(7.3), set[float]()
    for length in (11_111, 48_000, 400_000):
        meter = Meter(RATE_HZ)
        for begin in range(0, wave.shape[0], length):
            meter.hear(wave[begin : begin + length])
        found.add(round(meter.loudness() or 0.0, 9))
    assert len(found) == 1


def test_what_nobody_hears_is_not_measured() -> None:
    # An offset: it begins and ends with the sound, and not with each piece that is looked at.
    wave = np.float32(0.1) * sound(10) + np.float32(0.5)
    meter = Meter(RATE_HZ)
    meter.hear(wave)
    assert meter.loudness() == pytest.approx(by_another(wave), abs=0.15)


def test_silence_and_nothing_have_no_loudness() -> None:
    meter = Meter(RATE_HZ)
    assert meter.loudness() is None
    meter.hear(np.zeros((2 * RATE_HZ, 1), np.float32))
    assert meter.loudness() is None


# ---- the ceiling


def limited(wave: Wave, length: int) -> Wave:
    """Send a wave through the ceiling in pieces."""
    ceiling = Ceiling()
    pieces = [ceiling.of(wave[begin : begin + length]) for begin in range(0, wave.shape[0], length)]
    return np.concatenate([*pieces, ceiling.rest()])


def test_the_ceiling_does_the_same_in_pieces_of_any_length() -> None:
    wave = 6 * sound(5, 2)
    whole = limited(wave, wave.shape[0])
    assert whole.shape == wave.shape
    for length in (10, 999, 48_000):
        part = wave[: 30 * length + 5_000] if length == 10 else wave
        expected = limited(part, part.shape[0])
        assert np.abs(limited(part, length) - expected).max() < 1e-6


def test_what_is_below_the_ceiling_is_left_as_it_is() -> None:
    wave = sound(3) / np.float32(np.abs(sound(3)).max()) * np.float32(0.6)
    assert np.array_equal(limited(wave, 48_000), wave)


def test_a_peak_between_two_samples_is_turned_down_too() -> None:
    # A quarter of the rate, sampled beside its peaks: no sample is above -3 dB of what the curve reaches.
    at = np.arange(RATE_HZ)
    wave = np.asarray(np.sin(np.pi / 2 * at + np.pi / 4) * np.hanning(RATE_HZ), dtype=np.float32)[:, None]
    assert np.abs(wave).max() < 0.71
    found = limited(wave, 4_800)
    assert np.abs(found).max() == pytest.approx(10 ** (-1.5 / 20) / np.sqrt(2), rel=0.01)


def test_both_channels_are_turned_down_together() -> None:
    wave = np.stack([reels.tone(300, 1, RATE_HZ, 2.0), reels.tone(300, 1, RATE_HZ, 0.5)], axis=1).astype(np.float32)
    found = limited(wave, 4_800)
    heard = np.abs(wave[:, 1]) > 0.01
    assert np.allclose(found[heard, 0] / found[heard, 1], 4, rtol=0.01)


def test_nothing_goes_in_and_nothing_comes_out() -> None:
    assert Ceiling().rest().shape[0] == 0


# ---- the ducking


def gains(speaking: list[tuple[float, float]], seconds: float, depth_db: float = -12.0) -> NDArray[np.float64]:
    """Return the gain in dB, a hundred a second, with words at these seconds."""
    cells = np.zeros(round(seconds * 25), np.bool_)
    for begin, end in speaking:
        cells[round(begin * 25) : round(end * 25)] = True
    gain = Ducking(cells, 1 / 25, depth_db).gain(0, round(seconds * RATE_HZ))
    return np.asarray(20 * np.log10(gain[:: RATE_HZ // 100]), dtype=np.float64)


def test_music_is_low_before_the_first_word_and_high_without_words() -> None:
    gain = gains([(4, 6)], 12)
    assert np.all(gain[:364] == 0)
    assert np.allclose(gain[400:640], -12)
    assert np.all(gain[761:] > -0.01)


def test_short_pauses_are_not_filled() -> None:
    gain = gains([(2, 3), (3.5, 5), (7.4, 8)], 12)
    assert np.allclose(gain[200:840], -12)


def test_long_pauses_are_filled() -> None:
    gain = gains([(2, 3), (6, 7)], 12)
    assert gain[500] == 0


def test_it_moves_slowly_and_never_further_than_asked_for() -> None:
    gain = gains([(0, 1), (3.6, 5), (8, 9)], 12)
    assert gain.min() >= -12.0001
    assert gain.max() <= 0
    assert np.abs(np.diff(gain)).max() < 0.6  # dB in 10 ms


def test_a_film_without_words_is_all_music() -> None:
    assert np.all(gains([], 3) == 0)


def test_music_that_is_not_to_duck_does_not() -> None:
    assert np.all(gains([(1, 2)], 3, 0.0) == 0)
