"""A small disk in a mount namespace of its own: a server may fill it, and nobody else sees it."""

import ctypes
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

#: As root, and as a user to whom the kernel allows namespaces of their own.
_WAYS: Final = (
    (("unshare", "--mount"), ("--mount",)),
    (("unshare", "--user", "--map-root-user", "--mount"), ("--mount", "--user", "--preserve-credentials")),
)
#: Mounts, says so, and lives until its standard input ends: with us, however we end.
_HOLD: Final = 'mount -t tmpfs -o "size=$2,mode=700" tmpfs "$1" && echo mounted && exec cat >/dev/null'
_PAGE_BYTES: Final = 4096
_CLONE_FS: Final = 0x200
_CLONE_NEWNS: Final = 0x20000


class NoSmallDisk(Exception):  # noqa: N818 - nothing went wrong; it is not allowed here
    """Neither root nor a user namespace may mount here."""


class SmallDisk:
    """A tmpfs of `size_bytes` over `folder`. Use as a context manager.

    Programs started with `within`, and whoever has `entered`, find it at `folder`; everybody else
    reaches it by `seen`. It is gone when the last of them has ended. Raises NoSmallDisk where
    mounting is not allowed.
    """

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self.folder = folder
        self.size_bytes = size_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._holder, self._joins = self._mount()

    def _mount(self) -> tuple[subprocess.Popen[bytes], tuple[str, ...]]:
        why = b""
        for unshare, joins in _WAYS:
            holder = subprocess.Popen(
                [*unshare, "sh", "-c", _HOLD, "sh", str(self.folder), str(self.size_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            assert holder.stdout is not None
            if holder.stdout.readline() == b"mounted\n":
                return holder, joins
            why += holder.communicate()[1]
        raise NoSmallDisk(why.decode(errors="replace").strip())

    def within(self, argv: Sequence[str]) -> list[str]:
        """Return the argv that runs `argv` where the disk is mounted; the process id stays that of the program."""
        return ["nsenter", "--target", str(self._holder.pid), *self._joins, f"--wd={Path.cwd()}", "--", *argv]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this thread, and what it starts, find the disk at `folder`. Raises NoSmallDisk for who is not root.

        A user becomes root enough by `unshare --user --map-root-user`.
        """
        where = Path.cwd()
        home = os.open("/proc/thread-self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"/proc/{self._holder.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(there)
            try:
                os.chdir(where)  # a namespace is entered at its root
                yield
            finally:
                _enter(home)
                os.chdir(where)
        finally:
            os.close(home)
            os.close(there)

    def seen(self, path: Path | None = None) -> Path:
        """Return a path on the disk as processes outside may open it; the disk itself without one."""
        inside = self.folder if path is None else path
        return Path(f"/proc/{self._holder.pid}/root") / inside.absolute().relative_to("/")

    def fill(self, *, leave_bytes: int = 0) -> None:
        """Write a file that takes all the room but about `leave_bytes`."""
        with (self.seen() / "filler").open("ab", buffering=0) as filler:
            with suppress(OSError):
                while True:
                    filler.write(bytes(_PAGE_BYTES))
            if leave_bytes:
                filler.truncate(max(0, filler.tell() - leave_bytes))

    def clear(self) -> None:
        """Remove that file."""
        (self.seen() / "filler").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it."""
        self._holder.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _enter(namespace: int) -> None:
    """Move this thread. Raises NoSmallDisk."""
    try:
        _call("unshare", _CLONE_FS)  # threads share their view of the files; this one needs its own
        _call("setns", namespace, _CLONE_NEWNS)
    except OSError as error:
        raise NoSmallDisk(f"no namespace can be entered: {error.strerror}") from error


def _call(name: str, *numbers: int) -> None:
    """Make a system call that Python 3.11 has no name for. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*numbers) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def lacking() -> str:
    """Say what is missing for a disk that this process can enter, or ""."""
    if os.geteuid() != 0:
        return "no right to mount; try it under: unshare --user --map-root-user"
    with tempfile.TemporaryDirectory() as folder:
        try:
            with SmallDisk(Path(folder), _PAGE_BYTES * 16) as disk, disk.entered():
                return ""
        except NoSmallDisk as not_here:
            return str(not_here)
