"""Commands against the API of tests/web behind a real server."""

from collections.abc import Callable, Iterator

import pytest
import structlog
from click.testing import CliRunner, Result
from tests.web import conftest as web
from tests.web.parts import KEYS, Served

from mediamill.cli import group

api_settings = web.api_settings
rooms = web.rooms
patience = web.patience
served = web.served
worker = web.worker

Run = Callable[..., Result]


@pytest.fixture
def quiet() -> Iterator[None]:
    """The server is in this process: its log must not come among what the commands print."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture
def run(served: Served, quiet: None) -> Run:
    """Run a command as an owner, ann unless told else; at the server's own address unless told else."""
    del quiet

    def call(*words: str, owner: str = "ann", url: str = served.url) -> Result:
        command, *rest = words
        words = (command, "--url", url, "--api-key", KEYS[owner], *rest)
        return CliRunner().invoke(group, list(words), standalone_mode=False)

    return call
