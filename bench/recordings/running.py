"""One crowd of recordings while it runs: its CPU, its memory, and whether pictures are missing."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from bench.machine import ROOT, pss_mib, tree, until
from bench.recordings.recorders import Recorder
from bench.recordings.scale import Scale
from bench.recordings.source import Site
from tests.live.film import frames, lost

_BEGIN_S = 120.0
_END_S = 30.0
_MINUTE_S = 60


@dataclass(frozen=True)
class Seen:
    """What a crowd took.

    cpu_s: for a minute of one stream, by the bytes that came. mib: of all together. lost: pictures that are missing
    between the first and the last, in the files that were looked at. source_s: of the site's CPU, a second.
    """

    cpu_s: float
    mib: float
    lost: int
    source_s: float


def seen(recorder: Recorder, site: Site, urls: Sequence[str], path: Path, scale: Scale) -> Seen:
    """Record these until that is steady, measure, and stop."""
    folders = [path / str(number) for number in range(len(urls))]
    for folder in folders:
        folder.mkdir(parents=True)
    try:
        with _running(recorder, urls, path, folders) as pids:
            until(lambda: all(map(_size, folders)), _BEGIN_S, pause_s=0.2)
            time.sleep(scale.settle_s)
            before = _cpu_s(pids), _size(path), site.report()["cpu_s"], time.monotonic()
            time.sleep(scale.window_s)
            after = _cpu_s(pids), _size(path), site.report()["cpu_s"], time.monotonic()
            mib = sum(map(pss_mib, pids))
        cpu, size, source, wall = (later - earlier for earlier, later in zip(before, after, strict=True))
        if not size:
            raise RuntimeError(f"{recorder.name} has stopped recording")
        minutes = size / (scale.bits_s / 8 * _MINUTE_S)
        return Seen(cpu / minutes, mib, sum(map(_lost, folders[: scale.looked_at])), source / wall)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _running(recorder: Recorder, urls: Sequence[str], path: Path, folders: Sequence[Path]) -> Iterator[list[int]]:
    """Start the recorder's processes; yield their ids."""
    alone = [((url,), folder) for url, folder in zip(urls, folders, strict=True)]
    orders = [recorder.command(*each) for each in ([(urls, path)] if recorder.crowd else alone)]
    quiet = subprocess.DEVNULL
    children = [subprocess.Popen(argv, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet) for argv in orders]
    try:
        yield [child.pid for child in children]
    finally:
        for child in children:
            child.send_signal(recorder.stop)
        end = time.monotonic() + _END_S
        for child in children:
            try:
                child.wait(max(end - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _cpu_s(pids: Sequence[int]) -> float:
    """Return the CPU seconds of processes and their children: finer than clock ticks, which are more than some take."""
    total = 0.0
    for pid in pids:
        for member in tree(pid):
            try:
                total += time.clock_gettime(~member.pid << 3 | 2)  # clock_getcpuclockid(3), which Python has not
            except (OSError, psutil.Error):
                continue
    return total


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _lost(folder: Path) -> int:
    parts = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return lost([number for part in parts for number in frames(part)])
