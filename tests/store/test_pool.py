"""Trouble with the connection becomes Unavailable, and soon."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from tests.server import Server
from tests.store.kit import World, request

from mediamill.cli import valkey
from mediamill.core.errors import Unavailable
from mediamill.core.states import State
from mediamill.settings import RedisSettings
from mediamill.store.jobs import Jobs
from mediamill.store.keys import Keys
from mediamill.store.pool import Client, connect, unavailable
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually

TIMEOUT_S = 0.4


@pytest.fixture
def impatient(private_valkey: Server) -> Iterator[Client]:
    """A client of the private server that waits for `TIMEOUT_S` at most."""
    client = connect(RedisSettings(url=private_valkey.url, timeout_s=TIMEOUT_S))
    yield client
    client.close()


@pytest.mark.parametrize("url", ["unix:///nowhere/at/all.sock", "redis://127.0.0.1:1/0"])
def test_where_nothing_listens_is_unavailable_at_once(url: str) -> None:
    client = connect(RedisSettings(url=url, timeout_s=5))
    start = time.monotonic()
    with pytest.raises(Unavailable, match="ConnectionError"):
        client.run("PING")
    with pytest.raises(Unavailable):
        client.many([("PING",)])
    assert time.monotonic() - start < 1
    client.close()


def test_a_server_that_accepts_and_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(RedisSettings(url=f"redis://127.0.0.1:{silent.getsockname()[1]}", timeout_s=TIMEOUT_S))
        start = time.monotonic()
        with pytest.raises(Unavailable):
            client.run("PING")
        assert time.monotonic() - start < 3 * TIMEOUT_S
        client.close()


@pytest.mark.parametrize("connected", [True, False])
def test_a_server_that_hangs_is_given_up_in_time_and_used_again(
    private_valkey: Server, impatient: Client, *, connected: bool
) -> None:
    if connected:
        impatient.run("PING")
    private_valkey.signal(signal.SIGSTOP)
    try:
        for call in (lambda: impatient.run("PING"), lambda: impatient.many([("PING",), ("PING",)])):
            start = time.monotonic()
            with pytest.raises(Unavailable, match="TimeoutError"):
                call()
            assert time.monotonic() - start < 2.5 * TIMEOUT_S
    finally:
        private_valkey.signal(signal.SIGCONT)
    assert eventually(lambda: impatient.run("PING"))


def test_a_connection_that_broke_while_idle_is_mended_unseen(private_world: World) -> None:
    held = private_world.running()
    private_world.client.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
    assert private_world.attempts.renew([held.pair]) == ["held"]


def test_a_connection_that_breaks_before_the_answer_is_tried_once_more(private_world: World) -> None:
    def kill_the_waiting() -> bool:
        clients = private_world.client.run("CLIENT LIST")
        waiting = [row["id"] for row in clients if row["cmd"] == "blpop"]
        return all(private_world.client.run("CLIENT", "KILL", "ID", number) for number in waiting) and bool(waiting)

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: private_world.client.run("BLPOP", private_world.keys("turn"), 4))
        assert eventually(kill_the_waiting)
        private_world.client.run("RPUSH", private_world.keys("turn"), "heard")
        assert answer.result()[1] == "heard"
        again = pool.submit(lambda: private_world.client.run("BLPOP", private_world.keys("turn"), 4))
        assert eventually(kill_the_waiting)
        assert eventually(kill_the_waiting)
        with pytest.raises(Unavailable):
            again.result()


def test_a_restarted_server_has_every_job_and_takes_moves_at_once(tmp_path: Path) -> None:
    path = tmp_path if len(str(tmp_path)) < 80 else Path("/tmp")  # noqa: S108 - a socket's path may have 107 bytes
    at = path / f"v{os.getpid()}.sock"
    client = connect(RedisSettings(url=f"unix://{at}", timeout_s=5))
    jobs = Jobs(Scripts(client, Keys(), "ticket"))
    for run in range(2):
        server = subprocess.Popen(valkey.command(tmp_path, at, fsync="always"), stdout=subprocess.DEVNULL)
        try:
            eventually(lambda: client.run("PING"), within_s=10)
            assert jobs.submit(request(id=f"run-{run}")).state is State.PENDING
            assert list(jobs.all_ids()) == [f"run-{number}" for number in range(run, -1, -1)]
        finally:
            server.kill()
            server.wait(10)
    with pytest.raises(Unavailable):
        jobs.get("run-0")
    client.close()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (RedisConnectionError("x"), "ConnectionError"),
        (AuthenticationError("x"), "AuthenticationError"),
        (RedisTimeoutError("x"), "TimeoutError"),
        (OutOfMemoryError("x"), "OutOfMemoryError"),
        (BusyLoadingError("x"), "BusyLoadingError"),
        (ReadOnlyError("x"), "ReadOnlyError"),
        (ResponseError("MISCONF Errors writing to the AOF file"), "MISCONF"),
        (ResponseError("OOM command not allowed"), "OOM"),
        (ResponseError("NOREPLICAS Not enough good replicas"), "NOREPLICAS"),
        (ResponseError("MASTERDOWN Link with MASTER is down"), "MASTERDOWN"),
        (ResponseError("BUSY Valkey is busy running a script"), "BUSY"),
    ],
)
def test_what_passes_is_unavailable(error: RedisError, says: str) -> None:
    known = unavailable(error)
    assert known is not None
    assert known.code == "UNAVAILABLE"
    assert says in known.message


@pytest.mark.parametrize("error", [ResponseError("WRONGTYPE x"), ResponseError("ERR a bug"), ValueError("x")])
def test_what_does_not_pass_keeps_its_own_name(error: Exception) -> None:
    assert unavailable(error) is None


def test_one_wrong_command_of_many_is_raised_or_kept_as_asked(world: World) -> None:
    world.client.run("SET", world.keys("turn"), "text")
    commands = [("GET", world.keys("turn")), ("INCR", world.keys("turn")), ("GET", world.keys("turn"))]
    with pytest.raises(ResponseError):
        world.client.many(commands)
    first, wrong, last = world.client.many(commands, keep_refused=True)
    assert (first, last) == ("text", "text")
    assert isinstance(wrong, ResponseError)
    assert world.client.many([]) == []


def test_a_full_store_is_unavailable_even_where_wrong_replies_are_kept(private_world: World) -> None:
    private_world.client.run("CONFIG", "SET", "maxmemory", "1mb")
    try:
        with pytest.raises(Unavailable):
            private_world.client.many([("PING",), ("SET", "filler", "x")], keep_refused=True)
    finally:
        private_world.client.run("CONFIG", "SET", "maxmemory", 0)


def test_a_wrong_command_is_not_called_unavailable(world: World) -> None:
    with pytest.raises(ResponseError, match="unknown command"):
        world.client.run("NO-SUCH-COMMAND")
