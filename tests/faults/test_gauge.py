"""The gauge tells growth from noise."""

import os
import random

import psutil
import pytest
from tests.faults.gauge import Gauge, Sample, Verdict, judged

MIB = 2**20


def over_time(memory: "list[float]", fds: "list[int] | None" = None) -> Verdict:
    """Judge one sample a second: MiB, file descriptors."""
    samples = [Sample(float(at), int(mib * MIB), (fds or [10] * len(memory))[at]) for at, mib in enumerate(memory)]
    verdict = judged("api", samples, 0.0, float(len(memory)))
    assert verdict is not None
    return verdict


def test_noise_and_a_warm_up_are_flat() -> None:
    rng = random.Random(7)  # noqa: S311 - the same noise each time
    warming = [20.0 + at for at in range(25)]
    assert over_time([*warming, *(60 + rng.uniform(-3, 3) for _ in range(75))]).flat


def test_steady_growth_is_not() -> None:
    assert not over_time([60 + 0.2 * at for at in range(100)]).flat


def test_one_sample_that_is_huge_does_not_count() -> None:
    assert over_time([60.0] * 90 + [600.0] + [60.0] * 9).flat


@pytest.mark.parametrize(("more", "flat"), [(3, True), (9, False)])
def test_descriptors_count_too(more: int, flat: bool) -> None:  # noqa: FBT001 - a case
    assert over_time([60.0] * 100, [10] * 75 + [10 + more] * 25).flat is flat


def test_too_little_is_no_verdict() -> None:
    assert judged("api", [Sample(0.0, 1, 1), Sample(1.0, 1, 1)], 0.0, 2.0) is None


def test_it_looks_at_a_living_process() -> None:
    gauge = Gauge(lambda: [psutil.Process(os.getpid())])
    gauge.sample()
    ((sample,),) = gauge.samples.values()
    assert sample.pss_bytes > MIB
    assert sample.fds > 2
