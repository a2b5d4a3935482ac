from pathlib import Path

import pytest
from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Mill, Switch, make_mill

from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import Client
from mediamill.store.scripts import Scripts


@pytest.fixture
def mill(client: Client, redis_settings: RedisSettings, tmp_path: Path) -> Mill:
    """A machine of this test's own."""
    return make_mill(Scripts(Switch(client), Keys(redis_settings.prefix), PLAIN_TICKET), tmp_path)
