"""A job's files as one ZIP: beside the same files one by one, and beside who reads and counts them for it."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote

from bench.downloads.scale import Scale
from bench.downloads.sounds import ENTRY_POINTS
from bench.machine import ROOT, cpu_s, folder, private_valkey, process, python, ratio, table, until
from bench.speech.peers import PEERS
from bench.stack import Server, api, default_worker, environment, free_port, listens

_MB: Final = 1_000_000
_WAIT_S: Final = 120
#: Less than this nobody can count.
_TICK_S: Final = 0.01
_HEAD_BYTES: Final = 65_536
_OURS: Final = ("mediamill, the files one by one", "mediamill, the archive")
_THEIRS: Final = ("FastAPI, the files one by one", "FastAPI and zipstream-ng, sized")


@dataclass(frozen=True)
class Sent:
    """What sending took. above_mb: memory at most over what the process had before; first_s: to the first byte."""

    size_bytes: int
    cpu_s: float
    first_s: float
    above_mb: float

    @property
    def mb_per_cpu_s(self) -> float:
        """Return megabytes sent in a second of CPU time."""
        return self.size_bytes / _MB / max(self.cpu_s, _TICK_S)


def measure(scale: Scale) -> str:
    """Return the table."""
    with folder() as path, private_valkey(path) as url:
        environ = environment(url, path, ENTRY_POINTS)
        with api(environ) as server:
            with default_worker(environ):
                job, names = _made(server, scale)
            sources = _sources(path, job)
            with _peer_server(sources) as theirs:
                served = {
                    _OURS[0]: (server, [f"/jobs/{job}/files/{quote(name)}" for name in names]),
                    _OURS[1]: (server, [f"/jobs/{job}/archive"]),
                    _THEIRS[0]: (theirs, [f"/files/{quote(name)}" for name in names]),
                    _THEIRS[1]: (theirs, ["/archive"]),
                }
                for each in served.values():
                    _sent(*each)  # what is loaded at the first request is loaded
                rounds = [{name: _sent(*each) for name, each in served.items()} for _ in range(scale.rounds)]
        piped = {name: [send(sources) for _ in range(scale.rounds)] for name, send in _peers().items()}
    sent = {name: [each[name] for each in rounds] for name in served}
    least = scale.files * scale.file_bytes
    for name, took in {**sent, **piped}.items():  # headers take a little
        assert all(least <= one.size_bytes < least + 1_000 * (scale.files + 1) for one in took), (name, least, took)
    return table(
        f"A ZIP of {scale.files} files of {scale.file_bytes / _MB:g} MB, stored ({scale.rounds} interleaved rounds)",
        [
            ["", "MB per CPU s", "of the files'", "target", "first byte ms", "target", "MB above idle", "target"],
            *_rows(sent, *_OURS, (">= 0.8", "<= 100", "<= 20")),
            *_rows(sent, *_THEIRS),
            *(_row(name, each) for name, each in piped.items()),
        ],
    )


def _rows(
    sent: Mapping[str, list[Sent]], files: str, archive: str, targets: tuple[str, str, str] = ("", "", "")
) -> list[list[str]]:
    """Return a server's rows: what it needs for the archive beside the same files one by one, round by round."""
    pairs = [(mine.mb_per_cpu_s, plain.mb_per_cpu_s) for mine, plain in zip(sent[archive], sent[files], strict=True)]
    return [_row(files, sent[files]), _row(archive, sent[archive], f"{ratio(pairs):.2f}", targets=targets)]


def _row(name: str, sent: list[Sent], share: str = "", *, targets: tuple[str, str, str] = ("", "", "")) -> list[str]:
    speed, first_s, above_mb = (
        median(each.mb_per_cpu_s for each in sent),
        median(each.first_s for each in sent),
        max(each.above_mb for each in sent),
    )
    cells = [name, f"{speed:,.0f}", share, targets[0], f"{first_s * 1000:.1f}", targets[1], f"{above_mb:.1f}"]
    return [*cells, targets[2]]


def _made(server: Server, scale: Scale) -> tuple[str, list[str]]:
    """Let a job make the files; return its id and their names."""
    body = json.dumps({"files": scale.files, "file_bytes": scale.file_bytes}).encode()
    job = str(server.ask("POST", "/sounds", body)["task_id"])
    end = time.monotonic() + _WAIT_S
    while (told := server.ask("GET", f"/jobs/{job}", Prefer="wait=30"))["status"] != "SUCCESS":
        assert time.monotonic() < end, told
    listed = server.ask("GET", f"/jobs/{job}/files")["files"]
    assert isinstance(listed, list)
    return job, [str(each["name"]) for each in listed]


# ---- ours


def _sent(server: Server, paths: list[str]) -> Sent:
    """Ask for things one after another over one connection and throw them away."""
    with _highest_memory(server.pid) as above_mb:
        before_s, size_bytes, first_s = cpu_s(server.pid), 0, 0.0
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            for path in paths:
                sent = _fetch(line, server.request("GET", path))
                size_bytes += sent[0]
                first_s = first_s or sent[1]
        used_s = cpu_s(server.pid) - before_s
        return Sent(size_bytes, used_s, first_s, above_mb())


def _fetch(line: socket.socket, request: bytes) -> tuple[int, float]:
    """Return the bytes of an answer's body, and when the first of them came."""
    began = time.perf_counter()
    line.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got or got.endswith(b"\r\n\r\n"):
        got += line.recv(_HEAD_BYTES)
    first_s = time.perf_counter() - began
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    size = next(int(field[15:]) for field in head.lower().split(b"\r\n") if field.startswith(b"content-length:"))
    left, buffer = size - len(body), bytearray(_MB)
    while left:
        count = line.recv_into(buffer, min(left, _MB))
        assert count, "the connection broke"
        left -= count
    return size, first_s


@contextmanager
def _highest_memory(pid: int) -> Iterator[Callable[[], float]]:
    """Yield what tells by how many MB a process was larger at most than it is now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the highest value is now's
    before = _memory_mb(pid, "VmRSS")
    yield lambda: max(0.0, _memory_mb(pid, "VmHWM") - before)


def _memory_mb(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / _MB for line in lines if line.startswith(f"{field}:"))


# ---- the peers


@contextmanager
def _peer_server(sources: Path) -> Iterator[Server]:
    """Serve the same files by the peer."""
    port = free_port()
    with process(*python("bench.downloads.peer_server", str(port), str(sources))) as child:
        until(lambda: child.poll() is not None or listens(port))
        assert child.poll() is None, "the peer did not start"
        yield Server(port, child.pid, bare=True)


def _sources(path: Path, job: str) -> Path:
    """Return a folder with the job's files under names of songs."""
    sources = path / "sources"
    sources.mkdir()
    stored = [each for each in (path / "data").rglob(f"jobs/{job}/*/*") if each.is_file()]
    for number, each in enumerate(sorted(stored)):
        os.link(each, sources / f"{number + 1:02d} - song.mp3")
    return sources


def _peers() -> dict[str, Callable[[Path], Sent]]:
    """Return those that write to a pipe: HTTP costs them nothing."""
    script = str(ROOT / "bench" / "downloads" / "peer_zip.py")
    peers: dict[str, Callable[[Path], Sent]] = {
        "zipstream-ng, sized, into a pipe": lambda sources: _piped([str(PEERS), script, "zipstream", str(sources)]),
        "zipfile, into a pipe": lambda sources: _piped([str(PEERS), script, "zipfile", str(sources)]),
    }
    if program := shutil.which("zip"):
        peers["`zip -0`, into a pipe"] = lambda sources: _piped([program, "-0", "-q", "-r", "-", str(sources)])
    return peers


def _piped(argv: list[str]) -> Sent:
    """Run a program that writes an archive, and throw that away. What it says of itself goes before what we see."""
    began = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        size, first_s, buffer = 0, 0.0, bytearray(_MB)
        while count := os.readv(child.stdout.fileno(), [buffer]):
            first_s = first_s or time.perf_counter() - began
            size += count
        said = child.stderr.read().decode().strip()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, said
    told = json.loads(said.splitlines()[-1]) if said else {}
    used_s = told.get("cpu_s", usage.ru_utime + usage.ru_stime)
    return Sent(size, used_s, first_s, told.get("above_mb", usage.ru_maxrss * 1024 / _MB))
