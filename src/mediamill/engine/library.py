"""Files that outlive their jobs: in the folder of recordings, in the index, and in the bucket where that is wanted."""

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from mediamill.core.context import About, Kept
from mediamill.core.errors import NotFound, PermanentError, StaleAttempt, Unavailable
from mediamill.core.job import Job
from mediamill.files.library import Label, LibraryFolder
from mediamill.files.names import kept_name
from mediamill.files.store import FileStore
from mediamill.media.address import known_as
from mediamill.store.library import Dying, LibraryIndex, Row

#: How often a copy is sent to the bucket, and the pause between two tries.
TRIES: Final = 3
PAUSE_S: Final = 1.0
#: Names that others took in the index meanwhile, on machines whose folders are not ours.
_TAKEN: Final = 20


class Asked(NamedTuple):
    """What an attempt asks to be kept. about: what its owner finds it by."""

    name: str
    path: Path
    about: About
    upload: bool = False


@dataclass(frozen=True)
class Attempted:
    """The attempt that asks. check: raises when it has to end; log: a line of its job's log, as a warning."""

    job: Job
    token: str
    check: Callable[[], None]
    warn: Callable[[str, dict[str, object]], None]


class Library:
    """Keeps files on this machine and finds them wherever they are.

    store: where artifacts are; copies go there when it is a bucket. wall: Unix time, wait: sleeps; both in seconds.
    """

    def __init__(  # noqa: PLR0913 - the rooms it joins
        self,
        folder: LibraryFolder,
        index: LibraryIndex,
        store: FileStore,
        machine: str,
        *,
        wall: Callable[[], float] = time.time,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.folder = folder
        self.index = index
        self._store = store
        self._machine = machine
        self._wall = wall
        self._wait = wait

    # ---- keeping

    def keep(self, asked: Asked, attempt: Attempted) -> Kept:
        """Keep a file. Repeatable: what the job kept for the same name is replaced.

        Raises PermanentError with code LIBRARY_NAME or ARTIFACT_MISSING, StaleAttempt, Unavailable.
        """
        row = self._placed(asked, attempt)
        path = self.folder.path(row.name)
        s3 = self._uploaded(row.name, path, attempt) if asked.upload else ()
        if s3:
            self._note(replace(row, s3=s3), attempt)
        return Kept(row.name, path, s3)

    def _placed(self, asked: Asked, attempt: Attempted) -> Row:
        """Put a file into the folder and into the index, under a name that is free in both."""
        job, about, barred = attempt.job, asked.about, set[str]()
        mark = self.folder.open_mark()
        label = Label(
            job=job.id,
            owner=job.owner,
            asked=kept_name(asked.name),
            room=about.room,
            url=known_as(about.url),
            began_at=about.began_at,
            seconds=about.seconds,
            kept_ms=int(self._wall() * 1000),
        )
        for _ in range(_TAKEN):
            try:
                name = self.folder.keep(asked.path, label, barred=barred, check=attempt.check)
            except FileNotFoundError:
                raise PermanentError(f"there is no file for {asked.name!r}", code="ARTIFACT_MISSING") from None
            found = self.folder.find(name)
            if found is None:
                raise Unavailable("the file that was just kept is not there", code="FILES_UNAVAILABLE")
            row = row_of(name, label, found.size_bytes, mark, self._machine)
            try:
                if self._note(row, attempt):
                    return row
            except StaleAttempt:  # cancelled, say: a walk would find it, and take it for a recording
                self._withdraw(row)
                raise
            self.folder.remove(name)
            barred.add(name)
        raise PermanentError(f"{_TAKEN} files have the name {asked.name!r} already", code="LIBRARY_NAME")

    def _withdraw(self, row: Row) -> None:
        """Remove what was just put there, unless the job's next attempt has put its own there since."""
        label = self.folder.label(row.name)
        if label is not None and label.kept_ms == row.kept_ms:
            self.folder.remove(row.name)

    def _note(self, row: Row, attempt: Attempted) -> bool:
        """Note a file; False where its name is another's."""
        word = self.index.keep(row, attempt.token)
        if word == "stale":
            raise StaleAttempt("another attempt has the job")
        return word == "kept"

    def _uploaded(self, name: str, path: Path, attempt: Attempted) -> tuple[str, ...]:
        """Send a copy; return its URL, or nothing where that does not succeed, which is told."""
        why = "no bucket is set (S3_BUCKET)"
        for number in range(TRIES):
            if number:
                self._wait(PAUSE_S)
            attempt.check()
            try:
                sent = self._store.send(name, path)
            except Unavailable as away:
                why = away.message
                continue
            if sent is not None:
                return (sent,)
            break
        attempt.warn("library.not_uploaded", {"name": name, "message": why})
        return ()

    # ---- finding

    def find(self, owner: str, name: str) -> Row:
        """Return the owner's file of that name. Raises NotFound; Unavailable when the store is away."""
        try:
            row = self.index.find(owner, kept_name(name))
        except PermanentError:  # no file can have it
            row = None
        if row is None:
            raise NotFound("there is no such file", code="FILE_NOT_FOUND")
        return row

    def is_here(self, row: Row) -> bool:
        """Whether the file itself lies in this machine's folder."""
        if self.folder.mark() != row.folder:
            return False
        found = self.folder.find(row.name)
        return found is not None and found.size_bytes == row.size_bytes

    def aread(self, row: Row, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Return the bytes of a file that is here, in pieces. Raises NotFound with the first piece."""
        return self.folder.aread(row.name, start, end)

    # ---- taking away

    def remove(self, row: Row) -> None:
        """Take one file away, as `purge`."""
        if row.s3:
            self._store.unsend(row.name)
        self.index.doom([row])

    def purge(self, job_id: str) -> int:
        """Take away all that a job kept, its copies in the bucket too; return how many files.

        Nobody finds them any more; the keeper of the machine that has them removes them. Raises Unavailable.
        """
        for row in self.index.of_job(job_id):
            if row.s3:
                self._store.unsend(row.name)
        return self.index.doom_of(job_id)

    def bury(self, mark: str) -> int:
        """Remove the files of this machine's folder that have to go, about 500; return how many."""
        gone = self.index.dying(mark)
        for each in gone:
            label = self.folder.label(each.name)
            if label is None or label.kept_ms == each.kept_ms:  # else it was kept again since
                self.folder.remove(each.name)
        return self.index.drop(mark, gone)


def row_of(name: str, label: Label, size_bytes: int, mark: str, machine: str) -> Row:
    """Return the index's row of a file."""
    return Row(
        name=name,
        owner=label.owner,
        job=label.job,
        asked=label.asked,
        room=label.room,
        url=known_as(label.url),  # one that was written by hand, or long ago, may have it all
        began_ms=int(label.began_at * 1000),
        seconds=label.seconds,
        size_bytes=size_bytes,
        kept_ms=label.kept_ms,
        folder=mark,
        machine=machine,
    )


def dying(row: Row) -> Dying:
    """Return a row as what `LibraryIndex.drop` takes."""
    return Dying(row.name, row.kept_ms)
