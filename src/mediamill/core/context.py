"""What a running service may ask of the engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mediamill.core.errors import PermanentError
    from mediamill.core.polls import PollState
    from mediamill.core.service import Service


_ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class Result:
    """What an attempt made.

    files: name -> path in the attempt's scratch; they become the job's artifacts.
    data: small facts as JSON (durations, counts, flags).
    keep_parts: what was published meanwhile belongs to the job too. False: only `files` do; the parts have no
        name any more, and are deleted 10 minutes after the job's end at the earliest.
    reusable: a repeat of the request may be answered with this job. False, and where the job was asked to finish
        early: the repeat is a job of its own, though the service says `dedupe="cached"`.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    keep_parts: bool = True
    reusable: bool = True


#: What a program asks for that is led to a hidden address; any path may follow.
HIDDEN: Final = "http://hidden.invalid/"


@dataclass(frozen=True)
class Hidden:
    """An address that is in no argument of a program, for all users of a machine may read those of all.

    The program asks for `HIDDEN`, and the egress guard tells it to go to `url` instead. cookies: told with it, as
    `Set-Cookie` has them. Each is a line.
    """

    url: str = field(repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse what would be read as another header."""
        if any(not each.isprintable() for each in (self.url, *self.cookies)):
            raise ValueError("an address and its cookies are a line each")


@dataclass(frozen=True)
class Network:
    """What a program in a sandbox may reach: public addresses, and those only through the egress guard.

    hosts: only these and what is below them; none named: any.
    proxy: a URL that the guard goes on through, vetted as any other address. A secret where it has credentials.
    most_bytes: what may be received in all; more ends the program with PermanentError, code TOO_LARGE.
    hidden: where a program that asks for `HIDDEN` is led to.
    """

    hosts: tuple[str, ...] = ()
    proxy: str = field(default="", repr=False)
    most_bytes: int | None = None
    hidden: Hidden | None = None


@dataclass(frozen=True)
class Sandbox:
    """A program apart: it writes below its working folder only, and reaches only its network.

    It reads what the system and Python consist of, its working folder and the attempt's scratch; nothing else of ours.
    The kernel holds it to that where it has Landlock; docs/decisions/0022 says what holds without.

    network: None: it reaches nothing.
    env: joins the little that is passed on.
    idle_s: without a line printed, a byte received, or work of a twentieth of a processor for so long it ends with
        RetryableError, code STALLED.
    grace_s: from the first SIGINT to SIGKILL, with a second SIGINT between.
    readable: files and folders that it may read besides.
    warm: a module whose `main(argv) -> int | None` is what runs, forked from a process that has imported it already and
        has called its `prepare()`, where it has one; "": the program is started as any other. The first word is the
        program's name in either case, and `main` gets the words behind it.
    """

    network: Network | None = None
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    idle_s: float | None = None
    grace_s: float = 5.0
    readable: tuple[Path, ...] = ()
    warm: str = ""


@dataclass(frozen=True)
class About:
    """What is told of a file that is kept: by these its owner finds it.

    room: the channel that it comes from, as its site names it; url: where it comes from. "": it has none.
    Of the address no user, no password and no value of the query that its name calls a secret is kept.
    began_at: when what it shows began, Unix time, seconds. seconds: how long it lasts.
    """

    room: str
    url: str
    began_at: float
    seconds: float


@dataclass(frozen=True)
class Kept:
    """A file that outlives its job.

    name: where it is below the folder of recordings, with `/` between the parts. path: the file itself, to be read
    only. s3: URLs of the copies in the bucket.
    """

    name: str
    path: Path
    s3: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completed:
    """How a program ended. `output` is the tail of its standard output and error, secrets masked.

    received_bytes: by the egress guard. refused: what the guard refused, in words for people: "10.0.0.1: a private
    address".
    """

    argv: tuple[str, ...]
    returncode: int
    output: str
    received_bytes: int = 0
    refused: tuple[str, ...] = ()


def fraction_of(value: float) -> float:
    """Return a fraction within 0..1. Raises ValueError for what is none; a sum of shares may miss by a rounding."""
    if not -_ROUNDING <= value <= 1.0 + _ROUNDING:
        raise ValueError(f"progress is a fraction, 0..1, not {value!r}")
    return min(max(float(value), 0.0), 1.0)


def check_apart(folder: Path, scratch: Path) -> None:
    """Raise ValueError where a sandbox's working folder is not below scratch."""
    if scratch.resolve() not in folder.resolve().parents:
        raise ValueError("a program in a sandbox works in a folder of its own below scratch")


class Child(Protocol):
    """A job that this job asked for."""

    @property
    def id(self) -> str:
        """The child's job id."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the child has ended, well or not: then `result` and `outcome` do not raise Later."""
        ...

    def result(self) -> Result:
        """Return what the child made, its files as local paths.

        While the child is not finished this raises Later, which gives the parent's slot back; the
        last child's end wakes the parent, and it runs again from the top: let Later pass. A failed
        child raises PermanentError with code CHILD_FAILED.
        """
        ...

    def outcome(self) -> "Result | PermanentError":
        """As `result`, but return the error of a failed child instead of raising it.

        Its `__cause__` has the child's own code and message.

        A child that the parent never asks about must succeed too: the parent waits for it, and
        fails with it. A parent that was asked to finish early lets those go that have not finished.
        """
        ...

    def told(self, note: str = "") -> "Mapping[str, Any] | PermanentError":
        """As `outcome`, but return what a child that succeeded told, its `data`, without its files.

        note: the parent's stage while it waits, instead of how many of its children have ended.
        """
        ...

    def stop(self) -> None:
        """Ask the child to finish early and keep what there is. Repeatable; one that has ended stays as it is.

        Then wait for it as ever. One that has not begun has nothing to keep and is cancelled: it counts as failed. One
        that a client or another job asked for too goes on for them, and so does this job's waiting.
        """
        ...


class Coprocess(Protocol):
    """A Python module that answers one request after another in a process of its own.

    For what must not run in ours: a parser of hostile files, a library that can hang, what takes memory and
    keeps it. The process starts at the first request, and again after a crash; leave the `with` and it is gone.
    """

    def ask(
        self,
        request: Mapping[str, object],
        *,
        timeout_s: float,
        on_progress: Callable[[float], None] | None = None,
    ) -> Mapping[str, Any]:
        """Return the answer. Both are JSON objects of 32 KiB and 4 kB at most: what is large is in files.

        on_progress: told the fractions that the module tells meanwhile.

        Raises what the module raised of InvalidInput, PermanentError and RetryableError; PermanentError with code
        PROGRAM_CRASHED when the process died of the request, PROGRAM_MEMORY, PROGRAM_CPU or PROGRAM_FILE_SIZE when
        it wanted more than its limit; RetryableError with code PROGRAM_TIMEOUT after `timeout_s`, PROGRAM_LOST when
        it was killed; RuntimeError for any other exception of the module, whose traceback the worker's log has.
        """
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        ...


class Context(Protocol):
    """An attempt's way to the outside. Every call may raise Cancelled or Later: let them pass."""

    @property
    def job_id(self) -> str:
        """The job's id."""
        ...

    @property
    def attempt(self) -> int:
        """Which run of the job this is, from 1."""
        ...

    @property
    def scratch(self) -> Path:
        """A folder of this attempt alone; deleted afterwards."""
        ...

    @property
    def lasting(self) -> Path:
        """A folder of the job on this machine, which outlives the attempt however that ends, `kill -9` too.

        For what cannot be fetched or made again, such as a live stream; all else belongs into `scratch`. The job's next
        attempt finds what lies in it if it runs on this machine; on another one the folder is empty. Its files may be
        published, committed and submitted like those of `scratch`; what was published is safe, so unlink it here. It
        is removed when the job is cancelled, or succeeds by an attempt that asked for it here; what lies in it when the
        job ends otherwise, or elsewhere, is handed in anew where the service says how: see `Service.rescue`.

        Raises Later, uncharged, where this machine has no room, and while another attempt of the job, whose lease is
        over, has not let go of it.
        """
        ...

    def seal(self, content: bytes) -> bytes:
        """Return bytes encrypted, as secret parameters are in the record: for what a note in `lasting` must not show.

        Raises PermanentError with code SECRET_KEY_MISSING where there is no key.
        """
        ...

    def unseal(self, sealed: bytes) -> bytes:
        """Return what an attempt of any job sealed, on any machine with the same keys.

        Raises PermanentError with code SECRET_KEY_MISSING for what none of them opens.
        """
        ...

    @property
    def stopping(self) -> bool:
        """Whether somebody asked the job to finish early and keep what there is."""
        ...

    def progress(self, fraction: float, note: str = "") -> None:
        """Tell how far the attempt is, 0..1, and what it does now. Cheap: passed on 5 times a second."""
        ...

    def log(self, event: str, /, **fields: object) -> None:
        """Write one line into the job's log: `ctx.log("voice.loaded", seconds=1.2)`."""
        ...

    def check(self) -> None:
        """Raise Cancelled when the attempt should end. Cheap: call it in every loop."""
        ...

    def input(self, name: str) -> Path | None:
        """Return the uploaded file of that name as a local path, or None when none was sent."""
        ...

    def cached(self, key: str, make: Callable[[Path], None]) -> Path:
        """Return the file that `make(path)` once wrote for `key`, making it if nobody has.

        key: everything that decides the content: names and versions too. Read-only; do not move it.
        """
        ...

    def cached_folder(self, key: str, make: Callable[[Path], None], *, max_age_s: float | None = None) -> Path:
        """Return the folder of files that `make(folder)` once wrote for `key`, making it if nobody has.

        As `cached`, for what takes minutes and is many files: it is kept whole or not at all, and `make` begins with
        an empty folder. Files only, 10,000 at most, and folders; empty ones are not kept. Read-only; do not move it.
        max_age_s: what was made longer ago is made anew; None: however old it is.

        While another attempt makes the same, this one waits for half a minute and then raises Later: let it pass.
        """
        ...

    def publish(self, name: str, path: Path) -> None:
        """Make a part readable by clients while the job runs. It outlives the attempt."""
        ...

    def parts(self) -> tuple[str, ...]:
        """Return the names of what this job has published so far, by earlier attempts too, on any machine; sorted."""
        ...

    def part(self, name: str) -> Path:
        """Return what the job published under a name as a local path. Read-only; do not move it.

        Raises PermanentError with code ARTIFACT_MISSING when there is no such part, or its file is gone.
        """
        ...

    def keep(self, name: str, path: Path, about: About, *, upload: bool = False) -> Kept:
        """Keep a file beyond the job, in this machine's folder of recordings and in the index that its owner can ask.

        name: a relative path with `/` between its parts, each of 200 bytes of UTF-8 at most, none of them hidden, 1,000
            bytes in all. Another file of that name stays: this one is called `name (2).mp4` then, and so on.
        path: of this attempt's scratch, `lasting`, or given by this context; it may now be the kept file itself.
        upload: put a copy into the bucket, too. Where that fails three times, or there is no bucket, the job's log says
            so, and `s3` is empty.

        Once more by the job, in a later attempt as well, it takes the place of what the job has kept under that `name`.
        Retention takes it away again, and so does a purge of the job; nothing else does.

        Raises PermanentError with code LIBRARY_NAME, ARTIFACT_MISSING (no regular file there) or ARTIFACT_OUTSIDE;
        Unavailable when the disk is full; Later where the folder is away for ten minutes, or may not be written: let it
        pass. Meanwhile the job's `stage` and its log say what it waits for.
        """
        ...

    def run(  # noqa: PLR0913 - what a program may, each by its name
        self,
        *argv: str | Path,
        timeout_s: float,
        cwd: Path | None = None,
        memory_bytes: int | None = None,
        cpu_s: int | None = None,
        file_bytes: int | None = None,
        sandbox: Sandbox | None = None,
        on_line: Callable[[str], None] | None = None,
        private: Sequence[str] = (),
    ) -> Completed:
        """Run a program to its end in the attempt's scratch; it dies with the attempt.

        memory_bytes, cpu_s: what each of its processes may use; file_bytes: the size of each file it
        writes. None: what this machine's settings say, and as much of the processor as there is.
        cwd: its working folder; None: scratch, and for a sandbox an empty folder. A sandbox's is below scratch and
            not scratch itself, where files lie that others share.
        sandbox: keep it apart from everything that is not its own: for what reads hostile files or talks to the
        outside. One that runs when the job is asked to finish early gets SIGINT, once, and ends as it likes.
        on_line: told each line it prints, secrets masked, while it runs; what it raises ends the program.
        private: texts that are masked besides the job's secrets.

        Raises RetryableError with code PROGRAM_TIMEOUT after `timeout_s`; PermanentError with code
        PROGRAM_MEMORY, PROGRAM_CPU or PROGRAM_FILE_SIZE when it fails and shows that it wanted more
        than its limit. Of a sandbox: RetryableError with code STALLED, PermanentError with code TOO_LARGE.
        A return code other than 0 raises nothing else: look at it.
        """
        ...

    def coprocess(
        self,
        module: str,
        *,
        memory_bytes: int | None = None,
        cpu_s: int | None = None,
        file_bytes: int | None = None,
    ) -> Coprocess:
        """Keep a module of ours at hand that answers requests in a process of its own: `with` it, then `ask`.

        module: its name, such as `mediamill.media.documents.reader`; run as a script it calls
            `mediamill.media.answering.answer`. Its working folder is the attempt's scratch.
        memory_bytes, cpu_s, file_bytes: as in `run`, of the process's whole life.
        """
        ...

    def turn(self, name: str, *, at_once: int | None = None, per_minute: float | None = None, burst: int = 1) -> None:
        """Take a turn at something that all jobs share, such as a site, and hold it until the attempt ends.

        name: what is shared, 200 characters at most; attempts of all services that say the same name share it.
        at_once: how many attempts may hold it at a time. per_minute: how many turns are given in a minute, spread
            evenly; burst: how many of them may come one upon the other after a pause. None: no such limit.

        Until it is ours it raises Later, which charges nothing and gives the slot back; the job keeps its place in
        the line: by priority, then first come, first served. Ask before anything is begun, for the next attempt
        starts from the top. Asked for again by the same attempt, it is ours already.

        Raises ValueError for a name or a limit that makes no sense.
        """
        ...

    def poll_in(self, seconds: float, facts: Mapping[str, Any] | None = None) -> None:
        """Have the service's `poll` look at this job after `seconds`, once this attempt has ended with Later.

        Then raise `Later(3600, note)`: so long after the last look the job runs again by itself, should no poll have
        come (`wake`), and says the same again. Other ends of the attempt forget it. Said twice, the last time counts.

        seconds: 0 to 30 days. facts: what the poll is to know, JSON of 4 KiB at most; None: those that it has.
        Raises ValueError for what cannot be kept.
        """
        ...

    def polled(self) -> "PollState":
        """Return what the polls have found out for this job (`facts`) and what clients wish of it (`wishes`).

        Facts given to `poll_in` are among them at once.
        """
        ...

    def submit(
        self,
        service: "Service[Any]",
        params: "BaseModel",
        *,
        inputs: Mapping[str, Path] | None = None,
        share: float = 0.0,
        tied: str | None = None,
    ) -> Child:
        """Ask for another job. The same request of every attempt means the same child, and equal ones come in order.

        A child that earlier attempts asked for and this one does not is let go when the job waits, and cancelled
        where no other job waits for it; see docs/decisions/0019.

        inputs: files that the child gets as if they were uploaded, by input name: of this attempt's scratch, or
            given by this context. Their content belongs to the request; the files may be changed afterwards.
        share: the part of this job's progress that lies with the child, 0..1. While the job waits for its
            children, its progress grows from what `progress` said last by all their shares, with each child's
            end by as much.
        tied: the name by which this job knows it, where it is a job in its own right: listed as such, its files stay
            as long as any job's, and under another name the same request is another job. Only its life is tied to
            this job's: it is cancelled when this one is, unless a client has asked for it too.

        Raises InvalidInput where the child's service has no such input or refuses the request; PermanentError
        with code ARTIFACT_MISSING, ARTIFACT_OUTSIDE (neither in scratch nor given) or CHILD_CYCLE.
        """
        ...
