import numpy as np
import pytest
from numpy.typing import NDArray

from mediamill.media.voices.sounds.loudness import loudness
from mediamill.media.voices.sounds.pitch import pitched
from mediamill.media.voices.sounds.sound import RATE_HZ, Pcm, onset, silence

SEMITONES = [-12.0, -5.0, -0.5, 0.5, 4.0, 12.0]
#: A vowel's resonances, Hz: "a".
RESONANCES = (800.0, 1_200.0, 2_500.0)


def vowel(seconds: float, hz: float = 140.0) -> Pcm:
    """A voice of that pitch, whose harmonics are as loud as a mouth makes them."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = np.zeros(at.size)
    for n in range(1, int(RATE_HZ / 2 / hz)):
        strength = sum(1 / (1 + ((n * hz - middle) / 120) ** 2) for middle in RESONANCES) + 0.01
        wave += strength * np.sin(2 * np.pi * n * hz * at + n)
    return np.asarray(9_000 * wave / np.abs(wave).max(), dtype=np.int16)


def pitch_hz(wave: Pcm) -> float:
    """Return the pitch, by autocorrelation."""
    windowed = wave[:4_096] * np.hanning(4_096)
    similar = np.fft.irfft(np.abs(np.fft.rfft(windowed, 1 << 16)) ** 2)
    shortest, longest = RATE_HZ // 400, RATE_HZ // 50
    near = shortest + int(np.argmax(similar[shortest:longest]))
    left, middle, right = similar[near - 1 : near + 2]
    return float(RATE_HZ / (near + 0.5 * (left - right) / (left - 2 * middle + right)))


def bands_db(wave: Pcm) -> NDArray[np.float64]:
    """Return how loud it is in each 400 Hz up to 4 kHz, against the whole."""
    power = np.abs(np.fft.rfft(wave.astype(float))) ** 2
    edges = np.arange(0, 4_001, 400) * wave.size // RATE_HZ
    bands = np.add.reduceat(power[: edges[-1]], edges[:-1])
    return np.asarray(10 * np.log10(bands / bands.sum()))


@pytest.mark.parametrize("semitones", SEMITONES)
def test_it_is_as_many_semitones_higher_as_long_and_as_loud(semitones: float) -> None:
    wave = vowel(2.0)
    out = pitched(wave, semitones)
    assert out.size == wave.size
    assert pitch_hz(out[RATE_HZ:]) == pytest.approx(140.0 * 2 ** (semitones / 12), rel=0.015)
    assert loudness(out, RATE_HZ) == pytest.approx(loudness(wave, RATE_HZ), abs=1.0)


@pytest.mark.parametrize("semitones", SEMITONES)
def test_the_vowel_stays_the_same_vowel(semitones: float) -> None:
    heard = bands_db(pitched(vowel(2.0), semitones))
    given = bands_db(vowel(2.0))
    loud = given > -25
    assert np.abs(heard - given)[loud].max() < 6


@pytest.mark.parametrize("semitones", SEMITONES)
def test_words_stay_where_they_are_and_keep_their_ends(semitones: float) -> None:
    wave = np.concatenate([silence(0.01), vowel(0.6), silence(0.25), vowel(0.4), silence(0.06)])
    out = pitched(wave, semitones)
    assert onset(out) == pytest.approx(onset(wave), abs=0.012 * RATE_HZ)
    level = np.abs(out.astype(int))
    second = round(0.7 * RATE_HZ)
    assert second + int(np.argmax(level[second:] > 1_000)) == pytest.approx(0.86 * RATE_HZ, abs=0.02 * RATE_HZ)
    # The last syllable is loud to its end.
    assert np.sqrt(np.mean(level[round(1.19 * RATE_HZ) : round(1.24 * RATE_HZ)] ** 2.0)) > 800
    assert level[0] == level[-1] == 0


@pytest.mark.parametrize("semitones", SEMITONES)
def test_a_short_sound_stays_in_its_place(semitones: float) -> None:
    burst = np.concatenate([silence(0.3), vowel(0.012, 400.0), silence(0.3)])
    energy = np.cumsum(pitched(burst, semitones).astype(float) ** 2)
    middle = np.searchsorted(energy, energy[-1] / 2) / RATE_HZ
    assert middle == pytest.approx(0.306, abs=0.008)


@pytest.mark.parametrize("frames", [0, 1, 100, 1_000])
def test_the_shortest_sounds_keep_their_length(frames: int) -> None:
    assert pitched(vowel(0.5)[:frames], 3.0).size == frames


def test_no_semitones_change_nothing() -> None:
    assert np.array_equal(pitched(vowel(0.1), 0.0), vowel(0.1))
