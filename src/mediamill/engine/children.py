"""A job that another job asked for, seen from its parent."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from mediamill.core.context import Result
from mediamill.core.errors import Later, NotFound, PermanentError
from mediamill.core.job import Artifact, Job
from mediamill.core.states import State

#: The last child's end wakes the parent; this is only how soon it looks by itself.
LOOK_AGAIN_S: Final = 600.0


class WaitingForChildren(Later):
    """The parent has open children: it gives its slot back until the last one ends."""


class OpenChild:
    """Implements core's Child.

    look: returns the child's record. fetch: returns one of its files as a local path. stop: asks it to finish early.
    """

    def __init__(
        self,
        job_id: str,
        look: Callable[[], Job | None],
        fetch: Callable[[Artifact], Path],
        stop: Callable[[], object],
    ) -> None:
        self.id = job_id
        self._stop = stop
        self.asked_about = False
        self._look = look
        self._fetch = fetch

    @property
    def finished(self) -> bool:
        """Whether the child has ended, however."""
        job = self._look()
        return job is None or job.state.final

    def result(self) -> Result:
        """Return what the child made; raises Later while it is not finished."""
        outcome = self.outcome()
        if isinstance(outcome, PermanentError):
            raise outcome
        return outcome

    def outcome(self) -> Result | PermanentError:
        """Return what the child made, or why it failed; raises Later while it is not finished."""
        job = self._finished()
        self.asked_about = True  # a Later that was caught on its way is no answer
        if isinstance(job, PermanentError):
            return job
        try:
            files = {name: self._fetch(artifact) for name, artifact in job.files.items()}
        except NotFound:
            return _failed(f"the files of the child {self.id} ({job.service}) are gone")
        return Result(files=files, data=job.data or {})

    def told(self, note: str = "") -> Mapping[str, Any] | PermanentError:
        """Return what the child told, or why it failed; fetch nothing. Raises Later while it is not finished."""
        job = self._finished(note)
        self.asked_about = True
        return job if isinstance(job, PermanentError) else job.data or {}

    def stop(self) -> None:
        """Ask it to finish early; one that has not begun is cancelled."""
        self._stop()

    def must_succeed(self) -> None:
        """Raise unless the child succeeded, as `result` does, but fetch nothing."""
        job = self._finished()
        if isinstance(job, PermanentError):
            raise job

    def _finished(self, note: str = "") -> Job | PermanentError:
        job = self._look()
        if job is None:
            return _failed(f"the child {self.id} is gone")
        if not job.state.final:
            raise WaitingForChildren(LOOK_AGAIN_S, note)
        if job.state is not State.SUCCESS:
            why = f"{job.error_code}: {job.error_message}" if job.error_code else job.status
            failed = _failed(f"the child {self.id} ({job.service}) did not succeed: {why}")
            failed.__cause__ = PermanentError(job.error_message or job.status, code=job.error_code or job.status)
            return failed
        return job


def _failed(message: str) -> PermanentError:
    return PermanentError(message, code="CHILD_FAILED")
