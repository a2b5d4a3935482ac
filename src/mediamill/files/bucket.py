"""The file store in a bucket, by the S3 protocol."""

import mmap
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from mediamill.core.errors import NotFound, Unavailable
from mediamill.files.faults import disk_errors
from mediamill.files.keys import SENT, checked
from mediamill.files.names import kept_name
from mediamill.files.store import CHUNK_BYTES, Entry, FileStore, S3Options

if TYPE_CHECKING:
    from obstore.store import S3Config
    from typing_extensions import Buffer

#: Files up to this size are created in one conditional request; larger ones go in parts.
CREATE_BYTES: Final = 16 * 1024 * 1024
#: S3 takes 10,000 parts of at least 5 MiB. A part must get through within the read timeout.
PART_BYTES: Final = 5 * 1024 * 1024
PARTS: Final = 9_000

_MISSING = "the file is not there any more"

#: The process in which obstore's threads run. A forked child would wait for them for ever.
_home: list[int] = []


class Bucket(FileStore):
    """A bucket, or a prefix in one."""

    def __init__(self, location: str, options: S3Options) -> None:
        url = urlsplit(location)
        if url.scheme != "s3" or not url.netloc:
            raise ValueError("a file location is a folder or s3://bucket/prefix")
        config: S3Config = {}
        if options.endpoint_url:
            config["endpoint"] = options.endpoint_url
        if options.region or options.endpoint_url:
            config["region"] = options.region or "us-east-1"
        if options.access_key_id and options.secret_access_key:
            config["access_key_id"] = options.access_key_id
            config["secret_access_key"] = options.secret_access_key
        _stay_home()
        self._location = f"{url.netloc}/{url.path.strip('/')}".rstrip("/")
        self._store = S3Store(
            url.netloc,
            prefix=url.path.strip("/") or None,
            config=config,
            client_options={
                "allow_http": (options.endpoint_url or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                # A body takes as long as its reader does; only silence is a fault.
                "timeout": timedelta(days=1),
                "read_timeout": timedelta(seconds=20),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )

    # ---- writing

    def put(self, key: str, path: Path) -> None:
        """Store a file, in parts of 5 MiB where it is larger; four parts are in memory at once."""
        self._put(checked(key), path)

    def _put(self, place: str, path: Path) -> None:
        size = _regular_size(path)
        chunk = max(PART_BYTES, size // PARTS)
        with self._errors(), path.open("rb") as file:
            obstore.put(self._store, place, file, chunk_size=chunk, max_concurrency=4)

    def put_bytes(self, key: str, body: bytes, media_type: str = "application/octet-stream") -> None:
        """Store a small file with its media type."""
        with self._errors():
            obstore.put(self._store, checked(key), body, attributes={"Content-Type": media_type})

    def create(self, key: str, path: Path) -> bool:
        """Store a file unless the key exists. Exact up to 16 MiB."""
        size = _regular_size(path)
        if size > CREATE_BYTES or size == 0:
            if self.size(key) is not None:
                return False
            self.put(key, path)
            return True
        with self._errors(), path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
            try:
                obstore.put(self._store, checked(key), body, mode="create")
            except AlreadyExistsError:
                return False
        return True

    # ---- reading

    def size(self, key: str) -> int | None:
        """Return a file's size in bytes, or None."""
        with self._errors():
            try:
                return obstore.head(self._store, checked(key))["size"]
            except FileNotFoundError:
                return None

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes of a range in pieces. A range costs one request more."""
        if start or end is not None:
            size = self._size(key)
            end = min(size, size if end is None else end)
            if start >= end:
                return iter(())
        with self._errors():
            try:
                found = obstore.get(
                    self._store, checked(key), options={"range": (start, end)} if end is not None else {}
                )
            except FileNotFoundError:
                raise NotFound(_MISSING) from None
        return self._pieces(found)

    def _pieces(self, found: "obstore.GetResult") -> Iterator[bytes]:
        with self._errors():
            for block in found.stream(min_chunk_size=CHUNK_BYTES // 2):
                yield from _cut(block)

    async def aread(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of a range in pieces."""
        with self._errors():
            try:
                if start or end is not None:
                    size = (await obstore.head_async(self._store, checked(key)))["size"]
                    end = min(size, size if end is None else end)
                    if start >= end:
                        return
                found = await obstore.get_async(
                    self._store, checked(key), options={"range": (start, end)} if end is not None else {}
                )
            except FileNotFoundError:
                raise NotFound(_MISSING) from None
            async for block in found.stream(min_chunk_size=CHUNK_BYTES // 2):
                for piece in _cut(block):
                    yield piece

    def _size(self, key: str) -> int:
        size = self.size(key)
        if size is None:
            raise NotFound(_MISSING)
        return size

    def fetch(self, key: str, path: Path) -> Path:
        """Download to `path`, which appears whole."""
        body = self.read(key)
        part = path.with_name(f".{uuid4().hex}.part")
        try:
            with disk_errors(), part.open("xb") as file:
                for piece in body:
                    file.write(piece)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return path

    # ---- for people

    def send(self, name: str, path: Path) -> str:
        """Store a file under `recordings/` and its name; return its URL."""
        self._put(_sent(name), path)
        return f"s3://{self._location}/{_sent(name)}"

    def unsend(self, name: str) -> None:
        """Delete what was sent."""
        with self._errors(), suppress(FileNotFoundError):
            obstore.delete(self._store, _sent(name))

    # ---- deleting and listing

    def delete(self, *keys: str) -> None:
        """Delete files, up to 1,000 in a request."""
        if not keys:
            return
        with self._errors(), suppress(FileNotFoundError):
            obstore.delete(self._store, [checked(key) for key in keys])

    def delete_prefix(self, prefix: str) -> int:
        """Delete everything below a prefix, in batches of 1,000."""
        checked(prefix)
        count = 0
        while keys := [entry.key for entry in islice(self.list(prefix), 1000)]:
            self.delete(*keys)
            count += len(keys)
        return count

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield the files below a prefix, asked for in pages."""
        if prefix:
            checked(prefix)
        with self._errors():
            for page in obstore.list(self._store, prefix or None, chunk_size=1000):
                for meta in page:
                    yield Entry(meta["path"], meta["size"], meta["last_modified"].timestamp())

    def names(self, prefix: str) -> Iterator[str]:
        """Yield what comes directly after a prefix; all names are in memory at once."""
        with self._errors():
            found = obstore.list_with_delimiter(self._store, checked(prefix))
        yield from (each.rstrip("/").rpartition("/")[2] for each in found["common_prefixes"])
        yield from (each["path"].rpartition("/")[2] for each in found["objects"])

    def check_writable(self) -> None:
        """Write and delete a small file."""
        key = f"ready/{uuid4().hex}"
        self.put_bytes(key, b"ready")
        self.delete(key)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say in our words what the bucket said; its own text names hosts and paths."""
        _stay_home()
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise Unavailable("the bucket for files refused our key", code="FILES_DENIED") from error
        except FileNotFoundError as error:
            raise Unavailable("the bucket for files does not exist", code="FILES_DENIED") from error
        except BaseError as error:
            raise Unavailable("the bucket for files does not answer", code="FILES_UNAVAILABLE") from error


def _stay_home() -> None:
    """Refuse to work in a forked child of a process that used obstore: it would hang."""
    _home.append(os.getpid())
    del _home[1:]
    if _home[0] != os.getpid():
        raise RuntimeError("the file store was opened before a fork; open it in the child alone")


def _sent(name: str) -> str:
    """Return where a file is sent: no key begins like that, so the two never meet."""
    return f"{SENT}/{kept_name(name)}"


def _regular_size(path: Path) -> int:
    if path.is_symlink() or not path.is_file():
        raise FileNotFoundError(f"{path.name} is no regular file")
    return path.stat().st_size


def _cut(block: "Buffer") -> Iterator[bytes]:
    view = memoryview(block)
    for at in range(0, len(view), CHUNK_BYTES):
        yield bytes(view[at : at + CHUNK_BYTES])
