"""What comes with requests."""

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final
from uuid import uuid4

from mediamill.core.errors import TooLarge, Unavailable
from mediamill.core.job import Upload
from mediamill.files import keys
from mediamill.files.artifacts import digest
from mediamill.files.faults import disk_errors
from mediamill.files.names import clean_name
from mediamill.files.store import FileStore

#: Bytes gathered before a thread hashes and writes them: a thread per network packet costs more.
BATCH_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class ReceivedUpload:
    """A file on this machine that no job has yet. filename: cleaned, for people to read."""

    path: Path
    filename: str
    sha256: str
    size_bytes: int


class Uploads:
    """Files on their way in: a staging folder of this machine, then `uploads/{job}/{field}-{sha256}`.

    root: best on the file system of the store; staging is `{root}/staging`.
    """

    def __init__(self, store: FileStore, root: Path) -> None:
        self.store = store
        self.staging = root.absolute() / "staging"

    async def receive(self, chunks: AsyncIterator[bytes], filename: str | None, limit_bytes: int) -> ReceivedUpload:
        """Write a stream to the staging folder, hashing on the way; 1 MiB is in memory at most.

        Raises TooLarge as soon as the stream passes `limit_bytes`, Unavailable when the disk is
        full. Whatever ends it early, nothing stays behind.
        """
        name = clean_name(filename or "", "upload")
        # With its suffix, by which a service's `check` knows what it looks at.
        path = self.staging / f"{uuid4().hex}{Path(name).suffix}"
        try:
            sha256, size_bytes = await self._write(chunks, path, limit_bytes)
        except BaseException:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise
        return ReceivedUpload(path, name, sha256, size_bytes)

    def take(self, path: Path, *, fixed: bool) -> ReceivedUpload:
        """Copy a file of this machine into the staging folder, as if it had been received.

        fixed: nobody changes it any more, so that a link will do.
        Raises Unavailable when the disk is full; then nothing stays behind.
        """
        staged = self.staging / f"{uuid4().hex}{path.suffix}"
        with disk_errors():
            self._make_staging()
            try:
                if not (fixed and _linked(path, staged)):
                    shutil.copyfile(path, staged)
                size_bytes, sha256 = staged.stat().st_size, digest(staged)
            except BaseException:
                staged.unlink(missing_ok=True)
                raise
        return ReceivedUpload(staged, clean_name(path.name, "upload"), sha256, size_bytes)

    def write(self, body: bytes, filename: str) -> ReceivedUpload:
        """Write bytes into the staging folder, as if they had been received as a file of that name.

        Raises Unavailable when the disk is full; then nothing stays behind.
        """
        staged = self.staging / f"{uuid4().hex}{Path(filename).suffix}"
        with disk_errors():
            self._make_staging()
            try:
                staged.write_bytes(body)
            except BaseException:
                staged.unlink(missing_ok=True)
                raise
        return ReceivedUpload(staged, filename, hashlib.sha256(body).hexdigest(), len(body))

    async def _write(self, chunks: AsyncIterator[bytes], path: Path, limit_bytes: int) -> tuple[str, int]:
        hashed = hashlib.sha256()
        size_bytes = 0
        batch = bytearray()
        with self._create(path) as file:

            def flush() -> None:
                hashed.update(batch)
                view = memoryview(batch)
                with disk_errors():
                    while view:
                        view = view[file.write(view) :]

            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > limit_bytes:
                    raise TooLarge(f"the file is larger than {limit_bytes} bytes")
                batch += chunk
                if len(batch) >= BATCH_BYTES:
                    await asyncio.to_thread(flush)
                    batch = bytearray()
            flush()
        return hashed.hexdigest(), size_bytes

    def _create(self, path: Path) -> FileIO:
        with disk_errors():
            self._make_staging()
            return path.open("xb", buffering=0)

    def _make_staging(self) -> None:
        self.staging.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, received: ReceivedUpload, job_id: str, field: str) -> Upload:
        """Store a received file for a job; its path is gone then. Repeatable until it succeeds."""
        key = keys.upload(job_id, field, received.sha256)
        try:
            self.store.put(key, received.path)
        except FileNotFoundError as error:
            raise Unavailable("the received file is gone", code="FILES_UNAVAILABLE") from error
        self.discard(received)
        return Upload(filename=received.filename, key=key, sha256=received.sha256, size_bytes=received.size_bytes)

    def discard(self, received: ReceivedUpload) -> None:
        """Delete a received file that no job will have."""
        with disk_errors():
            received.path.unlink(missing_ok=True)

    def fetch(self, upload: Upload, path: Path) -> Path:
        """Return an upload as a local file, to be read only. Raises NotFound."""
        return self.store.fetch(upload.key, path)

    def forget(self, job_id: str) -> int:
        """Delete everything that came with a request; return how many files. Repeatable."""
        return self.store.delete_prefix(keys.uploads(job_id))

    def sweep(self, *, older_than_s: float = 3600.0) -> int:
        """Delete staged files that nobody has written to for a while; return how many."""
        newest = time.time() - older_than_s
        count = 0
        if not self.staging.is_dir():
            return 0
        for path in self.staging.iterdir():
            with disk_errors(), suppress(FileNotFoundError):
                if path.lstat().st_mtime <= newest:
                    path.unlink()
                    count += 1
        return count


def _linked(path: Path, target: Path) -> bool:
    try:
        os.link(path, target)
    except OSError:  # another file system, too many links, or no right to link another user's file
        return False
    return True
