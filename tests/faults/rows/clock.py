"""The wall clock of a machine jumps. Leases and deadlines are the store's time, so nothing happens."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.faults.row import Ground, Habits, Row, Shape

from mediamill.core.states import State

SOURCE: Final = Path(__file__).parents[1] / "clock.c"
NEAR_S: Final = 60.0
JUMPS_S: Final = (3_600, -7_200, 86_400 * 40, 0)


def _moved(folder: Path) -> Iterator[Mapping[str, str]]:
    """Give every server a wall clock that we can move: a library that is loaded before the C library."""
    library = folder.parent / "clock.so"
    compiler = shutil.which("cc")
    assert compiler is not None
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    _file(folder).write_text("0")
    yield {"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(_file(folder))}


def _file(data: Path) -> Path:
    return data.parent / "clock"


def _lacks() -> str:
    return "" if shutil.which("cc") else "a C compiler"


def _jump(ground: Ground) -> None:
    running = ground.submit("recording", 3, seconds=30.0)
    ground.began(running)
    ground.load.start(Habits(clients=2, pause_s=0.5))
    moved = _file(ground.stack.data)
    for seconds in JUMPS_S:
        with ground.fault(f"the wall clock says {seconds} s more"):
            draft = moved.with_suffix(".new")
            draft.write_text(str(seconds))
            draft.rename(moved)
            ground.sleep(6)
            for job in ground.finished(ground.submit("quick", 2, seconds=0.1), 20):
                assert job.state is State.SUCCESS
                told = ground.stack.journal.runs(job.id)[-1].at
                assert abs(told - time.time() - seconds) < NEAR_S, "the clock did not jump"
    for job in ground.finished(running):
        assert job.state is State.SUCCESS
    ground.load.stop()
    jobs = [ground.job(job_id) for job_id in ground.book.ids()]
    lost = [job.id for job in jobs if any(attempt.outcome == "lose" for attempt in job.history)]
    assert not lost, f"{len(lost)} jobs lost an attempt: {lost[:5]}"


ROWS = (
    Row("clock-jump", "a wall clock that jumps loses no lease and no job", _jump, Shape(beneath=_moved), lacks=_lacks),
)
