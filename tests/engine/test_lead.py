"""Who sweeps: one candidate at a time, and what a leader does late harms nothing."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Mill, Params
from tests.server import Server
from tests.store import invariants
from tests.store.kit import FAILED, World

from mediamill.core.policy import LEASE_MS
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.store.sweeps import GAP_MS, Round, Sweeps
from mediamill.testing import eventually

KEPT = {"keep_done_s": 60.0, "keep_dead_s": 60.0, "keep_files_s": 60.0}


def ticked(sweeps: Sweeps) -> Round:
    found = sweeps.tick(**KEPT)
    assert found is not None
    return found


def end_lead(mill: Mill) -> None:
    """Let the leader's time be over, as it is 5 s after its last word."""
    mill.store.run("DEL", mill.scripts.keys("sweeper"))


# ---- a leader that comes late


def test_what_a_stopped_leader_found_long_ago_harms_nothing(mill: Mill) -> None:
    world = World(mill.scripts)
    first, second = mill.sweeps, Sweeps(mill.scripts)
    ticked(first)
    lost, retry, failed = world.running(), world.running(), world.running()
    expiring = world.submit(start_in_ms=1_000)
    world.attempts.retry(*retry.pair, FAILED, delay_s=1)
    world.attempts.fail(*failed.pair, FAILED)
    for _ in range(LEASE_MS // 1000 + 1):
        world.wait(1)
        late = ticked(first)
    assert (late.lost, late.due, late.expired) == ([lost.id], [retry.id], [expiring])
    settling = world.get(failed.id).version

    # The leader is stopped here; another does its work, and the jobs go on.
    end_lead(mill)
    ticked(second)
    assert (second.lose(late.lost), second.due(late.due), second.expire(late.expired)) == (1, 1, 1)
    assert second.settle({failed.id: settling})
    again = [world.claim() for _ in range(2)]
    world.jobs.redrive(expiring)
    world.jobs.redrive(failed.id)
    world.succeed(world.claim())
    assert {held.id for held in again} == {lost.id, retry.id}

    before = world.dump()
    assert (first.lose(late.lost), first.due(late.due), first.expire(late.expired)) == (0, 0, 0)
    assert not first.settle({failed.id: settling})
    assert first.disown(failed.id) == []
    assert world.jobs.forget(failed.id, min_age_s=60).outcome == "unchanged"
    assert first.tick(**KEPT) is None  # and it leads no more
    before["clock"] = world.dump()["clock"]
    assert world.dump() == before
    invariants.check(world)


@pytest.fixture
def candidate(redis_settings: RedisSettings, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sweeper in a process of its own, and its name."""
    argv = [sys.executable, "-m", "tests.engine.sweeping", redis_settings.url, redis_settings.prefix]
    with subprocess.Popen([*argv, str(tmp_path / "other")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_leader_that_was_stopped_past_its_lock_follows_when_it_goes_on(
    mill: Mill, candidate: tuple[subprocess.Popen[str], str]
) -> None:
    process, name = candidate
    lock, clock = mill.scripts.keys("sweeper"), mill.scripts.keys("clock")
    eventually(lambda: mill.store.run("GET", lock) == name)
    os.kill(process.pid, signal.SIGSTOP)
    end_lead(mill)
    ticked(mill.sweeps)
    lost = mill.claimed(Params(text="lost"))
    mill.store.run("ZADD", mill.scripts.keys("leases"), 1, lost.id)
    assert mill.sweeps.lose(ticked(mill.sweeps).lost) == 1
    mill.store.run("HSET", clock, "last_ms", 1)
    os.kill(process.pid, signal.SIGCONT)
    eventually(lambda: mill.store.run("HGET", clock, "last_ms") != "1")  # it was heard,
    assert mill.store.run("GET", lock) == mill.sweeps.me  # took nothing,
    assert mill.job(lost.id).worker_losses == 1
    end_lead(mill)
    eventually(lambda: mill.store.run("GET", lock) == name)  # and leads when it may


# ---- the clock


def test_a_leaders_death_alone_holds_no_lease_back(mill: Mill) -> None:
    follower = Sweeps(mill.scripts)
    ticked(mill.sweeps)
    lost = mill.claimed(Params(text="lost"))
    for _ in range(LEASE_MS // 1000 + 1):
        assert follower.tick(**KEPT) is None  # it keeps asking while the leader is silent
        mill.forward(1)
    end_lead(mill)
    found = ticked(follower)
    assert (found.still, found.lost) == (False, [lost.id])


def test_a_follower_notices_a_stop_of_the_server_too(mill: Mill) -> None:
    follower = Sweeps(mill.scripts)
    ticked(mill.sweeps)
    mill.claimed(Params(text="lost"))
    mill.forward(LEASE_MS / 1000 + GAP_MS / 1000)
    assert follower.tick(**KEPT) is None  # after the stop the follower is heard first
    found = ticked(mill.sweeps)
    assert (found.still, found.lost) == (True, [])


def test_a_clock_that_was_set_back_keeps_no_job_with_the_dead(mill: Mill) -> None:
    mill.forward(3600)
    ticked(mill.sweeps)
    lost = mill.claimed(Params(text="lost"))
    mill.forward(-3600)
    assert ticked(mill.sweeps).still
    for _ in range(LEASE_MS // 1000 + 1):
        mill.forward(1)
        found = ticked(mill.sweeps)
    assert (found.still, found.lost) == (False, [lost.id])


# ---- another server


class Store(Server):
    """A server of this test alone, and a client of it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        super().__init__(folder)
        self.client = connect(RedisSettings(url=self.url))

    def world(self) -> World:
        return World(Scripts(self.client, Keys(), PLAIN_TICKET))

    def kill(self) -> None:
        self.client.close()
        super().kill()


@pytest.fixture
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Store]]:
    folder = tmp_path_factory.mktemp("v")
    running = [Store(folder / name) for name in "ab"]
    yield running
    for server in running:
        server.kill()


def test_after_a_failover_no_lease_is_lost_for_one_lease(servers: list[Store]) -> None:
    primary, replica = servers
    port = _open_port(primary)
    replica.client.run("REPLICAOF", "127.0.0.1", port)
    world = primary.world()
    held, waiting = world.running(), world.submit()
    assert world.tick() is not None
    eventually(lambda: replica.client.run("HGET", world.keys("clock"), "run_id"), within_s=10)
    primary.kill()
    replica.client.run("REPLICAOF", "NO", "ONE")

    world = replica.world()
    replica.client.run("DEL", world.keys("sweeper"))  # 5 s later
    world.client.run("ZADD", world.keys("leases"), 1, held.id)  # nobody could renew it
    found = world.tick()
    assert found is not None
    assert (found.still, found.lost) == (True, [])
    assert world.attempts.renew([held.pair]) == ["held"]
    world.succeed(held)
    assert world.claim().id == waiting


def _open_port(server: Store) -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    server.client.run("CONFIG", "SET", "port", port, "repl-diskless-sync-delay", 0)
    return port
