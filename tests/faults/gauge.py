"""Memory and file descriptors of a stack's processes over time, and whether they stay flat."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from threading import Event, Thread
from typing import Final

import psutil

EVERY_S: Final = 3.0
#: Growth between two quarters of a run that is noise: of a process whose memory is counted in pages.
GROWTH: Final = 0.10
NOISE_BYTES: Final = 4 * 1024 * 1024
NOISE_FDS: Final = 4
#: Fewer samples than these in a quarter say nothing.
FEWEST: Final = 3

_OWN: Final = re.compile(r"mediamill\.cli\0(?P<command>\w+)")


@dataclass(frozen=True)
class Sample:
    """The largest process of a kind at one moment. pss: proportional set size, bytes."""

    at_s: float
    pss_bytes: int
    fds: int


@dataclass(frozen=True)
class Verdict:
    """What a kind of process had in the second and in the last quarter of the run: medians."""

    kind: str
    pss_bytes: tuple[float, float]
    fds: tuple[float, float]
    samples: int

    @property
    def flat(self) -> bool:
        """Whether it grew by no more than noise."""
        (memory, memory_then), (fds, fds_then) = self.pss_bytes, self.fds
        return memory_then - memory <= max(memory * GROWTH, NOISE_BYTES) and fds_then - fds <= NOISE_FDS

    def cells(self) -> tuple[str, ...]:
        """Return a row of the table."""
        (memory, memory_then), (fds, fds_then) = self.pss_bytes, self.fds
        mib = 2.0**20
        return (
            self.kind,
            f"{memory / mib:.1f} -> {memory_then / mib:.1f}",
            f"{fds:.0f} -> {fds_then:.0f}",
            str(self.samples),
            "flat" if self.flat else "GROWS",
        )


def judged(kind: str, samples: Sequence[Sample], began_s: float, ended_s: float) -> Verdict | None:
    """Compare the second quarter of a run with its last; None where there is too little to compare.

    Medians: processes that were just started or are about to end do not count. The first quarter is
    for warming up.
    """
    quarter_s = (ended_s - began_s) / 4

    def within(number: int) -> list[Sample]:
        start_s = began_s + number * quarter_s
        return [each for each in samples if start_s <= each.at_s < start_s + quarter_s]

    second, last = within(1), within(3)
    if min(len(second), len(last)) < FEWEST:
        return None
    return Verdict(
        kind,
        (median(each.pss_bytes for each in second), median(each.pss_bytes for each in last)),
        (median(each.fds for each in second), median(each.fds for each in last)),
        len(samples),
    )


def kind_of(process: psutil.Process) -> str:
    """Return what a process is for: the name a fork gave itself, or its command."""
    name = process.name()
    if name.startswith("mm-"):
        return f"{name} child" if _is_fork_of(process, name) else name
    command = _OWN.search("\0".join(process.cmdline()))
    return command["command"] if command else name


def _is_fork_of(process: psutil.Process, name: str) -> bool:
    parent = process.parent()
    return parent is not None and parent.name() == name


@dataclass
class Gauge:
    """Looks at processes every few seconds, in a thread of its own. Use `start`, then `stop`.

    look: returns the processes there are now. kinds: those that are looked at; programs of jobs
    come and go, and are no one's growth.
    """

    look: Callable[[], Iterable[psutil.Process]]
    kinds: Callable[[str], bool] = lambda _kind: True
    every_s: float = EVERY_S
    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    began_s: float = field(default_factory=time.monotonic)
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread = Thread(target=self._run, name="gauge", daemon=True)
        self._thread.start()

    def stop(self) -> list[Verdict]:
        """End; return a verdict for each kind of which there is enough to say."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        ended_s = time.monotonic()
        verdicts = (judged(kind, seen, self.began_s, ended_s) for kind, seen in sorted(self.samples.items()))
        return [each for each in verdicts if each is not None]

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            self.sample()

    def sample(self) -> None:
        """Look once: of each kind, the largest process."""
        found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for process in self.look():
            with suppress(psutil.Error, OSError):
                kind = kind_of(process)
                if self.kinds(kind):
                    found[kind].append((process.memory_full_info().pss, process.num_fds()))
        now_s = time.monotonic()
        for kind, sizes in found.items():
            pss, fds = (max(column) for column in zip(*sizes, strict=True))
            self.samples[kind].append(Sample(now_s, pss, fds))
