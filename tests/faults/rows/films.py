"""kill -9 of attempts that film what nobody can film again."""

import time

from tests.faults.row import Ground, Row
from tests.faults.rows.kills import TWO_MACHINES, on, within_bounds

from mediamill.core.queues import Queue
from mediamill.testing import eventually

#: From the start of the machine that has the files: its keeper looks every 5 s, and hands in by a process of its own.
RESCUED_WITHIN_S = 40.0


def _film(ground: Ground) -> None:
    """Kill a worker of threads that films, then a whole machine, and look for every frame that was ever filmed."""
    jobs = ground.submit("film", 4, seconds=6)
    entries = ground.began(jobs)
    ground.sleep(ground.rng.uniform(0.5, 2))
    victim = ground.rng.choice(ground.stack.machines)
    with ground.fault(f"SIGKILL to the worker of `recording` of {victim.machine}"):
        pid = victim.worker(Queue.RECORDING).pid
        killed_at = time.time()
        victim.worker(Queue.RECORDING).kill()
        within_bounds(ground, ground.runs_again(on(entries, pid), killed_at))
    there = ground.rng.choice([each for each in ground.stack.machines if each.entries()])
    ground.sleep(ground.rng.uniform(0.5, 2))
    with ground.fault(f"SIGKILL to all of {there.machine}, whose jobs end elsewhere"):
        there.kill_tree()
        ground.finished(jobs)
        ground.say(f"{len(_lost(ground))} frames were with the machine that is gone")
        there.start()
        there.keeper()
        started_at = time.time()
        eventually(lambda: _all_there(ground), within_s=RESCUED_WITHIN_S * ground.margin)
        ground.recovered(time.time() - started_at)
    ground.stack.ready()


def _all_there(ground: Ground) -> bool:
    lost, left = _lost(ground), [str(path) for path in (ground.stack.data / "lasting").glob("*/*/files")]
    assert not lost, f"{len(lost)} frames are lost: {sorted(lost)[:5]}"
    assert not left, f"lasting folders are left: {left}"
    return True


def _lost(ground: Ground) -> set[str]:
    """Return the frames that are in no file of a job that succeeded."""
    kept: set[str] = set()
    for job in map(ground.job, ground.jobs.all_ids()):
        for artifact in job.files.values() if job.service == "film" else ():
            kept |= set(b"".join(ground.house.artifacts.store.read(artifact.key)).decode().split())
    return ground.stack.journal.frames() - kept


ROWS = (Row("film-kill", "what an attempt was filming when it was killed is lost by nobody", _film, TWO_MACHINES),)
