"""A long run: load and faults by a seed, chapter after chapter, and memory that stays flat.

    make soak MINUTES=30 [SEED=7]

One API, one machine and Valkey live through all of it, and are measured; a second API and a second
machine are killed again and again, and the network stalls. After every chapter its promises are
compared with the records; then these are forgotten, as an operator's retention does, so that the
store and the files come to a level too. Ends with 1 when a promise was broken, or something grew.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import psutil
from tests.faults.book import Book
from tests.faults.checker import Checker
from tests.faults.gauge import Gauge, Verdict
from tests.faults.line import Line
from tests.faults.load import Habits, Load
from tests.faults.stack import Shape, Stack, temporary, thaw

from mediamill import wiring
from mediamill.core.queues import Queue

#: What is measured: servers that live through all of it. Pool children are recycled, programs come and go.
KINDS: Final = frozenset({"api", "worker", "mm-keeper", "valkey-server", *(f"mm-{queue}"[:15] for queue in Queue)})
CHAPTERS: Final = 12
LONGEST_CHAPTER_S: Final = 60.0
#: What a chapter's jobs may take to end when its load is over.
SETTLES_WITHIN_S: Final = 90.0
MIB: Final = 2**20


@dataclass
class Tally:
    """What all chapters saw together."""

    accepted: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def count(self, fault: str) -> None:
        """Note a fault."""
        self.faults[fault] = self.faults.get(fault, 0) + 1


class Mischief:
    """The faults of a soak. Each hurts what may be hurt, and mends it."""

    def __init__(self, stack: Stack, line: Line, rng: Random) -> None:
        self._stack = stack
        self._line = line
        self._rng = rng

    def one(self) -> str:
        """Do one; return what it was."""
        faults: tuple[Callable[[], str], ...] = (
            self._child,
            self._worker,
            self._api,
            self._machine,
            self._valkey_stops,
            self._resets,
            self._slow,
        )
        return self._rng.choice(faults)()

    def _child(self) -> str:
        """Kill a forked pool process of the measured machine: what runs jobs may die anywhere."""
        worker = self._stack.machines[0].worker(self._rng.choice((Queue.CPU, Queue.INTERACTIVE)))
        if children := worker.children():
            self._rng.choice(children).kill()
        return "pool process killed"

    def _worker(self) -> str:
        self._stack.machines[1].worker(self._rng.choice((Queue.CPU, Queue.DEFAULT, Queue.DOWNLOADS))).kill()
        return "worker killed"

    def _api(self) -> str:
        api = self._stack.apis[1]
        api.kill()
        api.start()
        return "API killed"

    def _machine(self) -> str:
        machine = self._stack.machines[1]
        machine.kill_tree() if self._rng.random() < 0.5 else machine.stop()
        machine.start()
        return "machine restarted"

    def _valkey_stops(self) -> str:
        assert self._stack.valkey is not None
        frozen = self._stack.valkey.freeze()
        time.sleep(self._rng.uniform(0.5, 4.0))
        thaw(frozen)
        return "Valkey stopped"

    def _resets(self) -> str:
        self._line.proxy.reset()
        return "connections reset"

    def _slow(self) -> str:
        self._line.proxy.delay(self._rng.uniform(0.02, 0.2))
        time.sleep(self._rng.uniform(1, 3))
        self._line.proxy.heal()
        return "network slow"


class Soak:
    """One long run on one stack."""

    def __init__(self, minutes: float, seed: int) -> None:
        self._seconds = minutes * 60
        self._chapter_s = min(LONGEST_CHAPTER_S, self._seconds / CHAPTERS)
        self._seed = seed
        self._rng = Random(f"{seed} soak")  # noqa: S311 - a choice of faults is no secret
        self._line = Line()
        self.tally = Tally()

    def run(self) -> list[Verdict]:
        """Run it; return what the measured processes did."""
        # A chapter's jobs are looked at until it has settled; not long afterwards they are forgotten.
        kept_s = f"{self._chapter_s + 60:.0f}"
        environ = {
            "MEDIAMILL_JOB_TTL_SECONDS": kept_s,
            "MEDIAMILL_DEAD_TTL_SECONDS": kept_s,
            "MEDIAMILL_ARTIFACT_TTL_SECONDS": kept_s,
            "CACHE_TTL_SECONDS": "5",
        }
        slots = "interactive=1,cpu=1,default=3,downloads=2,recording=3"
        shape = Shape(machines=2, apis=2, slots=slots, environ=environ, before_store=self._line)
        with temporary() as folder, Stack(shape, folder) as stack:
            gauge = Gauge(lambda: self._measured(stack), KINDS.__contains__)
            gauge.start()
            mischief = Mischief(stack, self._line, self._rng)
            ends_at = time.monotonic() + self._seconds
            for number in self._numbers(ends_at):
                began = time.monotonic()
                self._chapter(stack, mischief, number)
                self._say(stack, gauge, number, time.monotonic() - began)
            return gauge.stop()

    def _numbers(self, ends_at: float) -> Iterator[int]:
        number = 0
        while time.monotonic() < ends_at:
            number += 1
            yield number

    @staticmethod
    def _measured(stack: Stack) -> list[psutil.Process]:
        """Return what lives through it all; the second API and machine do not."""
        assert stack.valkey is not None
        return [process for server in (stack.apis[0], stack.machines[0], stack.valkey) for process in server.tree()]

    def _chapter(self, stack: Stack, mischief: Mischief, number: int) -> None:
        """Load and faults for a while; then every promise made in it is looked at."""
        with tempfile.NamedTemporaryFile(dir=stack.folder, prefix="book-") as file:
            book = Book(Path(file.name))
            load = Load(stack.doors, book, self._seed * 1_000 + number)
            load.start(Habits(clients=3, pause_s=0.4))
            ends_at = time.monotonic() + self._chapter_s
            while (left_s := ends_at - time.monotonic()) > 0:
                time.sleep(min(left_s, self._rng.uniform(1, 5)))
                self.tally.count(mischief.one())
            load.stop()
            stack.ready()
            client = load.client()
            checker = Checker(stack, book, client)
            verdict = checker.look(SETTLES_WITHIN_S)
            checker.close()
            client.close()
        self.tally.accepted += verdict.accepted
        self.tally.broken += [*verdict.lost, *verdict.doubled, *verdict.wrong]

    def _say(self, stack: Stack, gauge: Gauge, number: int, took_s: float) -> None:
        now = {kind: f"{samples[-1].pss_bytes / MIB:.0f}" for kind, samples in sorted(gauge.samples.items()) if samples}
        sizes = " ".join(f"{kind}={size}" for kind, size in now.items())
        house = wiring.open_house(stack.settings())
        records = house.scripts.client.run("ZCARD", house.scripts.keys("index"))
        house.scripts.client.close()
        files = sum(path.is_file() for path in (stack.data / "files").rglob("*"))
        print(
            f"chapter {number}: {took_s:.0f} s, {self.tally.accepted} accepted, {len(self.tally.broken)} broken, "
            f"{records} records, {files} files; MiB: {sizes}",
            flush=True,
        )


def main() -> int:
    """Run a soak; return 1 when it is not good."""
    parser = argparse.ArgumentParser(description="Load and faults for a long time; memory must stay flat.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    print(f"seed {seed}, {options.minutes:g} minutes", flush=True)
    soak = Soak(options.minutes, seed)
    verdicts = soak.run()
    print(f"{'process':<16}{'PSS, MiB':<20}{'descriptors':<16}{'samples':<10}")
    for verdict in verdicts:
        print("{:<16}{:<20}{:<16}{:<10}{}".format(*verdict.cells()))
    tally = soak.tally
    print(f"{tally.accepted} jobs accepted; faults: {tally.faults}; broken: {len(tally.broken)}")
    print(*tally.broken[:20], sep="\n")
    flat = bool(verdicts) and all(verdict.flat for verdict in verdicts)
    print("flat" if flat else "NOT FLAT", "and", "nothing broken" if not tally.broken else "PROMISES BROKEN")
    return int(bool(tally.broken) or not flat)


if __name__ == "__main__":
    sys.exit(main())
