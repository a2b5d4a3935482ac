"""The API of tests/web behind a real server, and both clients."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.client.parts import Awaited, Line
from tests.web import conftest as web
from tests.web.parts import KEYS, Served

from mediamill.client import Client

api_settings = web.api_settings
rooms = web.rooms
patience = web.patience
served = web.served
worker = web.worker

Connect = Callable[..., Client]


@pytest.fixture(params=[Client, Awaited], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Connect one of the clients to a URL, as ann unless told else."""
    with ExitStack() as stack:
        yield lambda url, owner="ann": stack.enter_context(request.param(url, KEYS[owner]))


@pytest.fixture
def ann(connect: Connect, served: Served) -> Client:
    """A client of the served API."""
    return connect(served.url)


@pytest.fixture
def line(served: Served) -> Iterator[Line]:
    """A line to the served API that breaks where it is told to."""
    with Line(served.url) as line:
        yield line
