"""The circuit breaker, by hand and before a real server that hangs."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from redis.exceptions import ResponseError
from tests.engine.mill import Clock

from mediamill.core.errors import Unavailable
from mediamill.settings import RedisSettings
from mediamill.store.breaker import FAILURES, PAUSE_S, Breaker
from mediamill.store.pool import Client, connect

TIMEOUT_S = 0.3


class Silence(Exception):  # noqa: N818 - nobody answers
    pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(Silence, now=clock)


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
    with pytest.raises(Unavailable, match="asked again"):
        call(breaker)
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
    with pytest.raises(ResponseError):
        call(breaker, ResponseError("OOM"))
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
            with pytest.raises(Unavailable):
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
        with pytest.raises(Unavailable):
            call(breaker)


# ---- before a server


@pytest.fixture
def careful(private_valkey: tuple[str, subprocess.Popen[bytes]]) -> Iterator[Client]:
    client = connect(RedisSettings(url=private_valkey[0], timeout_s=TIMEOUT_S), breaking=True)
    yield client
    client.close()


def test_before_a_server_that_hangs_only_the_first_ones_wait(
    private_valkey: tuple[str, subprocess.Popen[bytes]], careful: Client
) -> None:
    careful.run("PING")
    os.kill(private_valkey[1].pid, signal.SIGSTOP)
    try:
        for _ in range(FAILURES):
            with pytest.raises(Unavailable, match="TimeoutError"):
                careful.many([("PING",)])
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(Unavailable, match="asked again"):
                careful.run("PING")
        assert time.monotonic() - began < TIMEOUT_S
    finally:
        os.kill(private_valkey[1].pid, signal.SIGCONT)
    answers = []

    def ask() -> None:
        try:
            answers.append(careful.run("PING"))
        except Unavailable:
            answers.append(None)

    end = time.monotonic() + 5 * PAUSE_S
    while True not in answers and time.monotonic() < end:
        asking = [threading.Thread(target=ask) for _ in range(4)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert True in answers
    assert careful.run("PING")


def test_a_store_that_is_full_refuses_writes_and_is_still_read(careful: Client) -> None:
    careful.run("CONFIG", "SET", "maxmemory", "1")
    try:
        for _ in range(2 * FAILURES):
            with pytest.raises(Unavailable, match="OutOfMemory"):
                careful.run("SET", "a", "b")
        assert careful.run("GET", "a") is None
    finally:
        careful.run("CONFIG", "SET", "maxmemory", "0")
