"""What the tests of the service share: a site on loopback that this process may reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from tests.site import Site

from mediamill.media import egress
from mediamill.services.downloads import service
from mediamill.services.downloads.params import Params
from mediamill.settings import EgressSettings
from mediamill.testing import FakeContext
from mediamill.variables import destinations


@contextmanager
def reachable(here: Site) -> Iterator[Site]:
    """Let programs of this process reach the site, and nothing else of this machine."""
    egress.use(EgressSettings(destinations(here.address)))
    try:
        yield here
    finally:
        egress.use(None)


def asked(**params: Any) -> Params:  # noqa: ANN401 - what a request may say
    """Return a request that went through the door."""
    found = Params.model_validate(params)
    assert service.check is not None
    service.check(found, {})
    return found


def run(tmp_path: Path, **params: Any) -> tuple[Any, FakeContext]:  # noqa: ANN401
    """Run a request to its end; return its result and what it asked for."""
    ctx = FakeContext(tmp_path)
    return service.run(asked(**params), ctx), ctx


def seconds(path: Path) -> float:
    """Return how long a sound is, as another program than ours reads it."""
    with av.open(str(path)) as sound:
        assert sound.duration is not None
        return sound.duration / 1_000_000
