"""A snapshot is of one instant, disturbs nobody, and a server starts from it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from tests.conftest import PLAIN_TICKET
from tests.store import invariants
from tests.store.kit import World

from mediamill.cli import valkey
from mediamill.core.errors import Unavailable
from mediamill.settings import RedisSettings
from mediamill.store import snapshot
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually


def world_at(url: str) -> World:
    return World(Scripts(connect(RedisSettings(url=url, prefix="p:")), Keys("p:"), PLAIN_TICKET))


@contextmanager
def started(folder: Path, socket: Path) -> Iterator[World]:
    """A server on `folder`, and the store in it."""
    server = subprocess.Popen(valkey.command(folder, socket), stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: valkey.answers(socket), within_s=10)
        yield world_at(f"unix://{socket}")
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def busy(private_world: World) -> Iterator[Callable[[], set[str]]]:
    """Submits, claims and ends without a pause, beside the test; gives the ids that were answered so far."""
    answered: set[str] = set()
    stop = Event()

    def work() -> None:
        while not stop.is_set():
            answered.add(private_world.finished(dedupe_key=str(len(answered)), keep_dedupe=True))
            answered.add(private_world.submit())
            private_world.claim()

    thread = Thread(target=work)
    thread.start()
    yield lambda: set(answered)
    stop.set()
    thread.join()


def test_a_snapshot_under_load_holds_all_that_was_answered_and_every_move_whole(
    private_world: World, busy: Callable[[], set[str]], tmp_path: Path
) -> None:
    eventually(lambda: len(busy()) > 200)
    before = busy()
    copy = snapshot.take(private_world.client)
    assert len(busy()) > len(before), "the server stood still"
    snapshot.place(copy, tmp_path / "v")
    with started(tmp_path / "v", tmp_path / "s") as restored:
        assert before <= set(restored.jobs.all_ids())
        invariants.check(restored)
        restored.submit()
    with started(tmp_path / "v", tmp_path / "s") as again:
        assert len(before) < len(set(again.jobs.all_ids()))


def test_it_waits_for_the_append_only_file_that_is_being_rewritten(private_world: World) -> None:
    private_world.finished()
    private_world.client.run("BGREWRITEAOF")
    assert snapshot.take(private_world.client).is_file()


def test_a_server_that_cannot_write_one_says_so_and_goes_on_serving(private_world: World) -> None:
    place = snapshot.take(private_world.client)
    place.unlink()
    place.mkdir()
    with pytest.raises(Unavailable, match="could not write"):
        snapshot.take(private_world.client)
    place.rmdir()
    private_world.finished()
    assert snapshot.take(private_world.client).stat().st_size > 0
