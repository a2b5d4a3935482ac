"""A machine that slept past its leases wakes up while another does its jobs: what it has is refused."""

import time

from tests.faults.row import Ground, Row, Shape
from tests.faults.stack import thaw

from mediamill.core.states import State

#: Long enough that the second attempt still runs when the first one commits.
WORK_S = 14.0
SLEPT_S = 15.0
#: Several rounds of the sweeper.
LATE_S = 4.0


def _meanwhile(ground: Ground) -> None:
    for number in ground.rng.sample((0, 1), 2):
        machine = ground.stack.machines[number]
        jobs = ground.submit("deaf", 4, seconds=WORK_S)
        ground.began(jobs)
        stale = {entry.job_id: entry.token for entry in machine.entries() if entry.job_id in jobs}
        assert stale, f"{machine.machine} had nothing to do"
        with ground.fault(f"{machine.machine} sleeps until its jobs run elsewhere, and wakes up"):
            frozen_at = time.time()
            frozen = machine.freeze()
            try:
                # The other machine's own jobs end first; then it takes these.
                ground.runs_again(stale, frozen_at, within_s=40)
            finally:
                thaw(frozen)  # `deaf` asks nobody: its time is over, and it commits at once
            for job in ground.finished(jobs, within_s=60):
                assert job.state is State.SUCCESS, f"{job.id} is {job.state}"
                token = stale.get(job.id)
                assert (job.data or {}).get("token") != token, f"{job.id}: a stale attempt committed"
                assert not any(f"/{token}/" in file.key for file in job.files.values()), (
                    "a stale attempt's file is named"
                )


def _suspended(ground: Ground) -> None:
    """Let everything sleep for longer than a lease; one machine wakes up some seconds after the store and the other."""
    assert ground.stack.valkey is not None
    late, early = ground.stack.machines if ground.rng.random() < 0.5 else reversed(ground.stack.machines)
    jobs = ground.submit("recording", 6, seconds=25.0)
    ground.began(jobs)
    assert any(entry.job_id in jobs for entry in late.entries()), f"{late.machine} has nothing to do"
    with ground.fault("everything sleeps for 15 s, and wakes up bit by bit"):
        asleep = [server.freeze() for server in (late, early, ground.stack.valkey)]
        ground.sleep(SLEPT_S)
        thaw(asleep[2])
        thaw(asleep[1])
        ground.sleep(LATE_S)
        thaw(asleep[0])
        for job in ground.finished(jobs, within_s=60):
            outcomes = [attempt.outcome for attempt in job.history]
            assert outcomes == ["succeed"], f"{job.id} lost its lease: {outcomes}"


ROWS = (
    Row(
        "suspended",
        "a system that slept loses no lease, although its leases are over when the first part wakes up",
        _suspended,
        Shape(machines=2, slots="interactive=1,cpu=1,default=2,downloads=1,recording=3"),
    ),
    Row(
        "stale-commit",
        "who wakes up while another does its job commits nothing of it, and its files are nobody's",
        _meanwhile,
        Shape(machines=2, slots="interactive=1,cpu=2,default=2,downloads=1,recording=1"),
    ),
)
