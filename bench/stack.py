"""The servers under test: `mediamill api` with the services of the benchmarks plugged in, and the bare peer."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.machine import ROOT, process, python, until

from mediamill.cli.ports import ready

KEY = "bench-key"
OWNER = "bench"

_ENTRY_POINTS = "[mediamill.services]\nnoop = bench.services:NOOP\nkept = bench.services:KEPT\n"
_METADATA = "Metadata-Version: 2.1\nName: bench-services\nVersion: 0\n"


@dataclass(frozen=True)
class Server:
    """A server on 127.0.0.1.

    pid: of the process that was started; with more workers than one, its children serve.
    bare: it is the peer.
    """

    port: int
    pid: int
    bare: bool = False

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Return one request as bytes. Names of headers have `_` for `-`."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"X-API-Key: {KEY}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> dict[str, object]:
        """Ask once and return the JSON answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        named = {"X-API-Key": KEY, "Content-Type": "application/json", **headers}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        assert response.status < 300, content
        told: dict[str, object] = json.loads(content) if content else {}
        return told


def environment(url: str, folder: Path, entry_points: str = _ENTRY_POINTS) -> dict[str, str]:
    """Return the environment in which mediamill finds this Valkey, this folder and the services of the benchmarks."""
    plug = folder / "plug" / "bench_services-0.dist-info"
    plug.mkdir(parents=True, exist_ok=True)
    (plug / "METADATA").write_text(_METADATA)
    (plug / "entry_points.txt").write_text(entry_points)
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(plug.parent), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "REDIS_URL": url,
        "API_KEYS": f"{OWNER}:{KEY}:admin",
        "MEDIAMILL_DATA_DIR": str(folder / "data"),
        "MEDIAMILL_RUNTIME_DIR": str(folder / "run"),
    }


@contextmanager
def api(environ: dict[str, str], *, workers: int = 1) -> Iterator[Server]:
    """`mediamill api`, ready."""
    port = free_port()
    argv = python("mediamill.cli", "api", "--port", str(port), "--workers", str(workers))
    with process(*argv, environ=environ) as child:
        until(lambda: child.poll() is not None or not ready(f"http://127.0.0.1:{port}"))
        assert child.poll() is None, "mediamill api did not start"
        yield Server(port, child.pid)


@contextmanager
def default_worker(environ: dict[str, str]) -> Iterator[None]:
    """`mediamill worker` for the queue of the benchmarks' services."""
    with process(*python("mediamill.cli", "worker", "--queues", "default"), environ=environ):
        yield


@contextmanager
def bare(url: str, *, workers: int = 1) -> Iterator[Server]:
    """The peer, ready."""
    port = free_port()
    with process(*python("bench.bare", url, str(port), str(workers))) as child:
        until(lambda: child.poll() is not None or listens(port))
        assert child.poll() is None, "the peer did not start"
        yield Server(port, child.pid, bare=True)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
    return number


def listens(port: int) -> bool:
    """Whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
