"""Looks after a program that records: takes the files that it writes as parts while they grow, and ends it in time."""

import stat
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mediamill.core.context import Completed, Context, Network, Sandbox
from mediamill.core.errors import PermanentError, RetryableError
from mediamill.media.live.copier import Why, Wishes
from mediamill.media.live.feed import DiskFull, Stalled
from mediamill.media.live.parts import Parts
from mediamill.media.live.ticking import TICK

_TICKING: Final = "mediamill.media.live.ticking"
#: From the first SIGINT to SIGKILL, with a second one between: ffmpeg hangs on a stall, and ignores the first.
_GRACE_S: Final = 5.0
#: Parts that are handed over in one look.
_AT_ONCE: Final = 10
#: Longer than any live.
_LONGEST_S: Final = 30 * 86_400.0
_SUFFIXES: Final = ((b"FLV", ".flv"), (b"\x47", ".ts"))

Line = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What to run. files: the names of what it writes, a glob; in the order of their names.

    network, env, readable, private: as of a sandbox and `ctx.run`. over: whether a line that it prints says that
    nothing more comes. begin_s: until the first byte; stall_s: between two.
    """

    argv: tuple[str | Path, ...] = field(repr=False)
    files: str
    network: Network
    begin_s: float
    stall_s: float
    env: dict[str, str] = field(default_factory=dict, repr=False)
    readable: tuple[Path, ...] = ()
    private: tuple[str, ...] = ()
    over: Callable[[str], bool] = lambda _line: False


@dataclass(frozen=True)
class Came:
    """How a run came to an end. why: we ended it; None: it did. error: what was the matter. ended: its own end."""

    why: Why | None
    error: RetryableError | PermanentError | None = None
    ended: Completed | None = None


class _Enough(Exception):  # noqa: N818 - what it is
    """The program is to end."""

    def __init__(self, why: Why | None, error: RetryableError | None = None) -> None:
        super().__init__()
        self.came = Came(why, error)


class Outside:
    """Runs programs one after the other for one recording. Its parts are handed over in the caller's thread.

    moved_at: when something came last, or a run began; monotonic. moving_s: of the last run, from the first byte to the
    last. began_at: Unix time of the very first.
    """

    def __init__(self, to: Parts, wishes: Wishes, ctx: Context, check: Callable[[], bool]) -> None:
        self._to = to
        self._wishes = wishes
        self._ctx = ctx
        self._check = check
        self._taken: set[Path] = set()
        self._growing: Path | None = None
        self._seen_bytes = to.bytes
        self.moved_at = time.monotonic()
        self.moving_s = 0.0
        self.began_at: float | None = None
        self._began = 0.0  # the same, of a clock that nobody sets
        self._first_at: float | None = None

    def folder(self) -> Path:
        """Return a new folder for a run."""
        return Path(tempfile.mkdtemp(prefix="recorder-", dir=self._ctx.scratch))

    def run(self, order: Order, folder: Path, on_line: Line = lambda _line: None) -> Came:
        """Run a program to its end, or to ours; all that it wrote is in parts then. Raises what `check` raises.

        on_line: told its lines.
        """
        before = self._to.bytes
        self.moved_at, self.moving_s, self._first_at = time.monotonic(), 0.0, None

        def told(line: str) -> None:
            if line != TICK:
                on_line(line)
                if order.over(line):
                    raise _Enough(None)
            self._look(folder, order.files)
            patience_s = order.begin_s if self._to.bytes == before else order.stall_s
            if time.monotonic() - self.moved_at > patience_s:
                raise _Enough(None, Stalled(f"nothing was recorded for {patience_s:g} s"))

        try:
            ended = self._ctx.run(
                Path(order.argv[0]).name,
                *order.argv,
                timeout_s=_LONGEST_S,
                cwd=folder,
                sandbox=Sandbox(
                    network=order.network,
                    env=order.env,
                    grace_s=_GRACE_S,
                    readable=order.readable,
                    warm=_TICKING,
                ),
                on_line=told,
                private=order.private,
            )
        except _Enough as enough:
            came = enough.came
        except (RetryableError, PermanentError) as error:  # of its limits, or its supervisor is lost
            came = Came(None, error)
        except BaseException:  # cancelled, or no longer ours: nobody wants what is left
            self._to.close()
            raise
        else:
            came = Came(None, None, ended)
        return self._left(folder, order.files, came)

    def left_s(self) -> float | None:
        """Return how much of the wished duration is left, 0 or more; None: there is no end to it."""
        if self._wishes.duration_s is None:
            return None
        passed = time.monotonic() - self._began if self.began_at is not None else 0.0
        return max(0.0, self._wishes.duration_s - passed)

    def look(self) -> bool:
        """Hand over what is finished; return whether to finish soon."""
        self._to.hand_over(_AT_ONCE)
        return self._check()

    def _look(self, folder: Path, files: str) -> None:
        """Look after the recording while the program runs. Raises _Enough."""
        try:
            self._take(folder, files)
        except DiskFull as error:
            raise _Enough(Why.DISK_FULL, error) from None
        if self._to.bytes > self._seen_bytes:
            self._moved()
        self._seen_bytes = self._to.bytes
        if self.look():
            raise _Enough(Why.STOPPED)
        if self.left_s() == 0:
            raise _Enough(Why.DURATION)

    def _moved(self) -> None:
        self.moved_at = time.monotonic()
        self._first_at = self._first_at or self.moved_at
        self.moving_s = self.moved_at - self._first_at
        if self.began_at is None:
            self.began_at, self._began = time.time(), self.moved_at

    def _take(self, folder: Path, files: str) -> None:
        """Take the files that are new, the last of which grows."""
        self._to.grow()
        for path in sorted(folder.glob(files)):
            if path in self._taken or not _has_something(path):
                continue
            self._to.grow()
            self._taken.add(path)
            self._to.adopt(path, _suffix(path))
            self._to.grow()
            if self._growing is not None:
                self._growing.unlink(missing_ok=True)
            self._growing = path

    def _left(self, folder: Path, files: str, came: Came) -> Came:
        """Take what the program wrote last, and finish the part."""
        try:
            self._take(folder, files)
        except DiskFull as error:
            came = Came(Why.DISK_FULL, error, came.ended)
        if self._to.bytes > self._seen_bytes:
            self._moved()
        self._seen_bytes = self._to.bytes
        self._growing = None
        self._to.close()
        self._to.hand_over()
        return came


def _has_something(path: Path) -> bool:
    try:
        seen = path.lstat()
    except FileNotFoundError:  # it has been renamed meanwhile
        return False
    return stat.S_ISREG(seen.st_mode) and seen.st_size > 0


def _suffix(path: Path) -> str:
    """Return the suffix of what a file is by its first bytes; its own where they tell nothing."""
    with path.open("rb") as file:
        first: Sequence[int] | bytes = file.read(8)
    return next((suffix for begin, suffix in _SUFFIXES if bytes(first).startswith(begin)), path.suffix)
