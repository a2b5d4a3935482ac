"""mediamill as one starts it: `mediamill up` on a folder of its own, and its processes."""

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from urllib.parse import urlsplit

import psutil
from bench.machine import folder, process, python, tree, until
from bench.speech.texts import DISTINCT, page, sentence
from bench.stack import KEY, OWNER, Server

from mediamill.cli.ports import ready

#: What a request may take, s; it is in the header as well.
WAIT_S = 60
_READY_WITHIN_S = 60.0
_QUEUES = ("interactive", "cpu")
_ENDED = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
_NONE: Mapping[str, object] = MappingProxyType({})
#: From the end: no measurement counts down so far.
_warm_numbers = count(DISTINCT - 1, -1)


@dataclass(frozen=True)
class Mill:
    """A running `mediamill up`. server.pid: of `up`, whose descendants are all there is: Valkey, API, workers."""

    server: Server

    def speakers(self, *queues: str) -> list[psutil.Process]:
        """Return the processes in which services run: the children of the pools, of these queues or of both."""
        pools = {f"mm-{queue}" for queue in queues or _QUEUES}
        members = tree(self.server.pid)
        names = {member.pid: member.name() for member in members}
        return [each for each in members if names[each.pid] in pools and names.get(each.ppid()) == names[each.pid]]

    def speakers_cpu_s(self) -> float:
        """Return the CPU seconds that these processes have used."""
        return sum(times.user + times.system for times in (each.cpu_times() for each in self.speakers()))

    def speakers_mib(self, *queues: str) -> float:
        """Return the proportional set size of these processes, MiB."""
        total = 0
        for each in self.speakers(*queues):
            with suppress(psutil.NoSuchProcess):
                total += each.memory_full_info().pss
        return total / 2**20

    def say(self, text: str, params: Mapping[str, object] = _NONE, *, force: bool = False) -> dict[str, object]:
        """Have a text said; return the finished job. Raises AssertionError when it does not succeed."""
        headers = {"Prefer": f"wait={WAIT_S}"}
        job = self.server.ask("POST", _path(force=force), _body(text, params), **headers)
        while job["status"] not in _ENDED:
            job = self.server.ask("GET", f"/jobs/{job['task_id']}", b"", **headers)
        assert job["status"] == "SUCCESS", job
        return job

    def begin(self, text: str, params: Mapping[str, object] = _NONE) -> str:
        """Submit a text; return the job's id."""
        return str(self.server.ask("POST", _path(), _body(text, params))["task_id"])


def _path(*, force: bool = False) -> str:
    return "/speech?force=true" if force else "/speech"


def _body(text: str, params: Mapping[str, object]) -> bytes:
    return json.dumps({"text": text, **params}).encode()


@contextmanager
def mill(slots: Mapping[str, int], **environ: str) -> Iterator[Mill]:
    """Start everything with so many slots; of the queues for speech one, if not named, of those for others none.

    environ: further settings.
    """
    with folder() as path:
        given = {"interactive": 1, "cpu": 1, "default": 0, "downloads": 0, "recording": 0, **slots}
        settings = {
            **os.environ,
            "API_KEYS": f"{OWNER}:{KEY}:admin",
            "MEDIAMILL_DATA_DIR": str(path / "data"),
            "MEDIAMILL_RUNTIME_DIR": str(path / "run"),
            "MEDIAMILL_SLOTS": ",".join(f"{queue}={number}" for queue, number in given.items()),
            "MEDIAMILL_DRAIN_SECONDS": "1",
            **environ,
        }
        with process(*python("mediamill.cli", "up", "--port", "0"), environ=settings) as up:
            url_file = path / "data" / "url"
            until(lambda: up.poll() is not None or url_file.exists(), _READY_WITHIN_S)
            assert up.poll() is None, "mediamill up did not start"
            url = url_file.read_text().strip()
            until(lambda: not ready(url), _READY_WITHIN_S)
            yield Mill(Server(urlsplit(url).port or 0, up.pid))


def warm(ours: Mill, slots: int, params: Mapping[str, object] = _NONE) -> None:
    """Have every slot of both pools load what it needs: several sentences, then several longer texts, at once."""
    for size in (1, 12):
        texts = [
            page(next(_warm_numbers), size) if size > 1 else sentence(next(_warm_numbers)) for _ in range(slots * 3)
        ]
        with ThreadPoolExecutor(len(texts)) as threads:
            list(threads.map(lambda text: ours.say(text, params), texts))
