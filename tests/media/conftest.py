"""What tests of all that asks others share."""

from collections.abc import Iterator

import pytest
import structlog
from tests.engine.mill import Clock

from mediamill.media.remote.wire import Wire


@pytest.fixture
def line() -> Iterator[Wire]:
    """An event loop for who asks others."""
    line = Wire()
    yield line
    line.close()


@pytest.fixture
def clock() -> Clock:
    """The time of circuit breakers."""
    return Clock()


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    """What is logged from now on."""
    with structlog.testing.capture_logs() as lines:
        yield lines
