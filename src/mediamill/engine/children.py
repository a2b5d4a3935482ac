"""A job that another job asked for, seen from its parent."""

from collections.abc import Callable
from pathlib import Path

from mediamill.core.context import Result
from mediamill.core.errors import Later, PermanentError
from mediamill.core.states import State
from mediamill.files.artifacts import Artifacts
from mediamill.store.jobs import Jobs

#: The last child's end wakes the parent; this is only how soon it looks by itself.
LOOK_AGAIN_S = 60.0


class WaitingForChildren(Later):
    """The parent has open children: it gives its slot back until the last one ends."""


class OpenChild:
    """Implements core's Child."""

    def __init__(self, job_id: str, jobs: Jobs, artifacts: Artifacts, new_path: Callable[[str], Path]) -> None:
        self.id = job_id
        self._jobs = jobs
        self._artifacts = artifacts
        self._new_path = new_path

    def result(self) -> Result:
        """Return what the child made; raises Later while it is not finished."""
        job = self._jobs.get(self.id)
        if job is None:
            raise PermanentError(f"the child {self.id} is gone", code="CHILD_FAILED")
        if not job.state.final:
            raise WaitingForChildren(LOOK_AGAIN_S, "waiting for parts")
        if job.state is not State.SUCCESS:
            why = f"{job.error_code}: {job.error_message}" if job.error_code else job.status
            raise PermanentError(f"the child {self.id} ({job.service}) did not succeed: {why}", code="CHILD_FAILED")
        files = {name: self._artifacts.fetch(artifact, self._new_path(name)) for name, artifact in job.files.items()}
        return Result(files=files, data=job.data or {})
