"""A candidate for the lead in a process of its own: `python -m tests.engine.sweeping URL PREFIX FOLDER`."""

import sys
from pathlib import Path
from threading import Event

from tests.conftest import PLAIN_TICKET
from tests.engine.mill import make_mill

from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts


def main() -> None:
    url, prefix, folder = sys.argv[1:]
    mill = make_mill(Scripts(connect(RedisSettings(url=url, prefix=prefix)), Keys(prefix), PLAIN_TICKET), Path(folder))
    print(mill.sweeps.me, flush=True)  # noqa: T201 - what the test reads
    mill.sweeper.run(Event())


if __name__ == "__main__":
    main()
