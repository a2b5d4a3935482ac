from pathlib import Path

import pytest
from tests.engine.mill import Mill, make_mill

from mediamill.store.scripts import Scripts


@pytest.fixture
def mill(scripts: Scripts, tmp_path: Path) -> Mill:
    """A machine of this test's own."""
    return make_mill(scripts, tmp_path)
