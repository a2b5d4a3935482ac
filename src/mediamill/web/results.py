"""What a finished job made, for a service's own routes: read whole, and changed by a client."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from mediamill.core.errors import Conflict, NotFound
from mediamill.core.job import Artifact, Job
from mediamill.core.service import AnyService
from mediamill.core.states import State
from mediamill.web.auth import Caller, changeable, readable
from mediamill.web.errors import Refused
from mediamill.web.files import stored
from mediamill.web.rooms import Rooms

#: How often a change is made again on what somebody else has changed meanwhile.
_TRIES: Final = 10


class Place(NamedTuple):
    """Where a file is looked for: a job of that service."""

    job_id: str
    service: AnyService
    name: str


class Seen(NamedTuple):
    """A file of a finished job, as it was read. Small files only: it is in memory."""

    job: Job
    file: Artifact
    content: bytes

    @property
    def etag(self) -> str:
        """The file's version, as HTTP has it."""
        return f'"{self.file.sha256}"'


#: Writes a client's change of what was seen into the folder; returns the files by name, none where nothing changes.
Change = Callable[[Seen, Path], Mapping[str, Path]]


def read(rooms: Rooms, caller: Caller, place: Place) -> Seen:
    """Return a file of a job of that service that the caller may see.

    Raises NotFound, where the service's job has no such file too; Conflict while the job has not finished; Refused
    (410) when its files are over.
    """
    job = readable(rooms, place.job_id, caller)
    if job.service == place.service.name and not job.state.final:
        raise Conflict(f"the job is {job.state.public}: look again when it has finished")
    if job.service != place.service.name or job.state is not State.SUCCESS:
        raise NotFound(f"the job has made no {place.name}", code="FILE_NOT_FOUND")
    file = stored(rooms, job, place.name)
    return Seen(job, file, b"".join(rooms.artifacts.store.read(file.key)))


def revise(rooms: Rooms, caller: Caller, place: Place, change: Change, if_match: str | None) -> Seen:
    """Change a file of a job that the caller may change, and those that follow from it; return what it is then.

    change: made again on what somebody else has changed meanwhile, unless `if_match` ties it to what was seen.
    Raises as `read` and `changeable` do; Refused (412) when the file is not the one that `if_match` names.
    """
    changeable(rooms, place.job_id, caller)
    for _ in range(_TRIES - 1):
        try:
            return _revised(rooms, read(rooms, caller, place), change, if_match)
        except Conflict as refused:
            if refused.code != "FILE_CHANGED":
                raise
    return _revised(rooms, read(rooms, caller, place), change, if_match)


def _revised(rooms: Rooms, seen: Seen, change: Change, if_match: str | None) -> Seen:
    """Change what was seen."""
    name = seen.file.name
    if if_match is not None and not _names(if_match, seen.etag):
        message = f"{name} was changed meanwhile: read it again"
        raise Refused(HTTPStatus.PRECONDITION_FAILED, message, code="FILE_CHANGED", headers={"ETag": seen.etag})
    with TemporaryDirectory(prefix="mediamill-") as folder:
        changed = change(seen, Path(folder))
        if not changed:
            return seen
        content = changed[name].read_bytes()
        job = rooms.reviser.revise(seen.job, changed)
    return Seen(job, job.files[name], content)


def _names(if_match: str, etag: str) -> bool:
    """Whether an If-Match names this version (RFC 9110, 13.1.1: compared strongly)."""
    tags = {tag.strip() for tag in if_match.split(",")}
    return "*" in tags or etag in tags
