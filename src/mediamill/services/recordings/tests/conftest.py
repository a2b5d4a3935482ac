"""The site and its channels are each test's own; the loop in which recordings are copied is the process's."""

from collections.abc import Iterator

import pytest
from tests.live.site import LiveSite

from mediamill.media import warm
from mediamill.media.live.loop import loop
from mediamill.services.recordings.tests.parts import reachable


@pytest.fixture(scope="session", autouse=True)
def _one_loop() -> Iterator[None]:
    yield
    loop().close()
    warm.close()


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with reachable() as here:
        yield here
