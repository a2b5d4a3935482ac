"""A file by yt-dlp alone, and by a job that has yt-dlp fetch it: what a warm program saves, and what the rest costs."""

import os
import subprocess
import time
from dataclasses import dataclass
from statistics import median
from typing import Final

import psutil
from bench.downloads.house import House, another, house, spent_s
from bench.downloads.scale import Scale
from bench.machine import python, ratio, table, tree

from mediamill.media.adapters.ffmpeg import ffmpeg

#: Of what yt-dlp alone takes: by the program that is kept warm, and by the whole job.
_TARGETS: Final = {"small": ("<= 0.2", ""), "large": ("", "<= 1.05")}
_WARM: Final = "mediamill.media.adapters.ytdlp"
#: A header of 128 kbit/s at 44,100 Hz and what it announces: a file of these has the length of one that sounds.
_FRAME: Final = bytes.fromhex("fffb9064") + bytes(413)
#: For what a job started, to be gone and counted; an idle worker takes 3 ms a second.
_REST_S: Final = 0.3


@dataclass(frozen=True)
class Taken:
    """CPU seconds of one download, three ways: yt-dlp alone; a job's warm program; all of the worker for that job."""

    alone: float
    program: float
    job: float


def measure(scale: Scale) -> str:
    """Return the table."""
    sizes = {"small": scale.small_bytes, "large": scale.fetched_bytes}
    with house({f"{name}.mp3": _sound(size) for name, size in sizes.items()}) as here:
        _by_job(here, "small", -1)  # the first one starts what is kept warm
        taken = {name: [_taken(here, name, number) for number in range(scale.rounds)] for name in sizes}
    head = ["", "yt-dlp alone", "the warm program", "ratio", "target", "the whole job", "ratio", "target"]
    return table(
        f"yt-dlp alone and as a job, CPU seconds ({scale.rounds} interleaved rounds)",
        [head, *(_row(f"{sizes[name] / 1e6:g} MB", taken[name], _TARGETS[name]) for name in sizes)],
    )


def _row(name: str, taken: list[Taken], targets: tuple[str, str]) -> list[str]:
    program, job = ([(getattr(each, which), each.alone) for each in taken] for which in ("program", "job"))
    cells = [name, f"{median(each.alone for each in taken):.2f}"]
    for pairs, target in zip((program, job), targets, strict=True):
        cells += [f"{median(ours for ours, _ in pairs):.2f}", f"{ratio(pairs):.2f}", target]
    return cells


def _taken(here: House, name: str, number: int) -> Taken:
    program, job = _by_job(here, name, number)
    return Taken(_alone(here, name, number), program, job)


def _by_job(here: House, name: str, number: int) -> tuple[float, float]:
    """Return what the warm program and the whole worker spent on one job, with its tags, walls and records."""
    before = _program_s(here), spent_s(here.worker)
    job = here.download(another(f"{here.site}/{name}.mp3", number))
    time.sleep(_REST_S)
    data = job["data"]
    assert isinstance(data, dict)
    assert data["from_cache"] is False
    return _program_s(here) - before[0], spent_s(here.worker) - before[1]


def _program_s(here: House) -> float:
    """Return what the process that keeps yt-dlp warm has spent, its forks included."""
    for each in tree(here.worker):
        try:
            if _WARM in each.cmdline():
                return spent_s(each.pid)
        except psutil.Error:  # a fork that has just gone
            continue
    return 0.0


def _alone(here: House, name: str, number: int) -> float:
    """Return what yt-dlp spends from its start to its end."""
    to = here.path / f"alone-{name}-{number}"
    url = another(f"{here.site}/{name}.mp3", number)
    words = ("--ignore-config", "--no-cache-dir", "--quiet", "--format", "bestaudio/best")
    argv = python("yt_dlp", *words, "--ffmpeg-location", str(ffmpeg()), "--paths", str(to), "--", url)
    child = subprocess.Popen(argv)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    assert sum(path.stat().st_size for path in to.iterdir()) > 0
    return usage.ru_utime + usage.ru_stime


def _sound(size_bytes: int) -> bytes:
    return _FRAME * (size_bytes // len(_FRAME))
