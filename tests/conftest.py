"""The real parts that tests share: one Valkey per session, a fresh key prefix per test."""

import itertools
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from tests import measured
from tests.server import Server

from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import Client, connect
from mediamill.store.scripts import Scripts

# A shell's & and nohup start programs deaf to these, and `up` leaves them so; tests stop it by them.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)

_numbers = itertools.count()

#: Stands for kombu's envelope where no Celery takes part.
PLAIN_TICKET = '{"queue": "@QUEUE@", "tag": "@TAG@"}'


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Before coverage is added up, take away what killed processes left of theirs."""
    result = yield
    plugin = session.config.pluginmanager.getplugin("_cov")
    controller = getattr(plugin, "cov_controller", None)
    if controller is not None and not hasattr(session.config, "workerinput"):
        for part in measured.unfinished(Path(controller.combining_cov.config.data_file)):
            part.unlink(missing_ok=True)
    return result


#: Modules of many tests that take long all the same, half a minute and more: of one stack each, or of many processes.
LONG = (
    *("tests/broker/test_worker.py", "tests/cli/test_backup.py", "tests/cli/test_commands.py"),
    *("tests/e2e/test_documents_bad_input.py", "tests/e2e/test_openai.py"),
    *("tests/media/test_apart.py", "tests/store/test_trouble.py"),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the work, hand out what takes long first: LONG, then modules of few tests.

    Whatever comes last, some wait for it: let it be hundreds of short tests, not a stack that starts and stops.
    """
    if hasattr(config, "workerinput"):
        tests_in = Counter(item.path for item in items)
        long = {config.rootpath / path for path in LONG}
        if gone := [path for path in long if not path.exists()]:
            raise pytest.UsageError(f"LONG in tests/conftest.py names what is not there: {gone}")
        items.sort(key=lambda item: (item.path not in long, tests_in[item.path], item.path))


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey on a Unix socket, shared by the session's tests."""
    with tempfile.TemporaryDirectory(prefix="mm-", ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder))
        yield server.url
        server.stop()


@pytest.fixture
def redis_settings(valkey_url: str) -> RedisSettings:
    """Settings with a key prefix that no other test has."""
    return RedisSettings(url=valkey_url, prefix=f"t{os.getpid()}-{next(_numbers)}:")


@pytest.fixture
def client(redis_settings: RedisSettings) -> Iterator[Client]:
    """A pool of connections."""
    connected = connect(redis_settings)
    yield connected
    connected.close()


@pytest.fixture
def scripts(client: Client, redis_settings: RedisSettings) -> Scripts:
    """The Lua moves below a fresh prefix."""
    return Scripts(client, Keys(redis_settings.prefix), PLAIN_TICKET)
