"""SIGSTOP: a machine that sleeps past its leases and wakes up as a zombie; a Valkey that answers nobody."""

import time

from tests.faults.row import AGAIN_MAX_S, Ground, Row
from tests.faults.rows.kills import TWO_MACHINES
from tests.faults.stack import Machine, thaw

from mediamill.testing import eventually

STORE_STOPPED_S = 15.0


def _zombie(ground: Ground) -> None:
    """Stop a whole machine until the other one has run its jobs, then let it go on with what it had."""
    for number in ground.rng.sample((0, 1), 2):
        machine = ground.stack.machines[number]
        # `deaf` ends at once when its machine goes on, and commits: nothing has told it to stop.
        jobs = ground.submit("deaf", 3, seconds=5) + ground.submit("recording", 4, seconds=5)
        ground.began(jobs)
        stale = {entry.job_id: entry.token for entry in machine.entries()}
        assert stale, f"{machine.machine} had nothing to do"
        with ground.fault(f"SIGSTOP to all of {machine.machine}"):
            frozen_at = time.time()
            frozen = machine.freeze()
            try:
                seconds = ground.runs_again(stale, frozen_at)
                assert max(seconds) <= AGAIN_MAX_S * ground.margin
                ground.finished(jobs)
            finally:
                thaw(frozen)
            _goes_on(ground, machine)
            for job_id, token in stale.items():
                job = ground.job(job_id)
                assert all(token not in artifact.key for artifact in job.files.values() if "part" not in artifact.name)
                assert job.data is not None
                assert job.data["token"] != token, "a stale attempt committed"


def _goes_on(ground: Ground, machine: Machine) -> None:
    """Wait until the machine has given up what is not its own any more, and takes jobs again."""
    eventually(lambda: not machine.entries(), within_s=20 * ground.margin)
    ground.finished(ground.submit("steps", 4, seconds=0.2))


def _store(ground: Ground) -> None:
    """Stop Valkey for longer than a lease while jobs run."""
    assert ground.stack.valkey is not None
    jobs = ground.submit("steps", 2, seconds=25) + ground.submit("recording", 4, seconds=22)
    short = ground.submit("steps", 2, seconds=3, queue="default")  # they end while it answers nobody
    ground.began([*jobs, *short])
    with ground.fault(f"SIGSTOP to Valkey for {STORE_STOPPED_S:g} s"):
        frozen = ground.stack.valkey.freeze()
        ground.sleep(STORE_STOPPED_S)
        thaw(frozen)
        thawed_at = time.time()
        ground.finished(short, within_s=10)
        ground.recovered(time.time() - thawed_at)
        for job in ground.finished([*jobs, *short]):
            outcomes = [attempt.outcome for attempt in job.history]
            assert outcomes == ["succeed"], f"{job.id} ({job.service}) lost its lease: {outcomes}"


ROWS = (
    Row("zombie", "a machine that slept past its leases commits nothing of what it had", _zombie, shape=TWO_MACHINES),
    Row("valkey-stop", "no lease is lost while Valkey answers nobody for 15 s", _store),
)
