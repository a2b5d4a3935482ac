"""What jobs made, and the records of finished jobs beside it."""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from mediamill.core.errors import NotFound, PermanentError
from mediamill.core.job import Artifact
from mediamill.files import keys
from mediamill.files.checksums import Checksums, sums
from mediamill.files.faults import disk_errors
from mediamill.files.names import media_type, safe_name
from mediamill.files.store import FileStore


class Artifacts:
    """The files of jobs: `jobs/{job}/{token}/{sha256}` and `jobs/{job}/job.json`.

    A file is nobody's until the record names its key; a stale attempt writes under its own token.
    """

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self._checksums = Checksums(store)

    def commit(self, job_id: str, token: str, name: str, path: Path) -> Artifact:
        """Hash and store one file of an attempt, and return what the record will say about it.

        The path stays readable, but is the stored file itself on a local disk: do not change it.
        Raises PermanentError with code ARTIFACT_NAME or ARTIFACT_MISSING (no regular file there),
        Unavailable when the store cannot take it.
        """
        name = safe_name(name)
        if path.is_symlink() or not path.is_file():
            raise PermanentError(f"there is no file for the artifact {name!r}", code="ARTIFACT_MISSING")
        with disk_errors():
            size_bytes = path.stat().st_size
            sha256, crc32 = sums(path)
        key = keys.artifact(job_id, token, sha256)
        self.store.put(key, path)
        return Artifact(
            name=name, key=key, sha256=sha256, size_bytes=size_bytes, media_type=media_type(name), crc32=crc32
        )

    def crc32(self, artifact: Artifact) -> int:
        """Return an artifact's CRC-32, of the record or counted now, once. Raises NotFound, Unavailable."""
        return self._checksums.crc32(artifact.key) if artifact.crc32 is None else artifact.crc32

    def write_record(self, job_id: str, json: bytes) -> None:
        """Keep a finished job's record beside its files, replacing an older one."""
        self.store.put_bytes(keys.record(job_id), json, "application/json")

    def read_record(self, job_id: str) -> bytes:
        """Return what `write_record` kept. Raises NotFound."""
        return b"".join(self.store.read(keys.record(job_id)))

    def jobs(self) -> Iterator[str]:
        """Yield the ids of all jobs that have a file or a record here."""
        return self.store.names(keys.JOBS)

    def collect(self, job_id: str, named: Collection[str], *, older_than_s: float, now_s: float) -> int:
        """Delete a job's files whose keys the record does not name; return how many.

        Read the record just before. older_than_s: spares the files of an attempt that may still
        commit. now_s: Unix time.
        """
        record = keys.record(job_id)
        unnamed = [
            entry.key
            for entry in self.store.list(keys.job(job_id))
            if entry.key != record and entry.key not in named and entry.modified_s <= now_s - older_than_s
        ]
        self.store.delete(*unnamed)
        return len(unnamed)

    def forget(self, job_id: str) -> int:
        """Delete everything of a job, its record first, so that nothing takes it for whole; return how many files.

        Repeatable.
        """
        record = keys.record(job_id)
        recorded = self.store.size(record) is not None
        if recorded:
            self.store.delete(record)
        return self.store.delete_prefix(keys.job(job_id)) + recorded

    def exist(self, artifacts: Collection[Artifact]) -> bool:
        """Whether all these files are still here."""
        return all(self.store.size(each.key) == each.size_bytes for each in artifacts)

    def kept(self, job_id: str, artifacts: Collection[Artifact]) -> bool:
        """Whether all these files of a job are still here: one listing, where a bucket would be asked for each."""
        found = {entry.key: entry.size_bytes for entry in self.store.list(keys.job(job_id))}
        return self.exist([each for each in artifacts if found.get(each.key) != each.size_bytes])

    def fetch(self, artifact: Artifact, path: Path) -> Path:
        """Return an artifact as a local file, to be read only. Raises NotFound."""
        return self.store.fetch(artifact.key, path)

    def has_record(self, job_id: str) -> bool:
        """Whether a finished job's record is kept here."""
        try:
            return self.store.size(keys.record(job_id)) is not None
        except NotFound:
            return False


def digest(path: Path) -> str:
    """Return a file's SHA-256, hexadecimal; streamed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
