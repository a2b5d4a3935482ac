"""Jobs of `documents` on a `mediamill up` of their own."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from bench.machine import tree
from bench.speech.mill import mill
from bench.stack import KEY, Server

_ENDED: Final = frozenset({"SUCCESS", "FAILURE", "REVOKED"})
_WAIT_S: Final = 60
_BOUNDARY: Final = "mediamill-bench"
#: Without sound: what it costs is the speech's, and measured there.
_PARAMS: Final = {"audio": False}


@dataclass(frozen=True)
class Jobs:
    """What is asked of a running `mediamill up`."""

    server: Server

    def submit(self, path: Path) -> str:
        """Upload a document; return its job's id."""
        return self.upload(path.name, path.read_bytes())

    def upload(self, name: str, content: bytes) -> str:
        """Upload a document that was read already; return its job's id."""
        told = self._ask("POST", "/documents", form(name, content), {"Content-Type": FORM})
        return str(told["task_id"])

    def say(self, text: str) -> str:
        """Submit a text; return its job's id."""
        body = json.dumps({"text": text, **_PARAMS}).encode()
        return str(self._ask("POST", "/documents", body, {"Content-Type": "application/json"})["task_id"])

    def finish(self, job: str) -> dict[str, Any]:
        """Wait for a job's end; return its record. Raises AssertionError when it did not succeed."""
        told: dict[str, Any] = {"status": ""}
        while told["status"] not in _ENDED:
            told = self._ask("GET", f"/jobs/{job}", b"", {"Prefer": f"wait={_WAIT_S}"})
        assert told["status"] == "SUCCESS", told
        return told

    def used_s(self) -> float:
        """Return the CPU seconds of all processes, of those too that have ended and were waited for."""
        total = 0.0
        for member in tree(self.server.pid):
            with suppress(psutil.NoSuchProcess):
                times = member.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=2 * _WAIT_S)
        try:
            connection.request(method, path, body, {"X-API-Key": KEY, **headers})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status < 300, content
        told: dict[str, Any] = json.loads(content)
        return told


FORM: Final = f"multipart/form-data; boundary={_BOUNDARY}"


def form(name: str, content: bytes) -> bytes:
    """Return the body of an upload."""
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="params"\r\n\r\n{json.dumps(_PARAMS)}\r\n'
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    )
    return head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()


@contextmanager
def jobs(slots: Mapping[str, int]) -> Iterator[Jobs]:
    """Start everything with so many slots, none of them for speech."""
    with mill({"interactive": 0, **slots}) as ours:
        yield Jobs(ours.server)
