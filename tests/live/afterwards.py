"""What tests that look at sites leave as they found it."""

from collections.abc import Iterator

import pytest

from mediamill.media import egress, live
from mediamill.media.live.loop import loop


@pytest.fixture(scope="module", autouse=True)
def as_it_was() -> Iterator[None]:
    """Forget the loop and what was set up, once the module is through."""
    yield
    loop().close()
    egress.use(None)
    live.use(None)
