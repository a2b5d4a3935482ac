"""The private Valkey on a disk that is full: what it refuses, and how it takes writes again without a restart."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.disk import NoSmallDisk, SmallDisk

from mediamill.cli import valkey
from mediamill.core.errors import Unavailable
from mediamill.files.ballast import Ballast
from mediamill.settings import RedisSettings
from mediamill.store.pool import Client, connect
from mediamill.testing import eventually

MIB = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    try:
        small = SmallDisk(tmp_path / "disk", 24 * MIB)
    except NoSmallDisk as not_here:
        pytest.skip(f"mounting is not allowed here: {not_here}")
    with small:
        yield small


@pytest.fixture
def server(disk: SmallDisk, tmp_path: Path) -> Iterator[Client]:
    """A client of a Valkey whose folder is on the small disk."""
    socket = tmp_path / "v.sock"
    process = subprocess.Popen(disk.within(valkey.command(disk.folder, socket)), stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: valkey.answers(socket), within_s=10)
        client = connect(RedisSettings(url=f"unix://{socket}"))
        yield client
        client.close()
        assert process.poll() is None  # it was never restarted
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def refuses(client: Client) -> bool:
    try:
        client.run("SET", "probe", "x" * 1000)
    except Unavailable as refused:
        return "MISCONF" in refused.message
    return False


def test_valkey_takes_writes_again_when_the_ballast_is_given_up(disk: SmallDisk, server: Client) -> None:
    ballast = Ballast(disk.seen(), 2 * MIB)
    ballast.look()
    disk.fill()
    eventually(lambda: refuses(server), within_s=15)
    ballast.look()
    assert not ballast.path.exists()
    eventually(lambda: not refuses(server))
    assert server.run("GET", "probe") == "x" * 1000


def test_without_a_ballast_it_takes_writes_again_when_somebody_makes_room(disk: SmallDisk, server: Client) -> None:
    disk.fill()
    eventually(lambda: refuses(server), within_s=15)
    disk.clear()
    eventually(lambda: not refuses(server))
