"""Valkey's memory full, and the disk under everything full: refused or put aside, and well again by itself."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.disk import SmallDisk, lacking
from tests.faults.row import Ground, Habits, Row, Shape
from tests.faults.wire import Told, once

from mediamill.core.states import State
from mediamill.store.pool import Client, connect
from mediamill.testing import eventually

MIB: Final = 2**20
ANSWERS_WITHIN_S: Final = 4.0
BACK_WITHIN_S: Final = 30.0
FILLER_MIB: Final = 32
DISK_BYTES: Final = 96 * MIB
#: Jobs that write wait when there is less room than this.
FREE: Final = "8MiB"
_JOBS: Final = Habits(clients=2, pause_s=0.5)


def _asked(ground: Ground, count: int) -> list[Told]:
    """Submit and ask once each; every answer comes in time, and is yes or not now."""
    told = []
    for _ in range(count):
        number = ground.rng.getrandbits(40)
        body = {"number": number, "seconds": 0.0}
        told.append(once(ground.stack.doors[0], "POST", "/quick", body, idempotency_key=f"full-{number}"))
        assert told[-1].status in {202, 503}, told[-1]
        assert told[-1].status == 202 or "retry-after" in told[-1].headers, told[-1]
        assert told[-1].seconds <= ANSWERS_WITHIN_S * ground.margin, told[-1]
        if told[-1].status == 202:
            ground.book.accept(str(told[-1].body["task_id"]), "quick", "ann", time.time())
    return told


def _troubled(ground: Ground) -> bool:
    """Whether /ready says that something is wrong: not ready, or only by the spool."""
    told = once(ground.stack.doors[0], "GET", "/ready")
    return told.status == 503 or told.body.get("status", "ok") != "ok"


def _back(ground: Ground) -> None:
    """Wait until the API is as it was, without anybody's help, and a new job runs."""
    began = time.monotonic()
    eventually(lambda: not _troubled(ground), within_s=BACK_WITHIN_S * ground.margin)
    ground.finished(ground.submit("quick", seconds=0.0), BACK_WITHIN_S)
    ground.recovered(time.monotonic() - began)


def _said(told: list[Told]) -> str:
    taken = sum(each.status == 202 for each in told)
    return f"{taken} of {len(told)} taken meanwhile, the slowest answer {max(each.seconds for each in told):.2f} s"


# ---- memory


def _memory(ground: Ground) -> None:
    """Fill Valkey's memory, and let it go again."""
    running = ground.submit("recording", 2, seconds=12.0)
    ground.began(running)
    ground.load.start(_JOBS)
    ground.sleep(2)
    store = connect(ground.stack.settings().redis)
    told: list[Told] = []
    try:
        for _ in range(2):
            with ground.fault("Valkey's memory is full"), _full(store):
                eventually(lambda: _troubled(ground), within_s=5 * ground.margin)
                told += _asked(ground, 12)
                ground.sleep(3)
            _back(ground)
    finally:
        store.run("CONFIG", "SET", "maxmemory", 0)
        store.close()
    for job in ground.finished(running):
        assert job.state is State.SUCCESS
        assert job.attempt == 1, f"{job.id} needed {job.attempt} attempts"
    ground.say(_said(told))


@contextmanager
def _full(store: Client) -> Iterator[None]:
    """Let somebody else's keys fill Valkey, and put the limit below them; they go, the limit stays."""
    store.run("CONFIG", "SET", "maxmemory", 0)
    for number in range(FILLER_MIB):
        store.run("SET", f"filler:{number}", "x" * MIB)
    used = int(store.run("INFO", "memory")["used_memory"])
    store.run("CONFIG", "SET", "maxmemory", used - 2 * MIB)
    try:
        yield
    finally:
        for number in range(FILLER_MIB):
            store.run("DEL", f"filler:{number}")


# ---- disk


@dataclass
class Disk:
    """A Shape's `beneath`: a small disk under the data folder as long as the stack stands."""

    _disk: SmallDisk | None = None

    def __call__(self, folder: Path) -> Iterator[Mapping[str, str]]:
        """Mount it, and enter: the servers that we start find it."""
        with SmallDisk(folder, DISK_BYTES) as self._disk, self._disk.entered():
            yield {}

    @property
    def disk(self) -> SmallDisk:
        """The disk of the stack that runs."""
        assert self._disk is not None, "no stack stands on this disk"
        return self._disk


_DISK: Final = Disk()


def _disk(ground: Ground) -> None:
    """Fill the disk on which Valkey's append-only file, the artifacts and the scratch lie."""
    ground.load.start(_JOBS)
    ground.sleep(3)
    told: list[Told] = []
    for leave_bytes in (0, 16 * 1024, 0):
        with ground.fault(f"the disk is full but for {leave_bytes} bytes"):
            _DISK.disk.fill(leave_bytes=leave_bytes)
            try:
                eventually(lambda: _troubled(ground), within_s=10 * ground.margin)
                told += _asked(ground, 8)
                ground.sleep(4)
            finally:
                _DISK.disk.clear()
            _back(ground)
    ground.say(_said(told))


ROWS = (
    Row(
        "memory-full",
        "503 or the spool while Valkey's memory is full; running jobs commit; well again by itself",
        _memory,
        short=True,
    ),
    Row(
        "disk-full",
        "not ready while the disk is full; nothing accepted is lost; well again by itself",
        _disk,
        Shape(beneath=_DISK, environ={"MEDIAMILL_MIN_FREE": FREE}),
        lacks=lacking,
    ),
)
