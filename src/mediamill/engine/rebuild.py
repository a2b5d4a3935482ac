"""Records of finished jobs again, from the `job.json` beside their files."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal, NamedTuple

from mediamill.core.errors import NotFound
from mediamill.core.job import EndedJob
from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.ended import RecordError
from mediamill.files.artifacts import Artifacts
from mediamill.settings import KeepSettings
from mediamill.store.adoptions import Adopted, Adoptions
from mediamill.store.jobs import Jobs

#: Records that are in memory at once, and that go to the store in one round trip.
BATCH: Final = 100
#: A bucket answers in milliseconds, whoever asks beside.
_READERS: Final = 8

#: unended: there is no `job.json`. spoilt: its `job.json` cannot be used.
Skipped = Literal["unended", "spoilt"]
Tally = Counter[Adopted | Skipped]


class _Skip(NamedTuple):
    word: Skipped
    why: str = ""


class Rebuilder:
    """Adopts every finished job that the files know and the store does not, or knows only as it was before its end.

    Nothing is run, told by webhook or written to the files; no record that says more is changed. A record whose time
    is over, or the time of whose files is (`keep`), is not made again: the sweeper would take it at once.
    now: Unix time, seconds.
    """

    def __init__(
        self,
        jobs: Jobs,
        artifacts: Artifacts,
        adoptions: Adoptions,
        keep: KeepSettings,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._adoptions = adoptions
        self._keep = keep
        self._now = now

    def run(self, *, tell: Callable[[int, int], object], spoilt: Callable[[str, str], object]) -> Tally:
        """Look at every job that has files, and return what came of it. Repeatable: a second run changes nothing.

        tell: hears after each batch how many jobs were looked at, and of how many. spoilt: hears the id of a job
        whose `job.json` cannot be used, and why; it is left as it is. Raises Unavailable.
        """
        tally: Tally = Counter()
        job_ids = list(self._artifacts.jobs())  # 100,000 names are 10 MB; what they name is read in batches
        with ThreadPoolExecutor(_READERS, thread_name_prefix="rebuild") as readers:
            for start in range(0, len(job_ids), BATCH):
                batch = job_ids[start : start + BATCH]
                jobs = []
                for job_id, found in zip(batch, readers.map(self._read, batch), strict=True):
                    if isinstance(found, EndedJob):
                        jobs.append(found)
                        continue
                    tally[found.word] += 1
                    if found.word == "spoilt":
                        spoilt(job_id, found.why)
                outcomes = self._adoptions.adopt(jobs, {job.id for job in jobs if self._is_old(job)})
                tally.update(outcomes)
                made = [job.id for job, outcome in zip(jobs, outcomes, strict=True) if outcome == "new"]
                for job_id, is_there in zip(made, readers.map(self._artifacts.has_record, made), strict=True):
                    if not is_there:  # it was purged after we had read it
                        self._jobs.forget(job_id)
                tell(start + len(batch), len(job_ids))
        return tally

    def _read(self, job_id: str) -> EndedJob | _Skip:
        try:
            return ended.read(self._artifacts, job_id)
        except NotFound:
            return _Skip("unended")
        except RecordError as error:
            return _Skip("spoilt", str(error))

    def _is_old(self, job: EndedJob) -> bool:
        kept_s = min(self._keep.dead_s if job.state is State.FAILURE else self._keep.job_s, self._keep.files_s)
        return job.ended_ms <= (self._now() - kept_s) * 1000
