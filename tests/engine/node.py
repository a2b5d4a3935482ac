"""One API node of a mill: what it accepts while the store is away, and its drainer.

As a program it drains a spool until it is killed: python -m tests.engine.node REDIS_URL PREFIX FOLDER KEY
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Mill, Params

from mediamill import Service
from mediamill.core.job import Job
from mediamill.engine import replay
from mediamill.engine.desk import Desk
from mediamill.engine.replay import Replayer
from mediamill.engine.stash import Stash
from mediamill.engine.submit import Ask, Submitter
from mediamill.engine.vault import Vault
from mediamill.settings import KeepSettings, RedisSettings, SecretSettings, SpoolSettings
from mediamill.store.jobs import Jobs, Submitted
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.store.spool import Spool


@dataclass
class Node:
    """The rooms of one API process."""

    mill: Mill
    service: Service[Params]
    stash: Stash
    submitter: Submitter
    replayer: Replayer
    desk: Desk

    @property
    def spool(self) -> Spool:
        return self.stash.spool

    def submit(self, text: str = "hi", **ask: Any) -> Submitted:  # noqa: ANN401 - Ask's own fields
        params = ask.pop("params", None) or Params(text=text)
        return self.submitter.submit(Ask(service=self.service, params=params, **{"owner": "ann", **ask}))

    def away(self, *, away: bool = True) -> None:
        """Take the store away, or bring it back."""
        self.mill.store.away = away

    def drain(self) -> int:
        """Bring the store back and hand everything on."""
        self.away(away=False)
        return self.replayer.drain(Event())

    def found(self, job_id: str) -> Job:
        job = self.desk.find(job_id)
        assert job is not None
        return job


def make_node(mill: Mill, service: Service[Params], folder: Path | None = None, **settings: Any) -> Node:  # noqa: ANN401
    stash = Stash(Spool(SpoolSettings(folder or mill.folder / "spool", **settings)), mill.vault)
    return Node(
        mill=mill,
        service=service,
        stash=stash,
        submitter=Submitter(mill.jobs, mill.artifacts, mill.uploads, mill.vault, KeepSettings(), stash=stash),
        replayer=Replayer(stash, mill.jobs, now=mill.clock),
        desk=Desk(mill.jobs, mill.artifacts, stash),
    )


def main(url: str, prefix: str, folder: str, key: str) -> None:
    """Drain without end, in small batches: there are more places to be killed at."""
    replay.BATCH = 5  # type: ignore[misc]
    jobs = Jobs(Scripts(connect(RedisSettings(url=url)), Keys(prefix), PLAIN_TICKET))
    stash = Stash(Spool(SpoolSettings(Path(folder))), Vault(SecretSettings((key,))))
    replayer, stop = Replayer(stash, jobs), Event()
    while True:
        if replayer.elected():
            replayer.drain(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
