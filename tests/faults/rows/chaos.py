"""Ten thousand jobs of all kinds while something is killed every two seconds."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import psutil
from tests.faults.row import Ground, Habits, Row
from tests.faults.stack import Machine, Shape, thaw

from mediamill.core.queues import Queue
from mediamill.testing import eventually

EVERY_S = 2.0
SHAPE = Shape(machines=2, apis=2, slots="interactive=2,cpu=2,default=8,downloads=6,recording=8")


@dataclass
class _Chaos:
    """Injects one fault after the other; each mends itself, or is mended before the next."""

    ground: Ground
    #: When something was killed, Unix time, and the jobs that it ran.
    killed: list[tuple[float, list[str]]] = field(default_factory=list)

    def faults(self) -> dict[str, Callable[[], None]]:
        """Return what may happen, the frequent ones more than once."""
        return {
            "child": self.child,
            "child again": self.child,
            "threads": self.threads,
            "pool": self.pool,
            "keeper": self.keeper,
            "machine": self.machine,
            "nap": self.nap,
            "store": self.store,
            "store nap": self.store_nap,
            "api": self.api,
            "tickets": self.tickets,
        }

    def one(self) -> str:
        """Inject a fault; return its name."""
        name, fault = self.ground.rng.choice(list(self.faults().items()))
        with self.ground.fault(name), suppress(psutil.NoSuchProcess, ProcessLookupError):
            fault()
        return name

    def _machine(self) -> Machine:
        return self.ground.rng.choice(self.ground.stack.machines)

    def _kill(self, machine: Machine, process: psutil.Process) -> None:
        ran = [entry.job_id for entry in machine.entries() if process.pid in {entry.pid, entry.worker_pid}]
        self.killed.append((time.time(), ran))
        process.kill()

    def child(self) -> None:
        """Kill the process of a running attempt in a pool."""
        machine = self._machine()
        entries = [entry for entry in machine.entries() if entry.forked and entry.alive()]
        if entries:
            self._kill(machine, psutil.Process(self.ground.rng.choice(entries).pid))

    def threads(self) -> None:
        """Kill a worker of threads."""
        machine = self._machine()
        self._kill(machine, machine.worker(self.ground.rng.choice((Queue.DEFAULT, Queue.DOWNLOADS, Queue.RECORDING))))

    def pool(self) -> None:
        """Kill the parent of a pool."""
        machine = self._machine()
        self._kill(machine, machine.worker(self.ground.rng.choice((Queue.INTERACTIVE, Queue.CPU))))

    def keeper(self) -> None:
        """Kill a keeper."""
        self._machine().keeper().kill()

    def machine(self) -> None:
        """Kill a whole machine and start it again."""
        machine = self._machine()
        self.killed.append((time.time(), [entry.job_id for entry in machine.entries()]))
        machine.kill_tree()
        machine.start()

    def nap(self) -> None:
        """Stop a whole machine, sometimes past its leases."""
        frozen = self._machine().freeze()
        self.ground.sleep(self.ground.rng.choice((1.0, 4.0, 14.0)))
        thaw(frozen)

    def store(self) -> None:
        """Kill Valkey, and start it again."""
        assert self.ground.stack.valkey is not None
        self.ground.stack.valkey.kill()
        self.ground.sleep(self.ground.rng.choice((0.0, 0.5, 3.0)))
        self.ground.stack.start_store()

    def store_nap(self) -> None:
        """Stop Valkey for some seconds."""
        assert self.ground.stack.valkey is not None
        frozen = self.ground.stack.valkey.freeze()
        self.ground.sleep(self.ground.rng.choice((0.5, 2.0, 5.0)))
        thaw(frozen)

    def api(self) -> None:
        """Kill one of the APIs, and start it again."""
        api = self.ground.rng.choice(self.ground.stack.apis)
        api.kill_tree()
        api.start()

    def tickets(self) -> None:
        """Take all tickets of a queue away."""
        queue = self.ground.rng.choice(list(Queue))
        self.ground.store.run("DEL", self.ground.key("tickets", queue))

    def recoveries(self) -> list[float]:
        """Return how long each job that lost its process waited until it ran again; some had ended, and did not."""
        starts: dict[str, list[float]] = {}
        for run in self.ground.stack.journal.runs():
            starts.setdefault(run.job_id, []).append(run.at)
        later = (
            [at - killed_at for at in starts[job] if at > killed_at] for killed_at, jobs in self.killed for job in jobs
        )
        return [min(seconds) for seconds in later if seconds]


def _chaos(ground: Ground, jobs: int, clients: int, pause_s: float) -> None:
    chaos = _Chaos(ground)
    seen: dict[str, int] = {}
    ground.load.start(Habits(jobs=jobs, clients=clients, pause_s=pause_s, longest_s=0.4))
    began = time.time()
    while ground.load.busy:
        ground.sleep(ground.rng.uniform(0.5, 2 * EVERY_S - 0.5))
        name = chaos.one().partition(" again")[0]
        seen[name] = seen.get(name, 0) + 1
    ground.load.wait()
    told = ", ".join(f"{count} {name}" for name, count in sorted(seen.items()))
    ground.say(f"{len(ground.book.ids())} jobs in {time.time() - began:.0f} s: {told}")
    ground.stack.ready()
    # Whatever else was broken meanwhile counts in; the bounds are those of the rows with one fault.
    eventually(
        lambda: not any(ground.store.run("ZCARD", ground.key(name)) for name in ("leases", "delayed")), within_s=90
    )
    ground.recovered(*chaos.recoveries())


#: A tenth of the submits are twins and repeats of others: 10,000 jobs.
_FULL = partial(_chaos, jobs=11_200, clients=6, pause_s=0.15)
_SHORT = partial(_chaos, jobs=300, clients=3, pause_s=0.3)

ROWS = (
    Row("chaos", "10,000 jobs with a fault every 2 s: none lost, none doubled", _FULL, SHAPE),
    Row("chaos-short", "the same with 300 jobs", _SHORT, SHAPE, short=True),
)
