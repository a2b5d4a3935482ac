"""What the author of a service tests with: a Context without an engine, and a patient `assert`."""

import hashlib
import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from cryptography.fernet import Fernet
from pydantic import BaseModel

from mediamill.core.context import About, Completed, Kept, Result, Sandbox, check_apart, fraction_of
from mediamill.core.errors import Cancelled, Later, PermanentError
from mediamill.core.policy import Pace, turn_name
from mediamill.core.polls import TAKEN, Polled, PollState, facts_text, look_after_s
from mediamill.core.service import Service
from mediamill.engine.masking import Mask
from mediamill.engine.vault import Vault
from mediamill.files.folders import close
from mediamill.files.library import Label, LibraryFolder
from mediamill.files.names import kept_name, safe_name
from mediamill.files.trees import remove_tree
from mediamill.media import apart, programs
from mediamill.media.coprocess import Coprocess, begin
from mediamill.settings import SecretSettings

__all__ = ["Again", "FakeChild", "FakeContext", "FakePolls", "Logged", "Progressed", "Turn", "Woken", "eventually"]

T = TypeVar("T")
P = TypeVar("P", bound=BaseModel)

_POLL_FIRST_S = 0.01
_POLL_LONGEST_S = 0.1
#: For a coprocess, which a test ends.
_COPROCESS_S = 3_600.0
_VAULT = Vault(SecretSettings(keys=(Fernet.generate_key().decode(),)))


class Progressed(NamedTuple):
    """One call of `ctx.progress`."""

    fraction: float
    note: str


class Turn(NamedTuple):
    """One call of `ctx.turn`."""

    name: str
    at_once: int | None = None
    per_minute: float | None = None
    burst: int = 1


class Logged(NamedTuple):
    """One call of `ctx.log`."""

    event: str
    fields: dict[str, object]


class Again(NamedTuple):
    """One call of `polls.again`. facts: those that the job has from now on."""

    job_id: str
    after_s: float
    facts: Mapping[str, Any]


class Woken(NamedTuple):
    """One call of `polls.wake`."""

    job_id: str
    facts: Mapping[str, Any]


@dataclass
class _Patience:
    """How many calls are left before Cancelled; a job's children draw on the same."""

    left: int | None

    def spend(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            raise Cancelled


class _PatientCoprocess(Coprocess):
    """A coprocess whose requests draw on the patience of its context, and its waiting does not."""

    def __init__(
        self, module: str, start: Callable[[Callable[[str], None]], programs.Program], patience: _Patience
    ) -> None:
        super().__init__(module, start, lambda: None)
        self._patience = patience

    def ask(
        self,
        request: Mapping[str, object],
        *,
        timeout_s: float,
        on_progress: Callable[[float], None] | None = None,
    ) -> Mapping[str, Any]:
        self._patience.spend()
        return super().ask(request, timeout_s=timeout_s, on_progress=on_progress)


@dataclass(frozen=True)
class FakeChild:
    """A child job that has already been run."""

    id: str
    params: BaseModel
    context: "FakeContext"
    ended: Result | Exception
    tied: str | None = None

    @property
    def finished(self) -> bool:
        """It has."""
        return True

    def result(self) -> Result:
        """Return what the child made, or raise PermanentError with code CHILD_FAILED."""
        ended = self.outcome()
        if isinstance(ended, PermanentError):
            raise ended
        return ended

    def outcome(self) -> Result | PermanentError:
        """Return what the child made, or the error that `result` would raise."""
        if isinstance(self.ended, Result):
            return self.ended
        failed = PermanentError(f"the child {self.id} did not succeed: {self.ended}", code="CHILD_FAILED")
        failed.__cause__ = self.ended
        return failed

    def told(self, note: str = "") -> Mapping[str, Any] | PermanentError:
        """Return what the child told, or the error that `result` would raise."""
        del note  # it waits for nothing
        ended = self.outcome()
        return ended if isinstance(ended, PermanentError) else ended.data

    def stop(self) -> None:
        """Do nothing: it has ended."""


@dataclass(eq=False)
class FakeContext:
    """A Context on a folder: it caches and runs programs for real, and writes down what it was asked.

    Two contexts on one `tmp_path` share the cache, as two attempts of a job do; each has a scratch
    folder of its own, and those with one job id the `lasting` and the parts. Children run at once, inside `submit`.

    inputs: uploaded files by field name.
    cancel_after: the n-th call of check, progress, cached, cached_folder, parts, part, poll_in, polled, run or submit,
        and every later one, raises Cancelled (1: the first).
    stopping: set it to True, at any time, to see a service finish early.
    bucket: where `keep` says that a copy is; "": there is none.
    busy: names whose turn is another's, with the seconds to wait for it: `turn` raises Later.
    ran, progressed, logged, published, kept, children, turns: what was asked for, in order.
    made, found: keys that `cached` and `cached_folder` had to make, and those they had already.
    """

    tmp_path: Path
    inputs: Mapping[str, Path] | None = field(default=None, kw_only=True)
    cancel_after: int | None = field(default=None, kw_only=True)
    attempt: int = field(default=1, kw_only=True)
    job_id: str = field(default="job", kw_only=True)
    stopping: bool = field(default=False, kw_only=True)
    bucket: str = field(default="bucket", kw_only=True)
    busy: Mapping[str, float] | None = field(default=None, kw_only=True)
    poll: PollState = field(default=PollState(), kw_only=True)

    ran: list[tuple[str, ...]] = field(default_factory=list, init=False)
    progressed: list[Progressed] = field(default_factory=list, init=False)
    logged: list[Logged] = field(default_factory=list, init=False)
    published: dict[str, Path] = field(default_factory=dict, init=False)
    kept: dict[str, Kept] = field(default_factory=dict, init=False)
    children: list[FakeChild] = field(default_factory=list, init=False)
    turns: list[Turn] = field(default_factory=list, init=False)
    made: list[str] = field(default_factory=list, init=False)
    found: list[str] = field(default_factory=list, init=False)
    scratch: Path = field(init=False)

    def __post_init__(self) -> None:
        """Make the scratch folder."""
        self._patience = _Patience(self.cancel_after)
        self.tmp_path.mkdir(parents=True, exist_ok=True)
        self.scratch = Path(tempfile.mkdtemp(prefix=f"scratch-{self.attempt}-", dir=self.tmp_path))

    @property
    def lasting(self) -> Path:
        """The job's folder below `tmp_path`; it is never removed."""
        folder = self.tmp_path / "lasting" / self.job_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def seal(self, content: bytes) -> bytes:
        """Return bytes encrypted; every context of this process opens them."""
        return _VAULT.seal(content)

    def unseal(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises PermanentError as the engine does."""
        return _VAULT.unseal(sealed)

    def progress(self, fraction: float, note: str = "") -> None:
        """Write it down. Raises ValueError when `fraction` is not within 0..1."""
        self._patience.spend()
        self.progressed.append(Progressed(fraction_of(fraction), note))

    def log(self, event: str, /, **fields: object) -> None:
        """Write it down."""
        self.logged.append(Logged(event, fields))

    def check(self) -> None:
        """Raise Cancelled when `cancel_after` calls were made."""
        self._patience.spend()

    def input(self, name: str) -> Path | None:
        """Return the path given for `name`, or None."""
        return (self.inputs or {}).get(name)

    def cached(self, key: str, make: Callable[[Path], None]) -> Path:
        """Return the file of `key` below `tmp_path`, making it first if it is not there.

        Raises RuntimeError when `make` wrote nothing.
        """
        self._patience.spend()
        folder = self.tmp_path / "cache"
        folder.mkdir(exist_ok=True)
        kept = folder / hashlib.sha256(key.encode()).hexdigest()
        if kept.exists():
            self.found.append(key)
            return kept
        draft = self.tmp_path / f"making-{kept.name}"
        try:
            make(draft)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        if not draft.is_file():
            raise RuntimeError(f"nothing was written for the cache key {key!r}")
        draft.chmod(0o444)
        draft.replace(kept)
        self.made.append(key)
        return kept

    def cached_folder(self, key: str, make: Callable[[Path], None], *, max_age_s: float | None = None) -> Path:
        """Return the folder of `key` below `tmp_path`, making it first if it is not there, or older than `max_age_s`.

        Raises RuntimeError when `make` wrote nothing.
        """
        self._patience.spend()
        kept = self.tmp_path / "cache" / f"{hashlib.sha256(key.encode()).hexdigest()}.d"
        if kept.exists() and (max_age_s is None or time.time() - kept.stat().st_mtime <= max_age_s):
            self.found.append(key)
            return kept
        remove_tree(kept)
        draft = Path(tempfile.mkdtemp(prefix="making-", dir=self.tmp_path))
        try:
            make(draft)
        except BaseException:
            remove_tree(draft)
            raise
        if not any(path.is_file() for path in draft.rglob("*")):
            raise RuntimeError(f"nothing was written for the cache key {key!r}")
        kept.parent.mkdir(exist_ok=True)
        draft.replace(kept)
        os.utime(kept)
        close(kept)
        self.made.append(key)
        return kept

    def publish(self, name: str, path: Path) -> None:
        """Copy the part to where it outlives the scratch folder; `published[name]` is the copy.

        Raises PermanentError as the engine does, with code ARTIFACT_NAME, ARTIFACT_MISSING (no regular
        file there) or ARTIFACT_OUTSIDE: neither in scratch nor given by this context.
        """
        name = safe_name(name)
        self._check_file(path, f"the artifact {name!r}")
        target = self._parts / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        self.published[name] = target

    def parts(self) -> tuple[str, ...]:
        """Return the names of all that contexts of this job id on `tmp_path` have published."""
        self._patience.spend()
        folder = self._parts
        return tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))

    def part(self, name: str) -> Path:
        """Return a copy in scratch. Raises PermanentError with code ARTIFACT_MISSING when there is no such part."""
        if (name := safe_name(name)) not in self.parts():
            raise PermanentError(f"the job has published no part {name!r}", code="ARTIFACT_MISSING")
        copy = Path(tempfile.mkdtemp(prefix="part-", dir=self.scratch)) / Path(name).name
        shutil.copyfile(self._parts / name, copy)
        copy.chmod(0o444)
        return copy

    def keep(self, name: str, path: Path, about: About, *, upload: bool = False) -> Kept:
        """Keep the file below `tmp_path/recordings` as the engine does; `kept[name]` tells of it."""
        self._patience.spend()
        self._check_file(path, f"the kept file {name!r}")
        folder = LibraryFolder(self.tmp_path / "recordings")
        folder.open_mark()
        label = Label(job=self.job_id, owner="owner", asked=kept_name(name), kept_ms=0, **vars(about))
        try:
            given = folder.keep(path, label, check=self.check)
        except FileNotFoundError:
            raise PermanentError(f"there is no file for {name!r}", code="ARTIFACT_MISSING") from None
        if upload and not self.bucket:
            self.log("library.not_uploaded", name=given, message="there is no bucket")
        s3 = (f"s3://{self.bucket}/recordings/{given}",) if upload and self.bucket else ()
        self.kept[name] = Kept(given, folder.path(given), s3)
        return self.kept[name]

    @property
    def _parts(self) -> Path:
        return self.tmp_path / "published" / self.job_id

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
        """Run the program to its end, by the same supervisor as the engine, within the limits given here alone.

        While it waits it does not draw on `cancel_after`: how often it would is a matter of time.
        """
        self._patience.spend()
        self.ran.append(tuple(str(word) for word in argv))
        return self._runner(sandbox)(
            argv,
            cwd=(cwd or self.scratch) if sandbox is None else self._apart(cwd),
            limits=programs.Limits(timeout_s, memory_bytes, cpu_s, file_bytes),
            check=lambda: None,
            mask=Mask(private).secret,
            on_line=on_line,
        )

    def _apart(self, cwd: Path | None) -> Path:
        folder = cwd or Path(tempfile.mkdtemp(prefix="apart-", dir=self.scratch))
        check_apart(folder, self.scratch)
        return folder

    def _runner(self, sandbox: Sandbox | None) -> Callable[..., Completed]:
        if sandbox is None:
            return programs.run
        readable = (self.tmp_path, *(self.inputs or {}).values())
        return partial(apart.run, sandbox=sandbox, stopping=lambda: self.stopping, readable=readable)

    def coprocess(
        self,
        module: str,
        *,
        memory_bytes: int | None = None,
        cpu_s: int | None = None,
        file_bytes: int | None = None,
    ) -> Coprocess:
        """Keep the module at hand for real, within the limits given here alone; each request draws on `cancel_after`.

        While it waits it does not, as `run`.
        """
        limits = programs.Limits(_COPROCESS_S, memory_bytes, cpu_s, file_bytes)

        def start(on_line: Callable[[str], None]) -> programs.Program:
            self.ran.append((module,))
            return begin(module, cwd=self.scratch, limits=limits, on_line=on_line)

        return _PatientCoprocess(module, start, self._patience)

    def turn(self, name: str, *, at_once: int | None = None, per_minute: float | None = None, burst: int = 1) -> None:
        """Write it down. Raises Later where `busy` names it, ValueError as the engine does."""
        self._patience.spend()
        Pace(at_once, per_minute, burst)
        self.turns.append(Turn(turn_name(name), at_once, per_minute, burst))
        if name in (self.busy or {}):
            raise Later((self.busy or {})[name], f"waiting for a turn at {name}")

    def poll_in(self, seconds: float, facts: Mapping[str, Any] | None = None) -> None:
        """Put it into `poll`. Raises ValueError as the engine does."""
        self._patience.spend()
        next_at = time.time() + look_after_s(seconds)
        kept = self.poll.facts if facts is None else json.loads(facts_text(facts))
        self.poll = replace(self.poll, facts=kept, next_at=next_at)

    def polled(self) -> PollState:
        """Return `poll`."""
        self._patience.spend()
        return self.poll

    def submit(
        self,
        service: Service[Any],
        params: BaseModel,
        *,
        inputs: Mapping[str, Path] | None = None,
        share: float = 0.0,
        tied: str | None = None,
    ) -> FakeChild:
        """Run the other service now. Its params make the journey through JSON, as a real child's do.

        inputs: copied for the child. share: only looked at, for nobody waits here. Raises InvalidInput as the
        engine does, where the service has no such input or its `check` refuses the request; PermanentError as
        `publish` does.
        """
        self._patience.spend()
        fraction_of(share)
        arrived = _VAULT.load(service.params, _VAULT.dump(params))
        job_id = f"{self.job_id}-child{len(self.children) + 1}"
        files = {name: self._sent(service, name, path, job_id) for name, path in (inputs or {}).items()}
        if service.check is not None:
            service.check(arrived, files)
        arrived, texts = service.put_aside(arrived)
        for name, text in texts.items():
            files[name] = self.tmp_path / "uploads" / job_id / f"{name}.txt"
            files[name].parent.mkdir(parents=True, exist_ok=True)
            files[name].write_text(text, encoding="utf-8")
        context = FakeContext(self.tmp_path, inputs=files, job_id=job_id)
        context._patience = self._patience  # a cancelled parent cancels its children
        ended: Result | Exception
        try:
            ended = service.run(arrived, context)
        except Exception as failed:  # noqa: BLE001 - kept for `result`, as the engine keeps it in the record
            ended = failed
        child = FakeChild(context.job_id, arrived, context, ended, tied=tied)
        self.children.append(child)
        return child

    def _sent(self, service: Service[Any], name: str, path: Path, job_id: str) -> Path:
        service.check_input(name)
        self._check_file(path, f"the input {name!r} of a child")
        target = self.tmp_path / "uploads" / job_id / name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        return target

    def _check_file(self, path: Path, what: str) -> None:
        given = path in (self.inputs or {}).values()
        if not given and not path.resolve().is_relative_to(self.tmp_path.resolve()):
            raise PermanentError(f"{what} lies outside the attempt's scratch", code="ARTIFACT_OUTSIDE")
        if path.is_symlink() or not path.is_file():
            raise PermanentError(f"there is no file for {what}", code="ARTIFACT_MISSING")


@dataclass(eq=False)
class FakePolls(Generic[P]):
    """Polls of the jobs that a test gives, on a clock that the test moves.

    jobs: all due at first. now_s: the clock; `forward` moves it.
    cancel_after: the n-th call of check or take, and every later one, raises Cancelled (1: the first).
    agained, woken, logged: what was asked for, in order.
    """

    jobs: Sequence[Polled[P]]
    cancel_after: int | None = field(default=None, kw_only=True)

    now_s: float = field(default=0.0, init=False)
    agained: list[Again] = field(default_factory=list, init=False)
    woken: list[Woken] = field(default_factory=list, init=False)
    logged: list[Logged] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Enlist the jobs."""
        self._patience = _Patience(self.cancel_after)
        self._waiting = {polled.job_id: (0.0, polled) for polled in self.jobs}
        self._taken: set[str] = set()

    def forward(self, seconds: float) -> None:
        """Move the clock. What was taken and not answered does not come again by that."""
        self.now_s += seconds

    def take(self, most: int = TAKEN) -> list[Polled[P]]:
        """Return what is due, those first that have waited longest."""
        self._patience.spend()
        waiting = sorted(self._waiting.items(), key=lambda entry: entry[1][0])
        due = [polled for job_id, (at, polled) in waiting if at <= self.now_s and job_id not in self._taken][:most]
        self._taken.update(polled.job_id for polled in due)
        return due

    def again(self, polled: Polled[P], after_s: float, facts: Mapping[str, Any] | None = None) -> None:
        """Write it down, and give the job again when the clock is there. Raises ValueError as the engine does."""
        at = self.now_s + look_after_s(after_s)
        kept = polled.facts if facts is None else json.loads(facts_text(facts))
        if polled.job_id in self._taken:
            self._taken.remove(polled.job_id)
            self._waiting[polled.job_id] = (at, replace(polled, facts=kept))
        self.agained.append(Again(polled.job_id, after_s, kept))

    def wake(self, polled: Polled[P], facts: Mapping[str, Any] | None = None) -> None:
        """Write it down; the job is not given again. Raises ValueError as the engine does."""
        kept = polled.facts if facts is None else json.loads(facts_text(facts))
        self._waiting.pop(polled.job_id, None)
        self._taken.discard(polled.job_id)
        self.woken.append(Woken(polled.job_id, kept))

    def due_in_s(self) -> float | None:
        """Return when the next one is due that is not taken."""
        waits = [at - self.now_s for job_id, (at, _) in self._waiting.items() if job_id not in self._taken]
        return max(min(waits), 0.0) if waits else None

    def check(self) -> None:
        """Raise Cancelled when `cancel_after` calls were made."""
        self._patience.spend()

    def log(self, event: str, /, **fields: object) -> None:
        """Write it down."""
        self.logged.append(Logged(event, fields))


def eventually(check: Callable[[], T], within_s: float = 5.0) -> T:
    """Ask until the answer is truthy, and return it.

    Raises AssertionError after `within_s` seconds, with the last answer or, as its cause, the last
    exception. Any Exception of `check` counts as "not yet".
    """
    end = time.monotonic() + within_s
    for pause_s in itertools.chain((_POLL_FIRST_S,) * 10, itertools.repeat(_POLL_LONGEST_S)):
        seen: object
        failed: Exception | None = None
        try:
            answer = check()
        except Exception as not_yet:  # noqa: BLE001 - whatever it is, the next try may do
            failed, seen = not_yet, not_yet
        else:
            if answer:
                return answer
            seen = answer
        if time.monotonic() >= end:
            raise AssertionError(f"not within {within_s:g} s; last seen: {seen!r}") from failed
        time.sleep(pause_s)
    raise AssertionError("unreachable")  # pragma: no cover - repeat() does not end
