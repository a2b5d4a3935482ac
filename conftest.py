"""What holds for all tests, those beside the services too."""

import gc
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from mediamill.media import egress
from mediamill.media.voices import catalog

# How long an example takes is the machine's business, not the code's.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Ten thousand tests are no garbage: the collector looks at them neither while they are found nor ever after."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _forget_what_was_set_up() -> Iterator[None]:
    """A process is set up once, but in one process of tests each module may be another's."""
    yield
    catalog.use(None)
    egress.use(None)
