"""What tests of all that asks others share."""

from collections.abc import Iterator

import pytest

from mediamill.media.remote.wire import Wire


@pytest.fixture
def line() -> Iterator[Wire]:
    """An event loop for who asks others."""
    line = Wire()
    yield line
    line.close()
