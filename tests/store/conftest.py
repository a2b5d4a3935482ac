"""A World per test, on the session's Valkey or on one that a test may hurt."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import PLAIN_TICKET
from tests.server import Server
from tests.store.kit import World

from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts


@pytest.fixture
def world(scripts: Scripts) -> World:
    """All of the store below a fresh prefix."""
    return World(scripts)


@pytest.fixture(scope="module")
def private_valkey() -> Iterator[Server]:
    """A server of this module alone."""
    with tempfile.TemporaryDirectory(prefix="mm-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        yield server
        server.kill()


@pytest.fixture
def private_world(private_valkey: Server) -> Iterator[World]:
    """A World alone on its server, empty."""
    settings = RedisSettings(url=private_valkey.url, prefix="p:")
    client = connect(settings)
    client.run("FLUSHALL")
    yield World(Scripts(client, Keys(settings.prefix), PLAIN_TICKET))
    client.close()
