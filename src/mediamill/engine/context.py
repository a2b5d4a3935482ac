"""The real Context: one attempt's way to the store, the files and the programs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mediamill.core.context import Child, Completed
from mediamill.core.errors import Cancelled
from mediamill.core.job import Job
from mediamill.core.service import Service
from mediamill.engine.children import OpenChild
from mediamill.engine.roster import Roster, Word
from mediamill.engine.steps import SharedSteps
from mediamill.engine.story import Story
from mediamill.engine.submit import Ask, Parent, Submitter
from mediamill.files.artifacts import Artifacts
from mediamill.files.uploads import Uploads
from mediamill.media import programs
from mediamill.store.attempts import Attempts
from mediamill.store.jobs import Jobs


@dataclass(frozen=True)
class Tools:
    """What every attempt of a process shares."""

    jobs: Jobs
    attempts: Attempts
    artifacts: Artifacts
    uploads: Uploads
    steps: SharedSteps
    submitter: Submitter
    roster: Roster


class EngineContext:
    """Implements core's Context for one claimed job."""

    def __init__(self, job: Job, token: str, scratch: Path, tools: Tools, story: Story) -> None:
        self._job = job
        self._token = token
        self._tools = tools
        self._story = story
        self._children = 0
        self._files = 0
        self._stopping = False
        self.scratch = scratch
        self.cache_hits = 0
        self.cache_made = 0

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self._job.id

    @property
    def attempt(self) -> int:
        """Which run of the job this is, from 1."""
        return self._job.attempt

    @property
    def stopping(self) -> bool:
        """Whether somebody asked the job to finish early and keep what there is."""
        self.check()
        return self._stopping

    def check(self) -> None:
        """Raise Cancelled when the keeper told this attempt to end."""
        word = self._tools.roster.word(self._token)
        if word is Word.STOP:
            self._stopping = True
        elif word is not None:
            raise Cancelled(word.value)
        self._story.flush()

    def progress(self, fraction: float, note: str = "") -> None:
        """Tell how far the attempt is, 0..1."""
        if not 0.0 <= fraction <= 1.0:
            raise ValueError(f"progress is a fraction between 0 and 1, not {fraction!r}")
        self._story.progress(fraction * 100, note)
        self.check()

    def log(self, event: str, **fields: object) -> None:
        """Write one line into the job's log, secrets masked."""
        self._story.log(event, fields)

    def input(self, name: str) -> Path | None:
        """Return the uploaded file of that name as a local path."""
        self.check()
        upload = self._job.uploads.get(name)
        return None if upload is None else self._tools.uploads.fetch(upload, self._new_path(name))

    def cached(self, key: str, make: Callable[[Path], None]) -> Path:
        """Return the file that `make` once wrote for `key`; two processes do not make it at once."""
        self.check()
        path, made = self._tools.steps.get_or_make(key, self._token, self._new_path("step"), make, self.check)
        if made:
            self.cache_made += 1
            self._story.advanced()
        else:
            self.cache_hits += 1
        return path

    def publish(self, name: str, path: Path) -> None:
        """Make a part readable while the job runs."""
        self.check()
        artifact = self._tools.artifacts.commit(self._job.id, self._token, name, path)
        if not self._tools.attempts.publish(self._job.id, self._token, artifact):
            self.check()
            raise Cancelled(Word.LOST.value)

    def run(self, *argv: str | Path, timeout_s: float, cwd: Path | None = None) -> Completed:
        """Run a program to its end; it dies with the attempt."""
        self.check()
        return programs.run(
            argv,
            cwd=cwd or self.scratch,
            limits=programs.Limits(wall_s=timeout_s),
            mask=self._story.mask,
            check=self.check,
            started=lambda pid: self._tools.roster.note_program(self._token, pid),
        )

    def submit(self, service: Service[Any], params: BaseModel) -> Child:
        """Ask for another job; the n-th call of every attempt means the same child."""
        self.check()
        self._children += 1
        submitted = self._tools.submitter.submit(
            Ask(
                service=service,
                params=params,
                owner=self._job.owner,
                priority=self._job.priority,
                correlation_id=self._job.correlation_id,
                traceparent=self._job.traceparent,
                parent=Parent(self._job, self._children),
            )
        )
        return OpenChild(submitted.id, self._tools.jobs, self._tools.artifacts, self._new_path)

    def _new_path(self, name: str) -> Path:
        """Return a path in scratch that nothing has used."""
        self._files += 1
        folder = self.scratch / ".engine"
        folder.mkdir(exist_ok=True)
        return folder / f"{self._files}-{Path(name).name}"
