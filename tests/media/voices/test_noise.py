import numpy as np
import pytest

from mediamill.media.voices.engines.noise import noise


@pytest.mark.parametrize("count", [1, 64, 513, 2_000])
def test_kept_noise_is_normal_and_always_the_same(count: int) -> None:
    drawn = noise(0, count, 601)
    assert drawn.shape == (count, 601)
    assert drawn.dtype == np.complex64
    for part in (drawn.real, drawn.imag):
        assert abs(float(part.mean())) < 0.15
        assert float(part.std()) == pytest.approx(1.0, abs=0.1)
    assert np.array_equal(drawn, noise(0, count, 601))


def test_noise_of_some_frames_is_that_of_the_same_frames_among_more() -> None:
    assert np.array_equal(noise(500, 100, 601), noise(0, 600, 601)[500:])


def test_whoever_overwrites_the_noise_spoils_nobody_elses() -> None:
    before = noise(0, 600, 3).copy()
    noise(0, 600, 3)[:] = 0
    assert np.array_equal(before, noise(0, 600, 3))


def test_frames_of_noise_and_frequencies_nearby_are_not_alike() -> None:
    drawn = noise(0, 512, 601).real
    assert abs(float(np.corrcoef(drawn[0], drawn[1])[0, 1])) < 0.15
    assert abs(float(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1])) < 0.15
