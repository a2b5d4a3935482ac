"""Documents that nobody should send, sent to the real stack: each is refused in plain words, and harms nobody."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import pytest
from tests.e2e.up import ROOT, Up, running
from tests.media.documents.hostile import HOSTILE, READ

from mediamill.media.documents import scanning
from mediamill.testing import eventually

MIB = 2**20
#: What the worker may take beside its models: a page of 200,000 characters, each in a line of its own.
WORKERS_GROWTH_BYTES = 160 * MIB
GOOD = (ROOT / "examples/documents/honey-bees.md").read_text("utf-8")


class Peaks:
    """The most memory that each process of a server ever had, bytes, looked at again and again."""

    def __init__(self, up: Up) -> None:
        self._up = up
        self._over = Event()
        self.of: dict[psutil.Process, int] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        thread = Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.look()

    def look(self) -> None:
        for process in self._up.processes():
            with suppress(psutil.Error, OSError):
                status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
                if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                    self.of[process] = int(found[1]) * 1024


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    server = Up(tmp_path_factory.mktemp("documents"))
    finished(server, submitted(server, "bees.txt", GOOD.encode()))  # so that the worker has its models
    yield server
    server.stop()


def submitted(up: Up, name: str, content: bytes) -> str:
    params = json.dumps({"audio": False})
    answer = up.client.post("/documents?force=true", data={"params": params}, files={"file": (name, content)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def finished(up: Up, job_id: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = up.client.get(f"/jobs/{job_id}").json()
        return job if job["ended_at"] else None

    found = eventually(ended, within_s=120)
    assert found is not None
    return found


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_once_and_the_next_document_is_read(up: Up, what: str, tmp_path: Path) -> None:
    hostile, path = HOSTILE[what], tmp_path / "hostile"
    hostile.write(path)
    before, began_s = set(running(up.processes())), time.monotonic()
    peaks = Peaks(up)
    peaks.look()
    workers = dict(peaks.of)
    with peaks.watched():
        job = finished(up, submitted(up, hostile.name, path.read_bytes()))
    took_s = time.monotonic() - began_s
    if READ not in hostile.codes or job["status"] != "SUCCESS":
        assert (job["status"], job["attempt"]) == ("FAILURE", 1), job
        assert job["error_code"] in hostile.codes, job["error_message"]
        assert 20 < len(job["error_message"]) < 300
        assert "/" not in job["error_message"], "no path of ours"
    eventually(lambda: set(running(up.processes())) == before)
    grown = max(peaks.of[each] - peak for each, peak in workers.items())
    parsers = max((peak for each, peak in peaks.of.items() if each not in workers), default=0)
    sizes = f"worker {grown / MIB:+.0f} MiB, parsers {parsers / MIB:.0f} MiB"
    print(f"{what}: {took_s:.1f} s, {sizes}, {job.get('error_code')}")  # noqa: T201 - the record that `-rP` shows
    assert grown < WORKERS_GROWTH_BYTES
    assert parsers < scanning.BOUNDS.memory_bytes, "what the process may have that sees pages; others have half of it"
    assert finished(up, submitted(up, "bees.txt", GOOD.encode("utf-16")))["status"] == "SUCCESS"
