"""The site is made once: it takes what may be asked of it, and each test looks at paths of its own."""

from collections.abc import Iterator

import pytest
from tests.site import Site

from mediamill.services.downloads.tests.parts import reachable


@pytest.fixture(scope="session")
def _site() -> Iterator[Site]:
    with reachable() as here:
        yield here


@pytest.fixture
def site(_site: Site) -> Site:
    """The site, with nothing asked of it yet."""
    _site.asked.clear()
    _site.sent.clear()
    _site.headers.clear()
    _site.stalled.clear()
    _site.let_go.clear()
    return _site
