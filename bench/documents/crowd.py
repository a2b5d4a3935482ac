"""A hundred clients upload at once, one of them as much as is let in; how long the API takes to answer meanwhile."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Final

from bench.documents import papers
from bench.documents.jobs import Jobs, jobs
from bench.documents.scale import Scale
from bench.machine import ROOT, folder, python, table

#: Of the small documents; of the large one.
_PAGES: Final = 4
_LARGE_PAGES: Final = 100
#: An upload's name and parameters count as well.
_FORM_BYTES: Final = 4_096


def measure(scale: Scale) -> str:
    """Return the table."""
    with folder() as path:
        uploads = _uploads(scale, path)
        with jobs({"cpu": 2}) as ours:
            first = ours.upload("first.pdf", uploads[-1] + b"%first")
            pages = ours.finish(first)["data"]["pages"]
            assert pages == min(_PAGES, scale.pages), pages
            idle = _asked(ours, first, scale.asked)
            with _asking(ours, first, 1_000_000) as asking:
                began = time.perf_counter()
                with ThreadPoolExecutor(len(uploads)) as clients:
                    ended = list(clients.map(lambda each: _finished(ours, *each), enumerate(uploads)))
                wall_s = time.perf_counter() - began
                busy = json.loads(asking.communicate()[0])
    return table(
        f"{len(uploads)} uploads at once by as many clients, one of them {scale.large_bytes // 2**20} MiB, two slots: "
        f"{sum(ended)} of {len(ended)} jobs done in {wall_s:.0f} s",
        [
            ["meanwhile, one request after another", "requests", "p50 ms", "p99 ms", "idle p99 ms", "ratio", "target"],
            _row("`GET /jobs/{id}`", busy["get"], idle["get"]),
            _row("`POST /documents`", busy["post"], idle["post"]),
        ],
    )


def _uploads(scale: Scale, path: Path) -> list[bytes]:
    """Return the documents, the large one first; a comment behind its end makes each another one."""
    large = papers.large(1, min(_LARGE_PAGES, scale.pages), scale.large_bytes - _FORM_BYTES, path).read_bytes()
    small = papers.book(0, min(_PAGES, scale.pages), path).read_bytes()
    return [large, *(small + b"%%%d" % number for number in range(scale.clients - 1))]


def _finished(ours: Jobs, number: int, content: bytes) -> bool:
    return bool(ours.finish(ours.upload(f"{number}.pdf", content))["data"]["cards"])


def _asking(ours: Jobs, job: str, limit: int) -> subprocess.Popen[str]:
    argv = python("bench.documents.asking", str(ours.server.port), job, str(limit))
    return subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _asked(ours: Jobs, job: str, limit: int) -> dict[str, list[float]]:
    with _asking(ours, job, limit) as asking:
        assert asking.stdout is not None
        told: dict[str, list[float]] = json.loads(asking.stdout.read())
    return told


def _row(name: str, busy_s: list[float], idle_s: list[float]) -> list[str]:
    busy, idle = _p99(busy_s), _p99(idle_s)
    return [
        name,
        f"{len(busy_s)}",
        f"{median(busy_s) * 1000:.1f}",
        f"{busy * 1000:.1f}",
        f"{idle * 1000:.1f}",
        f"{busy / idle:.1f}",
        "<= 10",
    ]


def _p99(took_s: list[float]) -> float:
    return sorted(took_s)[int(len(took_s) * 0.99)]
