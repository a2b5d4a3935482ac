"""A whole server that downloads, and a web site beside it: what the measurements of downloads share."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil
from bench.machine import folder, private_valkey, process, python, tree, until
from bench.stack import Server, api, environment, free_port, listens

_WAIT_S = 60


@dataclass(frozen=True)
class House:
    """api: the server for clients. worker: the process of the downloads' worker. site: `http://127.0.0.1:PORT`."""

    path: Path
    api: Server
    worker: int
    site: str

    def download(self, url: str) -> Mapping[str, object]:
        """Download a file as it is, wait for the end, and return the job."""
        body = b'{"url": "%s", "format": "original"}' % url.encode()
        job = self.api.ask("POST", "/downloads", body, Prefer=f"wait={_WAIT_S}")
        assert job["status"] == "SUCCESS", job
        return job


@contextmanager
def house(files: Mapping[str, bytes], *, api_workers: int = 1) -> Iterator[House]:
    """Serve these files and downloads of them."""
    with folder() as path, private_valkey(path) as valkey, _site(path / "site", files) as site:
        environ = environment(valkey, path) | {"MEDIAMILL_EGRESS_ALLOW": "127.0.0.1", "MEDIAMILL_MIN_FREE": "0"}
        worker = python("mediamill.cli", "worker", "--queues", "downloads")
        with api(environ, workers=api_workers) as server, process(*worker, environ=environ) as child:
            yield House(path, server, child.pid, site)


@contextmanager
def _site(path: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    port = free_port()
    with process(*python("http.server", str(port), "--bind", "127.0.0.1", "--directory", str(path))):
        until(lambda: listens(port))
        yield f"http://127.0.0.1:{port}"


def another(url: str, number: int) -> str:
    """Return an address that nobody has asked for yet, of the same file."""
    return f"{url}?{urlencode({'n': f'{os.getpid()}-{number}'})}"


def spent_s(pid: int) -> float:
    """Return the CPU seconds of a process and all that it ever started and waited for."""
    total = 0.0
    for member in tree(pid):
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
