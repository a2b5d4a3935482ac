"""A real Celery worker process beside this machine's rooms and a keeper that the test drives."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.engine.mill import Mill, Params, make_mill

from mediamill import Queue
from mediamill.broker.tickets import template
from mediamill.core.job import Job
from mediamill.core.states import State
from mediamill.settings import RedisSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]


class Worker:
    """A real Celery worker process and this machine's rooms beside it."""

    def __init__(
        self, queue: Queue, redis: RedisSettings, folder: Path, slots: int, *, drain_s: float = 1.0, memory: int = 0
    ) -> None:
        self.queue = queue
        self.mill: Mill = make_mill(Scripts(connect(redis), Keys(redis.prefix), template()), folder)
        self.service = self.mill.service(lambda _params, _ctx: pytest.fail("not here"), queue=queue)
        self._command = [
            sys.executable,
            "-m",
            "tests.broker.serve",
            queue,
            redis.url,
            redis.prefix,
            str(folder),
            str(slots),
            str(drain_s),
            str(memory),
        ]
        self.process = subprocess.Popen(self._command, cwd=ROOT)

    def restart(self) -> None:
        self.close()
        self.process = subprocess.Popen(self._command, cwd=ROOT)

    def submit(self, text: str, *, limit_s: float | None = None) -> str:
        return self.mill.submit(self.service, Params(text=text), time_limit_s=limit_s).id

    def running(self, job_id: str) -> int:
        """Wait until the job runs and return the process that runs it."""
        self.until(job_id, State.STARTED)
        entry = eventually(
            lambda: next((entry for entry in self.mill.roster.entries() if entry.job_id == job_id), None)
        )
        assert entry is not None
        eventually(lambda: self.mill.log(job_id).get("running"))
        return entry.pid

    def keep(self, job_id: str, *states: State, within_s: float = 20) -> Job:
        """Let the keeper and the sweeper work until the job is in one of `states`."""

        def there() -> Job | None:
            self.mill.keeper.round()
            self.mill.sweeper.round()
            job = self.mill.job(job_id)
            return job if job.state in states else None

        job = eventually(there, within_s=within_s)
        assert job is not None
        return job

    def ended(self) -> None:
        """Let the keeper work until the process has ended."""

        def gone() -> bool:
            self.mill.keeper.round()
            return self.process.poll() is not None

        eventually(gone, within_s=20)
        self.mill.keeper.round()

    def until(self, job_id: str, *states: State, within_s: float = 20) -> Job:
        def there() -> Job | None:
            job = self.mill.job(job_id)
            return job if job.state in states else None

        job = eventually(there, within_s=within_s)
        assert job is not None
        return job

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
