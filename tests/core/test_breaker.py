"""The circuit breaker, by hand. tests/store and tests/media have it before servers that hang."""

import pytest
from tests.engine.mill import Clock

from mediamill.core.breaker import Breaker

FAILURES = 3
PAUSE_S = 10.0


class Silence(Exception):  # noqa: N818 - nobody answers
    pass


class Refused(Exception):  # noqa: N818 - nobody asked
    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(Silence, refused=Refused, failures=FAILURES, pause_s=PAUSE_S, now=clock)


def call(breaker: Breaker, error: BaseException | None = None) -> None:
    with breaker.call():
        if error:
            raise error


def opened(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        assert breaker.position() == "closed"
        with pytest.raises(Silence):
            call(breaker, Silence())


def test_some_failures_in_a_row_open_it_and_a_pause_lets_a_probe_through(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    assert breaker.position() == "open"
    with pytest.raises(Refused) as refused:
        call(breaker)
    assert PAUSE_S - 5 < refused.value.wait_s <= PAUSE_S
    clock.forward(PAUSE_S)
    assert breaker.position() == "half-open"
    call(breaker)
    assert breaker.position() == "closed"


def test_failures_with_answers_between_them_open_nothing(breaker: Breaker) -> None:
    for _ in range(2 * FAILURES):
        with pytest.raises(Silence):
            call(breaker, Silence())
        call(breaker)
    assert breaker.position() == "closed"


def test_an_error_that_is_an_answer_closes_it(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.forward(PAUSE_S)
    with pytest.raises(KeyError):
        call(breaker, KeyError("out of memory"))
    assert breaker.position() == "closed"


def test_a_probe_that_fails_opens_it_for_another_pause(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.forward(PAUSE_S)
    with pytest.raises(Silence):
        call(breaker, Silence())
    assert breaker.position() == "open"


def test_one_probes_at_a_time_and_the_others_do_not_wait_for_it(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.forward(PAUSE_S)
    with breaker.call():
        for _ in range(3):
            with pytest.raises(Refused):
                call(breaker)
    call(breaker)


def test_a_probe_that_was_ended_is_followed_by_another(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.forward(PAUSE_S)
    with pytest.raises(KeyboardInterrupt):
        call(breaker, KeyboardInterrupt())
    assert breaker.position() == "half-open"
    call(breaker)
    assert breaker.position() == "closed"


def test_one_that_comes_back_late_ends_no_other_ones_probe(breaker: Breaker, clock: Clock) -> None:
    late = breaker.call()
    late.__enter__()
    opened(breaker)
    clock.forward(PAUSE_S)
    with breaker.call():
        assert not late.__exit__(Silence, Silence(), None)
        clock.forward(PAUSE_S)
        with pytest.raises(Refused):
            call(breaker)
