"""The real Context: one attempt's way to the store, the files and the programs."""

import errno
import itertools
import json
import math
import os
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from mediamill.core.context import About, Child, Completed, Kept, Sandbox, check_apart, fraction_of
from mediamill.core.errors import Cancelled, Later, NotFound, PermanentError, StaleAttempt, Unavailable
from mediamill.core.job import Artifact, Job
from mediamill.core.policy import Pace, turn_name
from mediamill.core.polls import PollState, facts_text, look_after_s
from mediamill.core.service import Service
from mediamill.engine.children import OpenChild
from mediamill.engine.library import Asked, Attempted, Library
from mediamill.engine.masking import Mask
from mediamill.engine.patience import patiently
from mediamill.engine.places import Places
from mediamill.engine.pollers import Pollers
from mediamill.engine.roster import Roster, Word
from mediamill.engine.steps import ELSEWHERE, WAIT_S, SharedSteps
from mediamill.engine.story import Story
from mediamill.engine.submit import Ask, Parent, Submitter
from mediamill.engine.vault import Vault
from mediamill.files.artifacts import Artifacts, digest
from mediamill.files.faults import unavailable
from mediamill.files.lasting import Lasting
from mediamill.files.names import safe_name
from mediamill.files.room import Room
from mediamill.files.scratch import Scratch
from mediamill.files.uploads import ReceivedUpload, Uploads
from mediamill.media import apart, programs
from mediamill.media.coprocess import Coprocess, begin
from mediamill.media.programs import Program
from mediamill.settings import LimitSettings
from mediamill.store.attempts import Attempts, Look, Wait
from mediamill.store.jobs import Jobs
from mediamill.store.polls import Polls
from mediamill.store.turns import Turns

#: What the C library says of ENOSPC, and with it most programs.
NO_ROOM: Final = os.strerror(errno.ENOSPC)
#: A coprocess lives as long as its attempt, whose own limit is shorter.
_COPROCESS_S: Final = 7 * 86_400.0
#: By how much the times differ at which jobs ask for a turn again.
_SPREAD_S: Final = 0.25
#: Of what a job keeps: the folder of recordings cannot be read or written. A full one is another matter.
_LIBRARY_AWAY: Final = frozenset({"FILES_UNAVAILABLE", "FILES_DENIED"})
#: What its owner cannot mend is waited for, uncharged, when this process has waited long enough, seconds.
_LIBRARY_AGAIN_S: Final = 120.0


@dataclass(frozen=True)
class Tools:
    """What every attempt of a process shares. room: on the disk of scratch; None: nobody looks."""

    jobs: Jobs
    attempts: Attempts
    artifacts: Artifacts
    uploads: Uploads
    lasting: Lasting
    library: Library
    steps: SharedSteps
    turns: Turns
    polls: Polls
    pollers: Pollers
    submitter: Submitter
    roster: Roster
    vault: Vault
    limits: LimitSettings = LimitSettings()  # noqa: RUF009 - it is frozen
    room: Room | None = None


class EngineContext:
    """Implements core's Context for one claimed job."""

    def __init__(self, job: Job, token: str, scratch: Scratch, tools: Tools, story: Story) -> None:
        self._places = Places(job, token, scratch, tools.lasting, tools.roster, tools.room)
        self.ended_by: Word | None = None
        self.children: list[OpenChild] = []
        self.published = False
        self.look: Look | None = None
        self.cache_hits = 0
        self.cache_made = 0
        self._job = job
        self._token = token
        self._me = f"{job.id} {token}"
        self._tools = tools
        self._story = story
        self._inputs: dict[str, Path] = {}
        self._given: set[Path] = set()
        self._numbers = itertools.count(1)
        self._calls: Counter[str] = Counter()
        self._fraction, self._note = 0.0, ""
        self._shares = 0.0
        self.told_to_stop = job.stop
        self._closed = False
        self._coprocesses: list[Coprocess] = []

    @property
    def job_id(self) -> str:
        """The job's id."""
        return self._job.id

    @property
    def attempt(self) -> int:
        """Which run of the job this is, from 1."""
        return self._job.attempt

    @property
    def scratch(self) -> Path:
        """A folder of this attempt alone, made when it is first asked for."""
        self._expect_open()
        return self._places.scratch

    @property
    def lasting(self) -> Path:
        """A folder of the job on this machine, which outlives the attempt."""
        self._expect_open()
        return self._places.lasting

    def seal(self, content: bytes) -> bytes:
        """Return bytes encrypted, as secret parameters are."""
        return self._tools.vault.seal(content)

    def unseal(self, sealed: bytes) -> bytes:
        """Return what was sealed."""
        return self._tools.vault.unseal(sealed)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked the job to finish early and keep what there is."""
        self.check()
        return self.told_to_stop

    def check(self) -> None:
        """Raise Cancelled when the keeper told this attempt to end, or it has ended."""
        word = Word.LOST if self._closed else self._tools.roster.word(self._token)
        if word is Word.STOP:
            self.told_to_stop = True
        elif word is not None:
            raise self._cancelled(word)
        self._tools.steps.renew(self._me)
        self._story.flush()

    def progress(self, fraction: float, note: str = "") -> None:
        """Tell how far the attempt is, 0..1."""
        self._fraction, self._note = fraction_of(fraction), note
        self._story.progress(self._fraction * 100, note)
        self.check()

    def advanced(self) -> None:
        """Say that the job has got somewhere, without a number for how far: deaths of its workers so far are no row."""
        self._story.advanced()
        self._story.flush()

    def log(self, event: str, /, **fields: object) -> None:
        """Write one line into the job's log, secrets masked."""
        self._story.log(event, fields)

    def input(self, name: str) -> Path | None:
        """Return the uploaded file of that name as a local path, with the name it came with."""
        self.check()
        upload = self._job.uploads.get(name)
        if upload is not None and name not in self._inputs:
            path = self._new_path(upload.filename)
            self._inputs[name] = self._give(patiently(lambda: self._tools.uploads.fetch(upload, path), self.check))
        return self._inputs.get(name)

    def cached(self, key: str, make: Callable[[Path], None]) -> Path:
        """Return the file that `make` once wrote for `key`; two processes do not make it at once."""
        self.check()
        path, made = self._tools.steps.get_or_make(key, self._me, self._new_path("step"), make, self.check)
        self._count(made=made)
        return self._give(path)

    def cached_folder(self, key: str, make: Callable[[Path], None], *, max_age_s: float | None = None) -> Path:
        """Return the folder that `make` once filled for `key`; raises Later while another attempt makes it."""
        self.check()
        path, made = self._tools.steps.get_or_make_folder(
            key,
            self._me,
            self._new_path("folder"),
            make,
            self.check,
            max_age_s=max_age_s,
            patience_s=0.0 if self._job.stage == ELSEWHERE else WAIT_S,
        )
        self._count(made=made)
        return path

    def _count(self, *, made: bool) -> None:
        if made:
            self.cache_made += 1
            self._story.advanced()
        else:
            self.cache_hits += 1

    def publish(self, name: str, path: Path) -> None:
        """Make a part readable while the job runs."""
        self.check()
        artifact = self.commit(name, path)
        attempts = self._tools.attempts
        if not patiently(lambda: attempts.publish(self._job.id, self._token, artifact), self.check):
            raise self._stale()
        self.published = True

    def keep(self, name: str, path: Path, about: About, *, upload: bool = False) -> Kept:
        """Keep a file beyond the job."""
        self.check()
        self._check_place(path, f"the kept file {name!r}")
        asked = Asked(name, path, about, upload)
        attempt = Attempted(self._job, self._token, self.check, partial(self._story.log, level="warning"))
        waited: list[Unavailable] = []

        def waits(away: Unavailable) -> None:
            if away.code in _LIBRARY_AWAY:
                waited.append(away)
                self._story.log("library.away", {"message": away.message}, level="warning")
                self._story.progress(self._fraction * 100, f"waiting: {away.message}")

        try:
            kept = patiently(lambda: self._tools.library.keep(asked, attempt), self.check, waits=waits)
        except StaleAttempt:
            raise self._stale() from None
        except Unavailable as away:
            if away.code not in _LIBRARY_AWAY:
                raise
            raise Later(_LIBRARY_AGAIN_S, f"waiting: {away.message}") from away
        if waited:
            self._story.log("library.back", {})
            self._story.progress(self._fraction * 100, self._note)
        return kept

    def parts(self) -> tuple[str, ...]:
        """Return the names of what this job has published so far."""
        return tuple(sorted(self._published()))

    def part(self, name: str) -> Path:
        """Return what the job published under a name as a local path."""
        artifact = self._published().get(safe_name(name))
        if artifact is not None:
            with suppress(NotFound):
                return self._fetch_artifact(artifact)
        raise PermanentError(f"there is no file of the part {name!r}", code="ARTIFACT_MISSING")

    def _published(self) -> Mapping[str, Artifact]:
        self.check()
        return patiently(lambda: self._tools.jobs.parts(self._job.id), self.check)

    def commit(self, name: str, path: Path) -> Artifact:
        """Store one file of this attempt under its token; it is nobody's until the record names it.

        Raises PermanentError with code ARTIFACT_NAME, ARTIFACT_MISSING or ARTIFACT_OUTSIDE.
        """
        if not isinstance(path, Path):
            raise PermanentError(
                f"the artifact {name!r} is a {type(path).__name__}, not a pathlib.Path", code="RESULT_INVALID"
            )
        self._check_place(path, f"the artifact {name!r}")
        return patiently(lambda: self._tools.artifacts.commit(self._job.id, self._token, name, path), self.check)

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
        """Run a program to its end; it dies with the attempt. A disk that is full ends in Unavailable (FILES_FULL)."""
        self.check()
        hidden = Mask(private)
        completed = self._runner(sandbox)(
            argv,
            cwd=(cwd or self.scratch) if sandbox is None else self._apart(cwd),
            limits=self._limits(timeout_s, memory_bytes, cpu_s, file_bytes),
            mask=lambda line: hidden.secret(self._story.mask.secret(line)),
            on_line=on_line,
            check=self.check,
            tag=self._token,
            started=lambda pid: self._tools.roster.note_program(self._token, pid),
        )
        if completed.returncode and NO_ROOM in completed.output:
            raise unavailable(OSError(errno.ENOSPC, NO_ROOM))
        return completed

    def coprocess(
        self,
        module: str,
        *,
        memory_bytes: int | None = None,
        cpu_s: int | None = None,
        file_bytes: int | None = None,
    ) -> Coprocess:
        """Keep a module at hand that answers requests in a process of its own."""

        def start(on_line: Callable[[str], None]) -> Program:
            limits = self._limits(_COPROCESS_S, memory_bytes, cpu_s, file_bytes)
            mask = self._story.mask.secret
            program = begin(module, cwd=self.scratch, limits=limits, on_line=on_line, mask=mask, tag=self._token)
            self._tools.roster.note_program(self._token, program.pid)
            return program

        coprocess = Coprocess(module, start, self.check)
        self._coprocesses.append(coprocess)
        return coprocess

    def turn(self, name: str, *, at_once: int | None = None, per_minute: float | None = None, burst: int = 1) -> None:
        """Take a turn at something that all jobs share; held until the attempt ends."""
        self.check()
        name, pace = turn_name(name), Pace(at_once, per_minute, burst)
        if pace.free:
            return
        try:
            wait_s = patiently(lambda: self._tools.turns.ask(self._job.id, self._token, name, pace), self.check)
        except StaleAttempt:
            raise self._stale() from None
        if wait_s:
            # Those who were told the same time do not come all in one moment.
            raise Later(wait_s + random.uniform(0.0, _SPREAD_S), f"waiting for a turn at {name}")  # noqa: S311

    def poll_in(self, seconds: float, facts: Mapping[str, Any] | None = None) -> None:
        """Have the service's poll look at this job, once the attempt has ended with Later."""
        self.check()
        before = self.look.facts if self.look is not None else None
        self.look = Look(look_after_s(seconds), before if facts is None else facts_text(facts))

    def polled(self) -> PollState:
        """Return what the polls have found out, and what clients wish."""
        self.check()
        states = patiently(lambda: self._tools.polls.states([self._job.id]), self.check)
        state = states.get(self._job.id, PollState())
        if self.look is None or self.look.facts is None:
            return state
        return replace(state, facts=json.loads(self.look.facts))

    def submit(
        self,
        service: Service[Any],
        params: BaseModel,
        *,
        inputs: Mapping[str, Path] | None = None,
        share: float = 0.0,
        tied: str | None = None,
    ) -> Child:
        """Ask for another job; the same request of every attempt means the same child."""
        self.check()
        self._shares += fraction_of(share)
        files = self._checked_inputs(service, inputs or {})
        ask = Ask(
            service=service,
            params=params,
            owner=self._job.owner,
            priority=self._job.priority,
            correlation_id=self._job.correlation_id,
            traceparent=self._job.traceparent,
        )
        submitter = self._tools.submitter
        request = submitter.hash_of(ask, {name: digest(path) for name, path in files.items()})
        self._calls[request] += 1
        ask = replace(ask, parent=Parent(self._job, self._calls[request], tied=tied))
        # A submit takes its files with it, so each try has files of its own.
        submitted = patiently(lambda: submitter.submit_child(ask, request, lambda: self._staged(files)), self.check)
        child_id = submitted.id
        child = OpenChild(
            child_id,
            lambda: patiently(lambda: self._tools.jobs.get(child_id), self.check),
            self._fetch_artifact,
            lambda: self._stop_child(child_id),
        )
        self.children.append(child)
        return child

    def _stop_child(self, child_id: str) -> None:
        jobs = self._tools.jobs
        if patiently(lambda: jobs.stop_child(child_id, self._job.id, self._token), self.check).outcome == "stale":
            raise self._stale()

    def wait(self, note: str = "") -> Wait:
        """Return what the job waits for while its children run, how far it is meanwhile, and what it says of that."""
        before = self._fraction * 100
        after = min(before + self._shares * 100, 100.0)
        return Wait(len({child.id for child in self.children}), before, after, note)

    def discard(self) -> None:
        """Remove what is in scratch: its room is needed."""
        self._places.discard()

    def close(self) -> None:
        """End it: a thread that the service left behind hears Cancelled at its next call."""
        self._closed = True
        self._tools.steps.flush()
        for coprocess in self._coprocesses:
            coprocess.close()

    def _apart(self, cwd: Path | None) -> Path:
        """Return the working folder of a sandbox. What is elsewhere in scratch may be a link to a stored file."""
        if cwd is None:
            cwd = self._new_path("apart")
            cwd.mkdir()
        check_apart(cwd, self.scratch)
        return cwd

    def _runner(self, sandbox: Sandbox | None) -> Callable[..., Completed]:
        if sandbox is None:
            return programs.run
        given = [path for path in self._given if not path.is_relative_to(self.scratch)]
        readable = (self.scratch, *given)
        return partial(apart.run, sandbox=sandbox, stopping=lambda: self.told_to_stop, readable=readable)

    def _limits(
        self, wall_s: float, memory_bytes: int | None, cpu_s: int | None, file_bytes: int | None
    ) -> programs.Limits:
        machine = self._tools.limits
        return programs.Limits(
            wall_s=wall_s,
            memory_bytes=memory_bytes or machine.program_memory,
            cpu_s=cpu_s or math.ceil(wall_s * len(os.sched_getaffinity(0))),
            file_bytes=file_bytes or machine.program_file,
        )

    def _expect_open(self) -> None:
        if self._closed:
            raise Cancelled(Word.LOST.value)

    def _stale(self) -> Cancelled:
        """Return what ends an attempt that the store knows no longer as ours: it was cancelled, or lost."""
        words = patiently(lambda: self._tools.attempts.renew([(self._job.id, self._token)]))
        return self._cancelled(Word.CANCEL if words == ["cancel"] else Word.LOST)

    def _cancelled(self, word: Word) -> Cancelled:
        self.ended_by = self.ended_by or word
        return Cancelled(word.value)

    def _check_place(self, path: Path, what: str) -> None:
        if path not in self._given and not self._places.hold(path):
            raise PermanentError(f"{what} lies outside the attempt's scratch", code="ARTIFACT_OUTSIDE")

    def _checked_inputs(self, service: Service[Any], inputs: Mapping[str, Path]) -> Mapping[str, Path]:
        for name, path in inputs.items():
            service.check_input(name)
            self._check_place(path, f"the input {name!r} of a child")
            if path.is_symlink() or not path.is_file():
                raise PermanentError(f"there is no file for the input {name!r} of a child", code="ARTIFACT_MISSING")
        return inputs

    def _staged(self, inputs: Mapping[str, Path]) -> dict[str, ReceivedUpload]:
        """Put files where a client's uploads lie while they are accepted, all or none."""
        staged: dict[str, ReceivedUpload] = {}
        try:
            for name, path in inputs.items():
                staged[name] = self._tools.uploads.take(path, fixed=path in self._given)
        except BaseException:
            for received in staged.values():
                self._tools.uploads.discard(received)
            raise
        return staged

    def _fetch_artifact(self, artifact: Artifact) -> Path:
        path = self._new_path(artifact.name)
        return self._give(patiently(lambda: self._tools.artifacts.fetch(artifact, path), self.check))

    def _give(self, path: Path) -> Path:
        """Remember a path that comes from us: it may be the stored file itself, outside scratch."""
        self._given.add(path)
        return path

    def _new_path(self, name: str) -> Path:
        """Return a path in scratch that nothing has used, with the suffix of `name`."""
        folder = self.scratch / ".engine"
        folder.mkdir(exist_ok=True)
        return folder / f"{next(self._numbers)}-{Path(name).name}"
