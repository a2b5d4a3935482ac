"""Where files lie: one API for a local disk and for a bucket."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

#: Streams hand out pieces of at most this many bytes.
CHUNK_BYTES: Final = 256 * 1024


class Entry(NamedTuple):
    """One line of a listing. modified_s: when it was last put here, or elsewhere if it is the same file; Unix time."""

    key: str
    size_bytes: int
    modified_s: float


@dataclass(frozen=True)
class S3Options:
    """How to reach a bucket. What is None comes from the environment's AWS_* names, as usual.

    endpoint_url: for servers other than AWS; plain http is allowed when it says so.
    """

    endpoint_url: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)


class FileStore(ABC):
    """Whole, immutable files under keys such as `jobs/{job}/{token}/{sha256}` (see `keys`).

    A file appears whole or not at all, and survives a power cut once `put` has returned. Every
    call may raise Unavailable, which also means: full, or refused. All but `aread` are synchronous
    and may be called from many threads.

    Open one per process, after the process was forked: obstore hangs in a forked child. `Bucket`
    raises RuntimeError instead of hanging.
    """

    @staticmethod
    def open(
        location: str | Path, *, s3: S3Options | None = None, near: Path | None = None, durable: bool = True
    ) -> "FileStore":
        """Open a folder, or `s3://bucket/prefix`. Makes the folder; asks nothing of a bucket yet.

        near: on a local disk, files below this folder are linked when they are put, not copied;
            files below the store's own folder always are.
        durable: whether a local disk is told to write through (about 0.4 ms a file on an SSD).
        """
        if isinstance(location, str) and "://" in location:
            from mediamill.files.bucket import Bucket  # noqa: PLC0415 - loads obstore, only where needed

            return Bucket(location, s3 or S3Options())
        from mediamill.files.disk import Disk  # noqa: PLC0415 - it imports this module

        return Disk(Path(location), near=near, durable=durable)

    @abstractmethod
    def put(self, key: str, path: Path) -> None:
        """Store a file, replacing what was there; streamed.

        The path stays where it is. On a local disk it may now be the same file as the stored one,
        and is made read-only: do not change it any more. Raises FileNotFoundError when there is no
        regular file at `path` (a symbolic link is none).
        """

    @abstractmethod
    def put_bytes(self, key: str, body: bytes, media_type: str = "application/octet-stream") -> None:
        """Store a small file, replacing what was there."""

    @abstractmethod
    def create(self, key: str, path: Path) -> bool:
        """Store a file unless the key exists: False then. Else as `put`.

        In a bucket, two writers of a file over 16 MiB may both see True; the later one stays.
        """

    @abstractmethod
    def size(self, key: str) -> int | None:
        """Return a file's size in bytes, or None when there is none."""

    @abstractmethod
    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes from `start` up to but without `end`, in pieces of at most 256 KiB.

        A range is cut to the file; one beyond it is empty. Raises NotFound at once.
        """

    @abstractmethod
    def aread(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """As `read`, for an event loop. Raises NotFound with the first piece: ask `size` before."""

    @abstractmethod
    def fetch(self, key: str, path: Path) -> Path:
        """Return a local file with the content, to be read only, never changed or moved.

        path: where it is put if it cannot be linked or read in place. What was there is replaced.
        On a local disk the result is a link at `path` where the file system allows one, so that it
        outlives a `delete`; else the stored file itself. Raises NotFound.
        """

    @abstractmethod
    def delete(self, *keys: str) -> None:
        """Delete files; no error when one is missing."""

    @abstractmethod
    def delete_prefix(self, prefix: str) -> int:
        """Delete everything below `prefix/`; return how many files."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield every file below `prefix/`, in no order. Files that come or go meanwhile may be missed."""

    @abstractmethod
    def names(self, prefix: str) -> Iterator[str]:
        """Yield what comes directly after `prefix/`, each once: of `jobs`, the ids of jobs.

        Some servers of buckets go on naming a folder that was emptied.
        """

    @abstractmethod
    def check_writable(self) -> None:
        """Write and delete a small file. Raises Unavailable."""

    def local(self, key: str) -> Path | None:
        """Return the path of a stored file that can be read in place, or None.

        None in a bucket, and where there is no such file. It may be deleted at any time.
        """
        del key
        return None

    def send(self, name: str, path: Path) -> str | None:
        """Store a file under a name for people, any that `kept_name` takes; return its URL, or None without a bucket.

        What was there is replaced. Raises FileNotFoundError when there is no regular file at `path`.
        """
        del name, path
        return None

    def unsend(self, name: str) -> None:
        """Delete what `send` stored under that name; no error where there is none."""
        del name

    def sweep(self, *, older_than_s: float = 86_400.0) -> int:
        """Delete what broken-off writes left behind; return how many. A bucket has its own rules for it."""
        del older_than_s
        return 0
