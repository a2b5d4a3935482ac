"""A machine that slept past its leases wakes up while another does its jobs: what it has is refused."""

import time

from tests.faults.row import Ground, Row, Shape
from tests.faults.stack import thaw

from mediamill.core.states import State

#: Long enough that the second attempt still runs when the first one commits.
WORK_S = 14.0


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


ROWS = (
    Row(
        "stale-commit",
        "who wakes up while another does its job commits nothing of it, and its files are nobody's",
        _meanwhile,
        Shape(machines=2, slots="interactive=1,cpu=2,default=2,downloads=1,recording=1"),
    ),
)
