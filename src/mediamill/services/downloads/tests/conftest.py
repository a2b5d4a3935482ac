"""The site is made once: it takes what may be asked of it, and each test looks at paths of its own."""

from collections.abc import Iterator

import pytest
from tests.site import Site
from tests.site import site as served

from mediamill.services.downloads.tests.parts import reachable


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    with served() as here:
        yield here


@pytest.fixture
def site(_site: Site) -> Iterator[Site]:
    """The site, with nothing asked of it yet."""
    _site.asked.clear()
    _site.sent.clear()
    _site.headers.clear()
    _site.stalled.clear()
    _site.let_go.clear()
    with reachable(_site):  # for this test alone: what a process was set up with, other tests change
        yield _site
