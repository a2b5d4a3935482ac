"""The circuit breaker before a real server that hangs."""

import signal
import threading
import time
from collections.abc import Iterator

import pytest
from tests.server import Server

from mediamill.core.errors import Unavailable
from mediamill.settings import RedisSettings
from mediamill.store.pool import FAILURES, PAUSE_S, Client, connect

TIMEOUT_S = 0.3


@pytest.fixture
def careful(private_valkey: Server) -> Iterator[Client]:
    client = connect(RedisSettings(url=private_valkey.url, timeout_s=TIMEOUT_S), breaking=True)
    yield client
    client.close()


def test_before_a_server_that_hangs_only_the_first_ones_wait(private_valkey: Server, careful: Client) -> None:
    careful.run("PING")
    private_valkey.signal(signal.SIGSTOP)
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
        private_valkey.signal(signal.SIGCONT)
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
