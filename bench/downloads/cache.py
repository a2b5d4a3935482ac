"""Eight processes ask for five times as much as the cache may hold; whether it keeps within that, and what it costs."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil
from bench.downloads.cache_user import shelf, size_of
from bench.downloads.scale import Scale
from bench.machine import ROOT, folder, private_valkey, python, table

from mediamill.engine.cleaner import Cleaner
from mediamill.engine.shelf import Shelf

#: Of what all keys stand for, this part may be kept.
_PART: Final = 5
#: How often all processes are halted and the bytes on the disk are counted.
_LOOK_EVERY_S: Final = 0.5


@dataclass(frozen=True)
class Seen:
    """What came of it.

    most: bytes that were ever seen on the disk. same: index and disk agree at the end. hit_us, made_us: medians.
    """

    hits: int
    made: int
    missing: int
    evicted: int
    quota: int
    most: int
    largest: int
    same: bool
    hit_us: float
    made_us: float
    cpu_us: float
    wall_s: float
    looks: int


def measure(scale: Scale) -> str:
    """Return the table."""
    with folder() as path, private_valkey(path) as url:
        seen = crowd(url, path, scale.users, scale.operations, scale.keys)
    operations = seen.hits + seen.made
    return table(
        f"{scale.users} processes, {operations:,} operations, {scale.keys} entries of 1 to 200 kB of which a fifth may "
        f"be kept: {operations / seen.wall_s:,.0f}/s",
        [
            ["what", "seen", "target"],
            ["hits", f"{seen.hits:,}", ""],
            ["hits without their file, or with another's", f"{seen.missing}", "0"],
            ["evicted", f"{seen.evicted:,}", ""],
            ["most on the disk, of the quota", f"{seen.most / seen.quota:.1%}", "100 % and a file"],
            ["index and disk agree at the end", "yes" if seen.same else "no", "yes"],
            ["a hit, us, the median", f"{seen.hit_us:.0f}", ""],
            ["one that is made and kept, us, the median", f"{seen.made_us:.0f}", ""],
            ["CPU of an operation, us", f"{seen.cpu_us:.0f}", ""],
        ],
    )


def crowd(url: str, path: Path, users: int, operations: int, keys: int) -> Seen:
    """Let `users` processes make `operations` in all, with a cleaner beside them."""
    quota = sum(map(size_of, range(keys))) // _PART
    opened = shelf(url, path, quota)
    cleaner = Cleaner(opened, 0)
    while not opened.index.overview().looked:
        cleaner.round()
    began = time.monotonic()
    most = looks = 0
    with users_of([url, str(path), str(quota), str(keys), str(operations // users)], users) as processes:
        while any(process.poll() is None for process in processes):
            with _halted(processes):
                most = max(most, on_disk(opened))
                looks += 1
            cleaner.round()
            time.sleep(_LOOK_EVERY_S)
        told: list[dict[str, Any]] = [json.loads(process.communicate()[0]) for process in processes]
    wall_s = time.monotonic() - began
    cleaner.round()
    total = {name: sum(each[name] for each in told) for name in ("hits", "made", "missing", "cpu_s")}
    spent_s = {name: median(took for each in told for took in each["spent_s"][name]) for name in ("hits", "made")}
    return Seen(
        hits=total["hits"],
        made=total["made"],
        missing=total["missing"],
        evicted=opened.index.overview().counts["evicted"],
        quota=quota,
        most=most,
        largest=max(map(size_of, range(keys))),
        same=same(opened),
        hit_us=spent_s["hits"] * 1e6,
        made_us=spent_s["made"] * 1e6,
        cpu_us=total["cpu_s"] / (total["hits"] + total["made"]) * 1e6,
        wall_s=wall_s,
        looks=looks,
    )


def on_disk(opened: Shelf) -> int:
    """Return the bytes of all entries, whole or not."""
    return sum(found.size_bytes for found in opened.store.list("cache"))


def same(opened: Shelf) -> bool:
    """Return whether index and disk say the same, entry by entry and in all."""
    found: dict[str, int] = {}
    rows: dict[str, int] = {}
    for number in range(256):
        found |= {entry: seen.size_bytes for entry, seen in opened.entries.look(f"{number:02x}").items()}
        rows |= opened.index.sizes(f"{number:02x}")
    return found == rows and opened.index.overview().bytes == sum(found.values())


@contextmanager
def users_of(arguments: Sequence[str], number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start so many processes; they are killed at the end, if they have not ended."""
    processes = [
        subprocess.Popen(python("bench.downloads.cache_user", *arguments, str(seed)), cwd=ROOT, stdout=subprocess.PIPE)
        for seed in range(number)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


@contextmanager
def _halted(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Halt all processes, so that what is counted is what is there at one moment."""
    alive = [process for process in processes if process.poll() is None]
    for process in alive:
        process.send_signal(signal.SIGSTOP)
    while any(_runs(process.pid) for process in alive):
        time.sleep(0.001)
    try:
        yield
    finally:
        for process in alive:
            process.send_signal(signal.SIGCONT)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}
    except psutil.NoSuchProcess:
        return False
