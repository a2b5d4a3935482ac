"""A seeded random load: clients that ask for mixed jobs, ask twice, change their mind, and give nothing up."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread
from types import MappingProxyType
from typing import Final

from tests.faults.book import Book
from tests.faults.client import Client

OWNERS: Final = ("ann", "bob", "cy")

#: service -> how often it is asked for.
MIX: Final = MappingProxyType(
    {
        "quick": 30,
        "steps": 20,
        "cached": 10,
        "program": 8,
        "flaky": 10,
        "later": 8,
        "recording": 6,
        "family": 5,
        "refused": 3,
    }
)


@dataclass(frozen=True)
class Habits:
    """How a load behaves. Shares are of all submits, 0..1.

    jobs: how many submits in all, or None for as many as come until it is stopped.
    clients: threads. pause_s: of each client between two submits, on average.
    longest_s: of a job. twins: the same request again, with another Idempotency-Key.
    """

    jobs: int | None = None
    clients: int = 3
    pause_s: float = 0.1
    longest_s: float = 1.0
    twins: float = 0.05
    repeats: float = 0.05
    cancels: float = 0.08
    moves: float = 0.05
    mix: Mapping[str, int] = field(default_factory=lambda: MIX)


class Load:
    """Several clients at once. Use as a context manager; `wait` or leave to stop."""

    def __init__(self, doors: Sequence[str], book: Book, seed: int) -> None:
        self._doors = list(doors)
        self._book = book
        self._seed = seed
        self._stop = Event()
        self._threads: list[Thread] = []
        self.failed: list[BaseException] = []
        self.retried = 0

    def start(self, habits: Habits) -> None:
        """Let the clients begin."""
        self._stop.clear()
        for number in range(habits.clients):
            # Every client's requests follow from the seed; only when they come does not.
            share = None if habits.jobs is None else len(range(number, habits.jobs, habits.clients))
            thread = Thread(
                target=self._run, args=(number + 1, share, habits), name=f"client-{number + 1}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def client(self) -> Client:
        """Return a client for the row's own requests."""
        return Client(self._doors, self._book, Random(f"{self._seed} row"))  # noqa: S311 - a load is no secret

    @property
    def busy(self) -> bool:
        """Whether a client still asks."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Let every client end its last request. Raises what went wrong for any of them."""
        self._stop.set()
        self.wait()

    def wait(self) -> None:
        """Wait until every client has asked for all its jobs. Raises what went wrong for any of them."""
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self.failed:
            raise ExceptionGroup("clients failed", [e for e in self.failed if isinstance(e, Exception)])

    def _run(self, number: int, jobs: int | None, habits: Habits) -> None:
        rng = Random(f"{self._seed} {number}")  # noqa: S311 - as above
        client = Client(self._doors, self._book, rng)
        try:
            visitor = _Visitor(client, rng, number, habits)
            while not self._stop.is_set() and (jobs is None or visitor.asked < jobs):
                visitor.visit()
                self._stop.wait(rng.uniform(0, 2 * habits.pause_s))
        except BaseException as error:  # noqa: BLE001 - `wait` raises it in the row's thread
            self.failed.append(error)
        finally:
            self.retried += client.retried
            client.close()


class _Visitor:
    """What one client does, one thing after the other."""

    def __init__(self, client: Client, rng: Random, number: int, habits: Habits) -> None:
        self._client = client
        self._rng = rng
        self._habits = habits
        self._numbers = iter(range(number * 1_000_000, (number + 1) * 1_000_000))
        self._own: list[tuple[str, str]] = []
        self.asked = 0

    def visit(self) -> None:
        """Ask for a job; sometimes ask twice, move or cancel one of the last."""
        self._submit()
        habits = self._habits
        if self._own and self._rng.random() < habits.cancels:
            job_id, owner = self._rng.choice(self._own[-10:])
            self._client.cancel(job_id, owner=owner)
        if self._own and self._rng.random() < habits.moves:
            job_id, owner = self._rng.choice(self._own[-10:])
            self._client.prioritise(job_id, self._rng.randint(-9, 9), owner=owner)

    def _submit(self) -> None:
        rng, habits = self._rng, self._habits
        service = rng.choices(list(habits.mix), weights=list(habits.mix.values()))[0]
        owner, priority = rng.choice(OWNERS), rng.choice((0, 0, 0, rng.randint(-9, 9)))
        params: dict[str, object] = {
            "number": next(self._numbers),
            "seconds": round(rng.expovariate(4 / habits.longest_s) % habits.longest_s, 2),
            "times": rng.randint(1, 3),
        }
        if service == "family" and rng.random() < 0.5:  # two families in a hundred have a child in common
            params["shared"] = rng.randint(1, 20)
        key = f"{rng.getrandbits(64):x}"
        self._ask(service, params, owner, priority, key)
        if rng.random() < habits.repeats:
            self._ask(service, params, owner, priority, key)
        if rng.random() < habits.twins:
            self._ask(service, params, owner, rng.randint(-9, 9), f"{rng.getrandbits(64):x}")

    def _ask(self, service: str, params: Mapping[str, object], owner: str, priority: int, key: str) -> None:
        began = time.monotonic()
        job_id = self._client.submit(service, params, owner=owner, priority=priority, key=key)
        self.asked += 1
        self._own.append((job_id, owner))
        assert time.monotonic() - began < 300
