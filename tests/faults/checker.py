"""The end of every row: what clients were promised against what the records, files and processes say."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.faults.book import Accepted, Book
from tests.faults.client import Client
from tests.faults.stack import Stack
from tests.store import invariants
from tests.store.kit import World

from mediamill import wiring
from mediamill.core.errors import NotFound
from mediamill.core.job import Artifact, Job
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.engine.purge import Purger
from mediamill.files import keys as places
from mediamill.store.spool import Spool
from mediamill.testing import eventually

#: Longer than an attempt may take to name its files; and than anything is kept.
_HOUR_S: Final = 3_600.0
_LATER_S: Final = 90 * 86_400.0
_BATCH: Final = 500


@dataclass
class Verdict:
    """What the checker found. wrong: everything else that should not be."""

    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    redriven: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.wrong)


class Checker:
    """Looks at a stack whose clients are done. It needs the servers, and stops them at the end."""

    def __init__(self, stack: Stack, book: Book, client: Client, *, margin: float = 1.0) -> None:
        self._stack = stack
        self._book = book
        self._client = client
        self._margin = margin
        self._house = wiring.open_house(stack.settings())
        self._world = World(self._house.scripts)
        self._spool = Spool(stack.settings().spool)
        self.verdict = Verdict()

    def check(self, patience_s: float = 90.0) -> Verdict:
        """Wait for the end of everything, and compare; then nothing may be left, in the store, on disk or running."""
        self.look(patience_s)
        self._check_store(min(10.0, patience_s))
        self._check_files()
        self._stop()
        return self.verdict

    def look(self, patience_s: float = 90.0) -> Verdict:
        """Wait for the end of everything, and compare the clients' book with the records. The servers go on."""
        self.verdict.accepted = len(self._book.ids())
        self._settle(patience_s)
        self._redrive(patience_s)
        self._compare()
        return self.verdict

    # ---- waiting

    def _settle(self, patience_s: float) -> None:
        """Wait until nothing is unfinished, no ticket is left and every end is in the files."""
        try:
            eventually(self._still, within_s=patience_s * self._margin)
        except AssertionError as stuck:
            self.verdict.wrong.append(f"stuck: {stuck.__cause__ or stuck}")

    def _still(self) -> bool:
        # The spool first: what leaves it is then in the store.
        assert not self._spool.level().waiting, f"{self._spool.level().waiting} wait in the spool"
        keys = self._house.scripts.keys
        looks: dict[str, tuple[str | int, ...]] = {
            **{f"jobs wait in {queue}": ("ZRANGE", keys("ages", queue), 0, 4) for queue in Queue},
            **{name: ("ZRANGE", keys(name), 0, 4) for name in ("delayed", "leases", "outbox", "expiry")},
            **{name: ("ZRANGE", keys(name), 0, 4) for name in ("orphans", "spent")},
            **{f"tickets of {queue}": ("LRANGE", keys("tickets", queue), 0, 4) for queue in Queue},
        }
        # In one go: a job that moves from one to another meanwhile would be seen in neither.
        replies = self._house.scripts.client.many(list(looks.values()))
        left = {name: found for name, found in zip(looks, replies, strict=True) if found}
        assert not left, f"left: {left}"
        for machine in self._stack.machines:
            entries = machine.entries()
            assert not entries, f"{[entry.job_id for entry in entries]} are signed in on {machine.machine}"
        return True

    def _redrive(self, patience_s: float) -> None:
        """Run again what lost its worker three times in a row: an operator would, once the cause is gone."""
        poison = {accepted.id for accepted in self._book.all() if accepted.service == "poison"}
        dead = [job for job in self._records() if job.error_code == "WORKER_LOST" and job.id not in poison]
        for job in dead:
            if job.state is State.FAILURE:
                answer = self._client.ask("POST", f"/jobs/{job.id}/retry")
                if answer.status != 202:
                    self.verdict.wrong.append(f"{job.id} could not be run again: {answer.status} {answer.body}")
                self.verdict.redriven += 1
        if dead:
            self._settle(patience_s)

    # ---- comparing

    def _records(self) -> Iterator[Job]:
        """Yield every record there is, those of children too."""
        client, keys = self._house.scripts.client, self._house.scripts.keys
        ids = [str(place).partition(":")[2] for place in client.run("ZRANGE", keys("index"), 0, -1)]
        for start in range(0, len(ids), _BATCH):
            yield from self._house.jobs.get_many(ids[start : start + _BATCH])

    def _compare(self) -> None:
        records = {job.id: job for job in self._records()}
        forgiven = self._book.forgiven()
        for accepted in self._book.all():
            job = records.get(accepted.id)
            if accepted.id not in forgiven:
                self._compare_one(accepted, job)
        for job in records.values():
            self.verdict.ends[job.status] += 1
            if not job.state.final:
                self.verdict.wrong.append(f"{job.id} ({job.service}) is {job.state}")
            self.verdict.doubled += self._doubled(job)

    def _compare_one(self, accepted: Accepted, job: Job | None) -> None:
        if job is None:
            self.verdict.lost.append(f"{accepted.id} ({accepted.service}): there is no record")
        elif job.state.final and job.status not in accepted.ends:
            why = f"{job.status} {job.error_code or ''} {job.error_message or ''}".strip()
            self.verdict.lost.append(
                f"{accepted.id} ({accepted.service}, cancelled: {accepted.cancel}) ended as {why}, "
                f"after {[attempt.outcome for attempt in job.history]}"
            )
        elif job.owner != accepted.owner or job.service != accepted.service:
            self.verdict.wrong.append(f"{accepted.id} is another's: {job.owner} {job.service}")

    def _doubled(self, job: Job) -> Iterator[str]:
        """Yield what speaks for two committed attempts of one job."""
        wanted = int(job.state is State.SUCCESS)
        commits = sum(attempt.outcome == "succeed" for attempt in job.history)
        told = self._world.statuses(job.id).count("SUCCESS")
        if commits != wanted or told != wanted:
            yield f"{job.id} ({job.service}) is {job.status}: {commits} commits, told {told} times"
        if job.state is not State.SUCCESS:
            return
        tokens = {artifact.key.split("/")[2] for artifact in job.files.values() if artifact.name == "result.txt"}
        said = (job.data or {}).get("token")
        if tokens != {said}:
            yield f"{job.id} ({job.service}): the result is of {said}, its file of {tokens}"
        for artifact in job.files.values():
            body = self._read(job, artifact)
            if body is None:
                continue
            if len(body) != artifact.size_bytes or not body.startswith(job.id.encode()):
                yield f"{job.id} ({job.service}): {artifact.name} is not what its record says"
            if artifact.name == "result.txt" and body.split() != [job.id.encode(), str(said).encode()]:
                yield f"{job.id} ({job.service}): {artifact.name} was written by another attempt"

    def _read(self, job: Job, artifact: Artifact) -> bytes | None:
        """Return a file; one that is gone is a promise that was not kept."""
        try:
            return b"".join(self._house.artifacts.store.read(artifact.key))
        except NotFound:
            self.verdict.lost.append(f"{job.id} ({job.service}): {artifact.name} is not there")
            return None

    # ---- nothing left

    def _check_store(self, patience_s: float) -> None:
        def whole() -> bool:
            invariants.check(self._world)
            return True

        try:
            eventually(whole, patience_s)
        except AssertionError as wrong:
            self.verdict.wrong.append(f"store: {wrong.__cause__ or wrong}")

    def _stop(self) -> None:
        """End the servers as an operator does, all but the store; then nothing of theirs may run."""
        for server in (*self._stack.machines, *self._stack.apis):
            try:
                server.stop()
            except AssertionError as stays:
                self.verdict.wrong.append(str(stays))
        store = {process.pid for process in self._stack.valkey.tree()} if self._stack.valkey else set()
        left = [process for process in self._stack.processes() if process.pid not in store]
        self.verdict.wrong += [f"process {process.pid} is left: {process.name()}" for process in left]
        scratch = self._stack.data / "scratch"
        folders = [path for path in scratch.glob("*/*") if path.is_dir()]
        self.verdict.wrong += [f"scratch is left: {folder.relative_to(scratch)}" for folder in folders]

    def _check_files(self) -> None:
        """Collect as the sweeper will in an hour, or when what no record knows is old; then all files are named."""
        house, store = self._house, self._house.artifacts.store
        records = {job.id for job in self._records()}
        for job_id in set(house.purger.known_to_files()):
            after_s = _HOUR_S if job_id in records else _LATER_S
            purger = Purger(house.jobs, house.artifacts, house.uploads, now=partial(_in, after_s))
            purger.collect(job_id, keep_s=house.settings.keep.dead_s)
        named = set()
        for job in self._records():
            named |= {artifact.key for artifact in (*job.files.values(), *house.jobs.parts(job.id).values())}
            named |= {upload.key for upload in job.uploads.values()} | {places.record(job.id)}
        found = {entry.key for prefix in (places.JOBS, places.UPLOADS) for entry in store.list(prefix)}
        self.verdict.wrong += [f"nobody names {key}" for key in sorted(found - named)[:10]]
        self.verdict.wrong += [f"{key} is not there" for key in sorted(named - found)[:10]]

    def close(self) -> None:
        """Close the way to the store."""
        self._house.scripts.client.close()


def _in(seconds: float) -> float:
    """Return the Unix time in so many seconds."""
    return time.time() + seconds
