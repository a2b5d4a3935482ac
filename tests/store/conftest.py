"""A World per test, on the session's Valkey or on one that a test may hurt."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import PLAIN_TICKET
from tests.store.kit import World

from mediamill.cli import valkey
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually


@pytest.fixture
def world(scripts: Scripts) -> World:
    """All of the store below a fresh prefix."""
    return World(scripts)


@pytest.fixture(scope="module")
def private_valkey() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of this module alone: its URL and its process."""
    with tempfile.TemporaryDirectory(prefix="mm-", ignore_cleanup_errors=True) as folder:
        socket = Path(folder) / "v.sock"
        server = subprocess.Popen(valkey.command(Path(folder), socket), stdout=subprocess.DEVNULL)
        try:
            eventually(socket.exists, within_s=10)
            yield f"unix://{socket}", server
        finally:
            server.kill()
            server.wait(10)


@pytest.fixture
def private_world(private_valkey: tuple[str, subprocess.Popen[bytes]]) -> Iterator[World]:
    """A World alone on its server, empty."""
    settings = RedisSettings(url=private_valkey[0], prefix="p:")
    client = connect(settings)
    client.run("FLUSHALL")
    yield World(Scripts(client, Keys(settings.prefix), PLAIN_TICKET))
    client.close()
