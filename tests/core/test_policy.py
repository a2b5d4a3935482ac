import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.core.policy import AGEING_MS_PER_STEP, PRIORITY_MAX, PRIORITY_MIN, RetryPolicy, rank_ms

PRIORITIES = st.integers(PRIORITY_MIN, PRIORITY_MAX)
TIMES_MS = st.integers(1_700_000_000_000, 1_900_000_000_000)


@pytest.mark.parametrize(("failures", "ceiling_s"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (60, 3600)])
def test_the_wait_is_anywhere_below_a_ceiling_that_doubles(failures: int, ceiling_s: float) -> None:
    waits = [RetryPolicy().delay_s(failures) for _ in range(400)]
    assert 0 <= min(waits) < ceiling_s * 0.1
    assert ceiling_s * 0.9 < max(waits) <= ceiling_s


@given(st.integers(1, 200))
def test_the_ceiling_is_thirty_seconds_doubled_up_to_an_hour(failures: int) -> None:
    ceiling_s = min(30 * 2 ** (failures - 1), 3_600)
    assert 0 <= RetryPolicy().delay_s(failures) <= ceiling_s


def test_the_jitter_is_full_and_even() -> None:
    waits = [RetryPolicy().delay_s(8) for _ in range(4_000)]
    for quarter in range(4):  # each has a fourth of them, give or take five standard deviations
        count = sum(quarter * 900 <= wait < (quarter + 1) * 900 for wait in waits)
        assert abs(count - 1_000) < 140


def test_an_attempt_is_one_of_five_unless_the_service_says_else() -> None:
    assert RetryPolicy().attempts == 5
    assert [RetryPolicy().spent(failures) for failures in (4, 5)] == [False, True]


@pytest.mark.parametrize(("after_s", "wait_s"), [(12.5, 12.5), (0, 0), (-3, 0), (9_999, 9_999)])
def test_a_cause_that_names_its_wait_wins(after_s: float, wait_s: float) -> None:
    assert RetryPolicy().delay_s(3, after_s) == wait_s


def test_attempts_are_spent_at_their_number() -> None:
    policy = RetryPolicy(attempts=3)
    assert [policy.spent(failures) for failures in range(5)] == [False, False, False, True, True]


def test_attempts_without_end_never_overflow() -> None:
    assert RetryPolicy(attempts=10_000).delay_s(5_000) <= 3_600


@given(TIMES_MS, TIMES_MS, PRIORITIES)
def test_of_one_priority_the_older_job_comes_first(one_ms: int, other_ms: int, priority: int) -> None:
    assert (rank_ms(one_ms, priority) < rank_ms(other_ms, priority)) == (one_ms < other_ms)


@given(TIMES_MS, PRIORITIES, PRIORITIES, st.integers(0, 200 * AGEING_MS_PER_STEP))
def test_a_step_of_priority_is_worth_a_fixed_age(at_ms: int, low: int, high: int, later_ms: int) -> None:
    sooner = rank_ms(at_ms, low) < rank_ms(at_ms + later_ms, high)
    assert sooner == (later_ms > (high - low) * AGEING_MS_PER_STEP)


@given(TIMES_MS, PRIORITIES)
def test_a_rank_is_whole_as_a_score_of_the_store(at_ms: int, priority: int) -> None:
    rank = rank_ms(at_ms, priority)
    assert int(float(rank)) == rank
