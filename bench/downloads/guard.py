"""One file, straight from its server and through the egress guard: what the guard's process pays for it."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.downloads.scale import Scale
from bench.machine import ROOT, folder, process, python, table, until
from bench.stack import free_port, listens

from mediamill.core.context import Network
from mediamill.media.egress.gate import Gate
from mediamill.media.egress.guards import Guard
from mediamill.media.egress.rules import Rules
from mediamill.variables import destinations

_WAYS: Final = ("straight", "plain", "tunnel")
_NAMES: Final = {
    "straight": "straight from the server",
    "plain": "through the guard, plain HTTP",
    "tunnel": "through the guard, CONNECT",
}


@dataclass(frozen=True)
class Fetched:
    """What one fetch took. guard_s: CPU seconds of the guard's process, nothing else running in it."""

    program_s: float
    guard_s: float
    wall_s: float


def measure(scale: Scale) -> str:
    """Return the table."""
    with folder() as path, _server(path, scale.fetched_bytes) as place:
        guard = Guard(Rules(destinations(place)))
        with guard.open(Network()) as gate:
            rounds = [{way: _fetched(gate, place, way, scale) for way in _WAYS} for _ in range(scale.rounds)]
        guard.close()
    rows: list[tuple[object, ...]] = [("way", "guard, CPU ms", "program, CPU ms", "MB/s")]
    for way in _WAYS:
        taken = [each[way] for each in rounds]
        rows.append(
            (
                _NAMES[way],
                "-" if way == "straight" else f"{median(each.guard_s for each in taken) * 1e3:.0f}",
                f"{median(each.program_s for each in taken) * 1e3:.0f}",
                f"{scale.fetched_bytes / 1e6 / median(each.wall_s for each in taken):.0f}",
            )
        )
    megabytes = f"{scale.fetched_bytes / 1e6:g}"
    return table(f"One file of {megabytes} MB through the egress guard ({scale.rounds} interleaved rounds)", rows)


@contextmanager
def _server(path: Path, size: int) -> Iterator[str]:
    """Serve a file from a process of its own; yield `address:port`."""
    (path / "file").write_bytes(os.urandom(size))
    port = free_port()
    with process(*python("http.server", str(port), "--bind", "127.0.0.1", "--directory", str(path))):
        until(lambda: listens(port))
        yield f"127.0.0.1:{port}"


def _fetched(gate: Gate, place: str, way: str, scale: Scale) -> Fetched:
    argv = python("bench.downloads.fetcher", f"http://{place}/file", "" if way == "straight" else gate.url, way)
    before = time.process_time()
    said = subprocess.run(argv, cwd=ROOT, capture_output=True, check=True, timeout=120).stdout
    guard_s = time.process_time() - before
    taken = json.loads(said)
    assert taken["size"] == scale.fetched_bytes
    return Fetched(taken["cpu_s"], guard_s, taken["wall_s"])
