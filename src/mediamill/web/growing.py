"""A file of a job for a client who waits for it: sent while it grows, by whichever node was asked, or whole."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi.concurrency import run_in_threadpool

from mediamill.core.errors import MediamillError, NotFound, Unavailable
from mediamill.core.job import Artifact, Job
from mediamill.core.states import State
from mediamill.files.store import FileStore
from mediamill.web.patient import Interrupted
from mediamill.web.rooms import Rooms

#: Where a service publishes the slices of its file: `stream/000001`, `stream/000002`, ...
FOLDER: Final = "stream"
#: A file of up to so many bytes is read in one go.
SMALL_BYTES: Final = 1024 * 1024
#: For so long a listener is kept waiting when the store or the files are away.
AWAY_S: Final = 10.0
_LOOK_AGAIN_S: Final = 0.25
#: So many of the last bytes that were sent are compared with the final file's.
_COMPARED_BYTES: Final = 4096

T = TypeVar("T")


class Unfinished(Exception):  # noqa: N818 - named for what the job is
    """There is no file: the job failed, was cancelled or removed (None), or has not ended when we have to."""

    def __init__(self, job: Job | None) -> None:
        super().__init__(f"the job is {job.state}" if job is not None else "the job is gone")
        self.job = job


@dataclass(frozen=True)
class WholeFile:
    """A file of a job that succeeded. content: all of it, when it is small. data: the job's facts."""

    store: FileStore
    artifact: Artifact
    content: bytes | None
    data: Mapping[str, Any]

    @classmethod
    def of(cls, rooms: Rooms, job: Job | None, name: str) -> "WholeFile":
        """Return the file. Raises Unfinished, and NotFound when it is no longer kept."""
        done, store = _succeeded(job), rooms.artifacts.store
        artifact = _named(done, name)
        small = artifact.size_bytes <= SMALL_BYTES
        return cls(store, artifact, b"".join(store.read(artifact.key)) if small else None, done.data or {})

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the file's bytes."""
        if self.content is not None:
            yield self.content
            return
        async for piece in self.store.aread(self.artifact.key):
            yield piece


class GrowingFile:
    """The file of a job that publishes it in slices while it runs.

    The slices one after the other are the final file, but for its head; when the job succeeds they go. So bytes are
    counted: whoever has sent n of them goes on at byte n of the final file. A slice is held in memory as a whole.

    name: of the final file.
    """

    def __init__(self, rooms: Rooms, job_id: str, name: str) -> None:
        self._rooms = rooms
        self._job_id = job_id
        self._name = name
        self._slices = rooms.live.parts(job_id, FOLDER)
        self._first: Artifact | None = None

    async def begun(self) -> bool:
        """Wait for the first slice; False when the job ends without one, or this process is going."""
        self._first = await anext(self._slices, None)
        return self._first is not None

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the bytes in their order, once. Raises Interrupted when the job does not finish what it began."""
        sent, tail = 0, b""
        part = self._first
        try:
            async with aclosing(self._slices):
                while part is not None and (piece := await self._patiently(self._slice, part)) is not None:
                    # The first slice has the head, which may be another in the final file.
                    tail = piece[-_COMPARED_BYTES:] if sent else b""
                    sent += len(piece)
                    yield piece
                    part = await anext(self._slices, None)
            rest = await self._patiently(self._final, sent, tail)
            async for piece in self._rooms.artifacts.store.aread(rest.key, sent):
                yield piece
        except (Unfinished, MediamillError) as error:
            raise Interrupted(str(error)) from error

    async def _patiently(self, look: Callable[..., T], *about: object) -> T:
        """Return what `look` finds, in a thread. Raises Unavailable when that is so for too long.

        The circuit breaker may refuse for a moment what the doorbell, which is not behind it, reads already.
        """
        until = time.monotonic() + AWAY_S
        while True:
            try:
                return await run_in_threadpool(look, *about)
            except Unavailable:
                if time.monotonic() > until or self._rooms.live.ending.is_set():
                    raise
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _slice(self, part: Artifact) -> bytes | None:
        """Return the content of a slice, or None when it has gone with the others at the job's end."""
        try:
            return b"".join(self._rooms.artifacts.store.read(part.key))
        except NotFound:
            return None

    def _final(self, sent: int, tail: bytes) -> Artifact:
        """Return the final file. Raises Interrupted when it does not go on where `sent` bytes, `tail` last, end.

        An attempt makes the slices of the one before again, byte by byte, unless what it speaks with has changed.
        """
        final = _named(_succeeded(self._rooms.desk.find(self._job_id)), self._name)
        same = b"".join(self._rooms.artifacts.store.read(final.key, sent - len(tail), sent)) == tail
        if final.size_bytes < sent or not same:
            raise Interrupted("the final file is another than its slices")
        return final


def _succeeded(job: Job | None) -> Job:
    if job is None or job.state is not State.SUCCESS:
        raise Unfinished(job)
    return job


def _named(job: Job, name: str) -> Artifact:
    """Return a file of a job that succeeded. Raises NotFound when it is no longer kept."""
    found = job.files.get(name)
    if found is None or job.files_expired_ms is not None:
        raise NotFound("the file is no longer kept", code="FILE_GONE")
    return found
