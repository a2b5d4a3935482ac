"""Cancel and stop as a user and an operator meet them: the real stack, with a service that does not listen."""

import signal
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.e2e.up import Up, running

from mediamill.testing import eventually

#: Its program starts a grandchild in a session of its own that knows nothing of us and ignores what it is told.
SERVICE = r"""
    import time
    from pydantic import BaseModel
    from mediamill import Context, Result, Service

    FAMILY = 'setsid env -i PATH="$PATH" sh -c "trap \'\' INT TERM; sleep $1 & sleep $1" & sleep "$1"'

    class Params(BaseModel):
        seconds: float

    def run(params: Params, ctx: Context) -> Result:
        try:
            ctx.run("sh", "-c", FAMILY, "sh", str(params.seconds), timeout_s=600)
        finally:
            time.sleep(60)
        return Result()

    service = Service("stubborn", Params, run, queue="cpu")
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with the service in it, as a plug-in."""
    folder = tmp_path / "plugins"
    told = folder / "stubborn-0.dist-info"
    told.mkdir(parents=True)
    (folder / "stubborn.py").write_text(textwrap.dedent(SERVICE))
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: stubborn\nVersion: 0\n")
    (told / "entry_points.txt").write_text("[mediamill.services]\nstubborn = stubborn:service\n")
    return folder


@pytest.fixture
def ups(tmp_path: Path, plugins: Path) -> Iterator[list[Up]]:
    """Servers on one data folder, started one after the other by the test."""
    data = tmp_path / "data"
    data.mkdir()
    started = [Up(data, path=str(plugins))]
    yield started
    for up in started:
        up.kill()


def sleepers(seconds: float) -> list[psutil.Process]:
    """Return the processes with that number among their arguments."""
    found = [each for each in psutil.process_iter(["cmdline"]) if str(seconds) in (each.info["cmdline"] or ())]
    return running(found)


def asked(up: Up, seconds: float) -> str:
    """Submit the job and wait until its programs run."""
    job_id = str(up.client.post("/stubborn", json={"seconds": seconds}).json()["task_id"])
    eventually(lambda: len(sleepers(seconds)) >= 4, within_s=20)
    return job_id


def job_of(up: Up, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = up.client.get(f"/jobs/{job_id}").json()
    return job


def scratch_of(up: Up, job_id: str) -> list[Path]:
    return list((up.folder / "scratch").glob(f"*/{job_id}/*"))


def test_a_cancelled_job_has_left_nothing_after_ten_seconds(ups: list[Up]) -> None:
    (up,) = ups
    seconds = 6000.25 + up.process.pid
    job_id = asked(up, seconds)
    assert scratch_of(up, job_id)
    workers = up.workers()
    up.client.delete(f"/jobs/{job_id}")
    eventually(lambda: job_of(up, job_id)["status"] == "REVOKED", within_s=10)
    assert (sleepers(seconds), scratch_of(up, job_id)) == ([], [])
    assert len(running(workers)) == len(workers) - 1  # its pool process; Celery makes another
    assert up.client.post("/speech", json={"text": "hi"}, headers={"Prefer": "wait=30"}).json()["status"] == "SUCCESS"


def pending(process: psutil.Process) -> set[int]:
    """Return the signals that a process has been sent and has not taken. Source: proc_pid_status(5), ShdPnd."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    mask = int(next(line for line in status.splitlines() if line.startswith("ShdPnd")).split()[1], 16)
    return {number for number in signal.valid_signals() if mask >> (number - 1) & 1}


@pytest.mark.parametrize("busy", [False, True], ids=["heard", "busy"])
def test_a_second_signal_hands_back_at_once_and_leaves_nothing(ups: list[Up], *, busy: bool) -> None:
    """busy: the parent of the workers takes neither signal before both are sent."""
    (up,) = ups
    seconds = 6000.5 + up.process.pid
    job_id = asked(up, seconds)
    everything = up.processes()
    (nursery,) = (each for each in psutil.Process(up.process.pid).children() if "worker" in each.cmdline())
    if busy:
        nursery.suspend()
        eventually(lambda: nursery.status() == psutil.STATUS_STOPPED)  # until then it could still take a signal
    up.process.terminate()
    eventually(lambda: not (up.folder / "url").exists())  # it has heard the first
    assert up.process.poll() is None
    began = time.monotonic()
    up.process.terminate()
    if busy:
        eventually(lambda: len(pending(nursery) & {signal.SIGINT, signal.SIGTERM}) == 2, within_s=20)
        nursery.resume()
        began = time.monotonic()
    assert up.process.wait(15) == 130
    assert time.monotonic() - began < 10
    assert (running(everything), sleepers(seconds), scratch_of(up, job_id)) == ([], [], [])

    ups.append(again := Up(up.folder, path=str(up.folder.parent / "plugins")))
    eventually(lambda: job_of(again, job_id)["status"] == "STARTED", within_s=20)
    job = job_of(again, job_id)
    assert (job["attempt"], [attempt["outcome"] for attempt in job["history"]]) == (1, ["hand_back"])
