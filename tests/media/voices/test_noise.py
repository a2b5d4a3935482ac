import numpy as np
import pytest

from mediamill.media.voices.engines.noise import KeptNoise


@pytest.mark.parametrize("columns", [2, 1_024, 1_026, 4_000])
def test_kept_noise_is_normal_and_always_the_same(columns: int) -> None:
    noise = KeptNoise().standard_normal((601, columns), dtype=np.float32)
    assert noise.shape == (601, columns)
    assert noise.view(np.complex64).shape == (601, columns // 2)
    assert abs(float(noise.mean())) < 0.1
    assert float(noise.std()) == pytest.approx(1.0, abs=0.1)
    assert np.array_equal(noise, KeptNoise().standard_normal((601, columns), dtype=np.float32))


@pytest.mark.parametrize("columns", [1_024, 4_000])
def test_whoever_overwrites_the_noise_spoils_nobody_elses(columns: int) -> None:
    before = KeptNoise().standard_normal((3, columns), dtype=np.float32).copy()
    KeptNoise().standard_normal((3, columns), dtype=np.float32)[:] = 0
    assert np.array_equal(before, KeptNoise().standard_normal((3, columns), dtype=np.float32))


def test_rows_of_noise_and_frames_nearby_are_not_alike() -> None:
    noise = KeptNoise().standard_normal((601, 1_024), dtype=np.float32)
    assert abs(float(np.corrcoef(noise[0], noise[1])[0, 1])) < 0.15
    assert abs(float(np.corrcoef(noise[:, 0], noise[:, 2])[0, 1])) < 0.15
