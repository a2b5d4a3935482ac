"""What every benchmark needs: a Valkey of its own, processes, their CPU time and memory, tables."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil

from mediamill.cli import valkey

ROOT = Path(__file__).parent.parent


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder with a short name, for sockets lie in it."""
    path = Path(tempfile.mkdtemp(prefix="mmb-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def process(
    *argv: str, quiet: bool = True, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process, ended by SIGTERM and, if that does not help, SIGKILL."""
    out = subprocess.DEVNULL if quiet else None
    child = subprocess.Popen(argv, cwd=ROOT, stdout=out, stderr=out, env=environ)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def python(module: str, *args: str) -> tuple[str, ...]:
    """Return the argv of one of our modules."""
    return (sys.executable, "-m", module, *args)


@contextmanager
def private_valkey(path: Path) -> Iterator[str]:
    """A real Valkey as `up` starts it; yields its URL."""
    socket = path / "v.sock"
    with process(*valkey.command(path, socket)):
        until(socket.exists)
        yield f"unix://{socket}"


def until(check: object, within_s: float = 60.0, *, pause_s: float = 0.005) -> None:
    """Wait until `check()` is true."""
    assert callable(check)
    end = time.monotonic() + within_s
    while not check():
        if time.monotonic() > end:
            raise TimeoutError("the benchmark waited in vain")
        time.sleep(pause_s)


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process and its living descendants have used."""
    total = 0.0
    for member in tree(pid):
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def pss_mib(pid: int) -> float:
    """Return the proportional set size of a process and its descendants, MiB."""
    return sum(member.memory_full_info().pss for member in tree(pid)) / 2**20


def ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the median of ours / theirs over interleaved pairs."""
    return median(ours / theirs for ours, theirs in pairs)


def table(title: str, rows: Sequence[Sequence[object]]) -> str:
    """Return rows as a Markdown table under a heading; the first row is its head."""
    head, *body = [[str(cell) for cell in row] for row in rows]
    lines = [f"### {title}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in body]
    return "\n".join(lines) + "\n\n"


def machine() -> str:
    """Name this machine: cores, memory, processor, Python, Valkey."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown processor",
    )
    memory = psutil.virtual_memory().total / 2**30
    said = subprocess.run((valkey.binary(), "--version"), capture_output=True, text=True, check=True).stdout
    store = next(word.removeprefix("v=") for word in said.split() if word.startswith("v="))
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Python {sys.version.split()[0]}, Valkey {store}"


if __name__ == "__main__":
    print(machine())
