"""Valkey killed, away, and with the end of its append-only file cut off."""

import os
import time
from pathlib import Path

from tests.faults.row import AGAIN_MAX_S, Ground, Habits, Row
from tests.faults.stack import Server

from mediamill.testing import eventually

#: How soon waiting jobs start once Valkey is back.
START_S = 5.0
OUTAGE_S = 10.0
#: What Valkey may lose with `appendfsync everysec`: the second between two syncs, and one more while a sync takes long.
FSYNC_S = 2.0


def _valkey(ground: Ground) -> Server:
    assert ground.stack.valkey is not None
    return ground.stack.valkey


def _back(ground: Ground, away_s: float, waiting: list[str]) -> None:
    """Start Valkey again after `away_s`, and see that those which wait start soon."""
    ground.sleep(away_s)
    ground.stack.start_store()
    back_at = time.time()

    def started() -> float | None:
        return next(
            (run.at - back_at for run in ground.stack.journal.runs(since=back_at) if run.job_id in waiting), None
        )

    first = eventually(started, within_s=30 * ground.margin)
    assert first is not None
    ground.recovered(first)
    assert first <= START_S * ground.margin, f"the first waiting job started after {first:.1f} s"


def _kill(ground: Ground) -> None:
    _away(ground, 0.0)


def _outage(ground: Ground) -> None:
    _away(ground, OUTAGE_S)


def _away(ground: Ground, away_s: float) -> None:
    """Kill Valkey under load, with a backlog in line, twice."""
    ground.load.start(Habits(clients=3, pause_s=0.4, longest_s=0.5))
    for _ in range(2):
        running = ground.submit("steps", 2, seconds=2 + away_s)
        waiting = ground.submit("steps", 8, seconds=0.5) + ground.submit("quick", 10, seconds=0.5)
        ground.began(running)
        ground.sleep(ground.rng.uniform(0, 1.5))
        with ground.fault(f"SIGKILL to Valkey, away for {away_s:g} s"):
            _valkey(ground).kill()
            _back(ground, away_s, waiting)
            ground.finished([*running, *waiting], within_s=60)
            for job in (ground.job(job_id) for job_id in running):
                outcomes = [attempt.outcome for attempt in job.history]
                assert outcomes == ["succeed"], f"{job.id} lost its lease: {outcomes}"
    ground.load.stop()


def _cut(ground: Ground) -> None:
    """Kill Valkey and cut off what it wrote in its last moments, as a power cut may."""
    ground.load.start(Habits(clients=3, pause_s=0.1, longest_s=0.5, cancels=0.0, moves=0.0))
    ground.sleep(6)
    running = ground.submit("deaf", 2, seconds=12)  # claimed and kept well before the cut
    ground.began(running)
    ground.sleep(3)
    path = _append_only(ground)
    with ground.fault("SIGKILL to Valkey, and the end of its append-only file cut off"):
        size, size_at = path.stat().st_size, time.time()
        ground.sleep(FSYNC_S)
        killed_at = time.time()
        _valkey(ground).kill()
        whole = path.stat().st_size
        # In the middle of a command, somewhere in what came after `size_at`.
        keep = ground.rng.randrange(size, whole)
        os.truncate(path, keep)
        ground.stack.start_store()
        ground.load.stop()
        # What was accepted after the moment of the cut may be gone; what was before it may not.
        late = [accepted for accepted in ground.book.all() if size_at <= accepted.at <= killed_at + 0.5]
        for accepted in late:
            if ground.jobs.get(accepted.id) is None:
                ground.book.forgive(accepted.id)
        back_at = time.time()
        ground.finished(ground.submit("quick", 5))
        ground.recovered(time.time() - back_at)
        ground.finished(running, within_s=AGAIN_MAX_S + 20)
        again = _ran_again(ground, killed_at) - set(running)
        ground.say(
            f"cut {whole - keep} of {whole - size} bytes: {len(ground.book.forgiven())} of {len(late)} forgotten, "
            f"{len(again)} that had ended ran again"
        )


def _ran_again(ground: Ground, killed_at: float) -> set[str]:
    """Return the jobs that ran before and after, though nothing in their history says why."""
    runs = ground.stack.journal.runs()
    twice = {run.job_id for run in runs if run.at < killed_at} & {run.job_id for run in runs if run.at > killed_at}
    return {job.id for job in ground.jobs.get_many(sorted(twice)) if len(job.history) == 1}


def _append_only(ground: Ground) -> Path:
    """Return the file that Valkey adds to now."""
    folder = ground.stack.data / "valkey" / "appendonlydir"
    return max(folder.glob("*.incr.aof"), key=lambda path: path.stat().st_mtime)


ROWS = (
    Row("valkey-kill", "Valkey killed under load loses nothing, and waiting jobs start within 5 s", _kill, short=True),
    Row("valkey-outage", "ten seconds without Valkey lose nothing; running attempts go on", _outage),
    Row("aof-cut", "a lost end of the append-only file takes what was in it and no more; no job has two results", _cut),
)
