"""One machine's engine in this process: real Valkey, real files, real roster."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import BaseModel, SecretStr

from mediamill import Context, Queue, Result, Service
from mediamill.core.job import Job
from mediamill.engine.context import Tools
from mediamill.engine.keeper import Keeper
from mediamill.engine.purge import Purger
from mediamill.engine.registry import Found, Registry
from mediamill.engine.roster import Roster
from mediamill.engine.runner import Runner
from mediamill.engine.steps import SharedSteps
from mediamill.engine.submit import Ask, Submitter
from mediamill.engine.sweep import Sweeper
from mediamill.engine.vault import Vault
from mediamill.files.artifacts import Artifacts
from mediamill.files.scratch import Scratch
from mediamill.files.steps import StepCache
from mediamill.files.store import FileStore
from mediamill.files.uploads import Uploads
from mediamill.settings import KeepSettings, SecretSettings
from mediamill.store.attempts import Attempts
from mediamill.store.fleet import Fleet
from mediamill.store.jobs import Jobs, Submitted
from mediamill.store.scripts import Scripts
from mediamill.store.steps import Steps
from mediamill.store.sweeps import Sweeps


class Params(BaseModel):
    """What the test service takes."""

    text: str = "hi"
    cookie: SecretStr | None = None


Run = Callable[[Params, Context], Result]


@dataclass
class Mill:
    """A machine's rooms, and a service whose work a test gives."""

    folder: Path
    scripts: Scripts
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
    purger: Purger
    keeper: Keeper

    def service(self, run: Run, **options: Any) -> Service[Params]:  # noqa: ANN401 - Service's own options
        options.setdefault("queue", Queue.DEFAULT)
        return Service("work", Params, run, **options)

    def submit(self, service: Service[Params], params: Params | None = None, **ask: Any) -> Submitted:  # noqa: ANN401
        ask.setdefault("owner", "ann")
        return self.submitter.submit(Ask(service=service, params=params or Params(), **ask))

    def take(self, *services: Service[Params], queue: Queue = Queue.DEFAULT) -> bool:
        """Run one attempt here and now."""
        registry = Registry({service.name: Found(service, "tests", ()) for service in services})
        runner = Runner(
            self.tools, registry, self.vault, self.scratch, queue=queue, machine="here", worker_pid=os.getpid()
        )
        return runner.take()

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


def make_mill(scripts: Scripts, folder: Path) -> Mill:
    files = FileStore.open(folder / "files")
    jobs, attempts = Jobs(scripts), Attempts(scripts)
    artifacts, uploads = Artifacts(files), Uploads(files, folder / "files")
    vault = Vault(SecretSettings(keys=(Fernet.generate_key().decode(),)))
    submitter = Submitter(jobs, artifacts, uploads, vault, KeepSettings())
    roster, scratch = Roster(folder / "run"), Scratch(folder / "files")
    tools = Tools(
        jobs=jobs,
        attempts=attempts,
        artifacts=artifacts,
        uploads=uploads,
        steps=SharedSteps(StepCache(files), Steps(scripts)),
        submitter=submitter,
        roster=roster,
    )
    sweeps, purger = Sweeps(scripts), Purger(jobs, artifacts, uploads)
    return Mill(
        folder=folder,
        scripts=scripts,
        jobs=jobs,
        attempts=attempts,
        artifacts=artifacts,
        uploads=uploads,
        submitter=submitter,
        vault=vault,
        roster=roster,
        scratch=scratch,
        tools=tools,
        sweeper=Sweeper(sweeps, jobs, artifacts, purger, KeepSettings()),
        sweeps=sweeps,
        purger=purger,
        keeper=Keeper(attempts, Fleet(scripts), roster, scratch, "here", {"default": 1}),
    )
