"""One machine's engine in this process: real Valkey, real files, real roster; switches to take them away."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import BaseModel, SecretStr

from mediamill import Context, Queue, Result, Service
from mediamill.core.errors import Unavailable
from mediamill.core.job import Job
from mediamill.engine.cleaner import Cleaner
from mediamill.engine.context import EngineContext, Tools
from mediamill.engine.keeper import Keeper
from mediamill.engine.library import Library
from mediamill.engine.pollers import Pollers
from mediamill.engine.polling import with_polls
from mediamill.engine.purge import Purger
from mediamill.engine.registry import Found, Registry
from mediamill.engine.roster import Roster
from mediamill.engine.runner import Runner
from mediamill.engine.shelf import Shelf
from mediamill.engine.steps import SharedSteps
from mediamill.engine.story import Story
from mediamill.engine.submit import Ask, Submitter
from mediamill.engine.sweep import Sweeper
from mediamill.engine.vault import Vault
from mediamill.files.artifacts import Artifacts
from mediamill.files.disk import Disk
from mediamill.files.lasting import Lasting
from mediamill.files.library import LibraryFolder
from mediamill.files.scratch import Scratch
from mediamill.files.uploads import Uploads
from mediamill.settings import KeepSettings, SecretSettings
from mediamill.store.attempts import Attempts
from mediamill.store.cache import CacheIndex
from mediamill.store.dead import DeadLetters
from mediamill.store.fleet import Fleet
from mediamill.store.jobs import Jobs, Submitted
from mediamill.store.library import LibraryIndex
from mediamill.store.polls import Polls
from mediamill.store.pool import Client
from mediamill.store.scripts import Scripts
from mediamill.store.steps import Steps
from mediamill.store.sweeps import Sweeps
from mediamill.store.turns import Turns


class Params(BaseModel):
    """What the test service takes."""

    text: str = "hi"
    cookie: SecretStr | None = None


#: A mill's quota for finished steps.
CACHE_BYTES = 10_000_000

Run = Callable[[Params, Context], Result]


class Switch(Client):
    """The way to the store, with a switch: `away` refuses every command as a server that is gone does.

    refusals: so many commands are refused, then it is there again.
    """

    def __init__(self, inner: Client) -> None:
        self._inner = inner
        self.away = False
        self.refusals = 0

    def run(self, *command: str | float) -> Any:  # noqa: ANN401 - every command has its own reply
        self._look()
        return self._inner.run(*command)

    def many(self, commands: Sequence[Sequence[str | float]], *, keep_refused: bool = False) -> list[Any]:
        self._look()
        return self._inner.many(commands, keep_refused=keep_refused)

    def _look(self) -> None:
        self.refusals -= (refused := self.refusals > 0)
        if self.away or refused:
            raise Unavailable("the store cannot be reached")


class Files(Disk):
    """A folder that refuses to take or give files while `refuses` says why: a code of Unavailable."""

    refuses: str | None = None
    #: Only files below this prefix are refused.
    below = ""
    #: Whether files can be linked out of the folder, which lies on the same file system then.
    links = True
    #: Hears of every file that is put.
    taking: Callable[[str], None] = staticmethod(lambda _key: None)

    def put(self, key: str, path: Path) -> None:
        self._look(key)
        self.taking(key)
        super().put(key, path)

    def put_bytes(self, key: str, body: bytes, media_type: str = "application/octet-stream") -> None:
        self._look(key)
        super().put_bytes(key, body, media_type)

    def create(self, key: str, path: Path) -> bool:
        self._look(key)
        return super().create(key, path)

    def fetch(self, key: str, path: Path) -> Path:
        self._look(key)
        found = super().fetch(key, path)
        return found if self.links else self._place(key)

    def _look(self, key: str) -> None:
        if self.refuses and key.startswith(self.below):
            raise Unavailable("the files cannot be reached", code=self.refuses)


class Clock:
    """The machine's monotonic clock, with a hand to move it forward."""

    ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s

    def forward(self, seconds: float) -> None:
        self.ahead_s += seconds


@dataclass
class Mill:
    """A machine's rooms, and a service whose work a test gives."""

    folder: Path
    scripts: Scripts
    files: Files
    clock: Clock
    jobs: Jobs
    attempts: Attempts
    artifacts: Artifacts
    uploads: Uploads
    submitter: Submitter
    vault: Vault
    roster: Roster
    scratch: Scratch
    tools: Tools
    sweeper: Sweeper
    sweeps: Sweeps
    dead: DeadLetters
    purger: Purger
    keeper: Keeper
    shelf: Shelf
    cleaner: Cleaner

    @property
    def store(self) -> Switch:
        assert isinstance(self.scripts.client, Switch)
        return self.scripts.client

    def service(self, run: Run, **options: Any) -> Service[Params]:  # noqa: ANN401 - Service's own options
        options.setdefault("queue", Queue.DEFAULT)
        return Service("work", Params, run, **options)

    def submit(self, service: Service[Params], params: Params | None = None, **ask: Any) -> Submitted:  # noqa: ANN401
        ask.setdefault("owner", "ann")
        return self.submitter.submit(Ask(service=service, params=params or Params(), **ask))

    def take(self, *services: Service[Any], queue: Queue = Queue.DEFAULT) -> bool:
        """Run one attempt here and now."""
        return self.runner(*services, queue=queue).take()

    def runner(self, *services: Service[Any], queue: Queue = Queue.DEFAULT) -> Runner:
        registry = Registry({service.name: Found(service, "tests", ()) for service in services})
        registry = with_polls(registry, self.tools.polls, self.vault, lambda: self.roster.drains(os.getpid()))
        return Runner(
            self.tools, registry, self.vault, self.scratch, queue=queue, machine="here", worker_pid=os.getpid()
        )

    def claimed(self, params: Params | None = None, **options: Any) -> Job:  # noqa: ANN401
        """Submit a job and claim it, without running it."""
        self.submit(self.service(_not_here, **options), params)
        job = self.attempts.claim(options.get("queue", Queue.DEFAULT), machine="here", worker="w")
        assert job is not None
        return job

    def context(self, job: Job) -> EngineContext:
        """Return the context of a claimed job."""
        assert job.token is not None
        story = Story(job, job.token, self.attempts)
        return EngineContext(job, job.token, self.scratch, self.tools, story)

    def run(self, service: Service[Params], params: Params | None = None, **ask: Any) -> Job:  # noqa: ANN401
        """Submit and run one attempt; return the record."""
        submitted = self.submit(service, params, **ask)
        self.take(service)
        return self.job(submitted.id)

    def job(self, job_id: str) -> Job:
        job = self.jobs.get(job_id)
        assert job is not None
        return job

    def log(self, job_id: str) -> dict[str, dict[str, Any]]:
        """Return the job's log: event -> fields of its last line."""
        return {line.event: line.fields for line in self.jobs.log(job_id)}

    def forward(self, seconds: float) -> None:
        """Move the store's clock."""
        self.scripts.offset_ms += int(seconds * 1000)

    def stored(self) -> list[str]:
        """Return the keys of all files, without the cache."""
        return sorted(entry.key for entry in self.files.list() if not entry.key.startswith("cache/"))


def _not_here(_params: Params, _ctx: Context) -> Result:
    raise AssertionError("this job is not run")


def make_mill(scripts: Scripts, folder: Path) -> Mill:
    files = Files(folder / "files")
    clock = Clock()
    polls = Polls(scripts)
    jobs, attempts = Jobs(scripts), Attempts(scripts)
    artifacts, uploads = Artifacts(files), Uploads(files, folder / "files")
    vault = Vault(SecretSettings(keys=(Fernet.generate_key().decode(),)))
    submitter = Submitter(jobs, artifacts, uploads, vault, KeepSettings())
    shelf = Shelf(CacheIndex(scripts), files, CACHE_BYTES)
    roster, scratch = Roster(folder / "run"), Scratch(folder / "files", "here")
    pollers = Pollers(jobs, polls, now=clock)
    tools = Tools(
        jobs=jobs,
        attempts=attempts,
        artifacts=artifacts,
        uploads=uploads,
        library=Library(LibraryFolder(folder / "recordings"), LibraryIndex(scripts), files, "here"),
        lasting=Lasting(folder / "files", "here"),
        steps=SharedSteps(shelf, Steps(scripts)),
        turns=Turns(scripts),
        polls=polls,
        pollers=pollers,
        submitter=submitter,
        roster=roster,
        vault=vault,
    )
    sweeps, purger = Sweeps(scripts), Purger(jobs, artifacts, uploads, lasting=tools.lasting)
    return Mill(
        folder=folder,
        scripts=scripts,
        files=files,
        clock=clock,
        jobs=jobs,
        attempts=attempts,
        artifacts=artifacts,
        uploads=uploads,
        submitter=submitter,
        vault=vault,
        roster=roster,
        scratch=scratch,
        tools=tools,
        sweeper=Sweeper(sweeps, jobs, artifacts, purger, KeepSettings(), pollers=pollers, discard=tools.library.purge),
        sweeps=sweeps,
        dead=DeadLetters(scripts),
        purger=purger,
        keeper=Keeper(attempts, Fleet(scripts), roster, scratch, "here", {"default": 1}, now=clock),
        shelf=shelf,
        cleaner=Cleaner(shelf, KeepSettings().cache_s, now=clock),
    )
