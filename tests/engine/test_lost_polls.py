"""A worker that is killed while it looks at jobs: what it has not answered another looks at, and nothing twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from tests.engine import worker
from tests.engine.mill import Mill, Params

from mediamill import Queue, Service
from mediamill.core.states import State
from mediamill.engine.identity import poller_id
from mediamill.settings import RedisSettings
from mediamill.testing import eventually

ROOT = Path(__file__).parents[2]
COUNT = 30


def looked(mill: Mill) -> list[str]:
    """Return the jobs that were looked at, by whichever process."""
    return [line.split()[1] for line in (mill.folder / "looked").read_text().splitlines()]


def lose(mill: Mill, job_id: str) -> None:
    """Let the lease of a dead worker's attempt end."""
    for _ in range(8):
        mill.forward(2)
        mill.sweeper.sweep()
        if mill.job(job_id).state is State.PENDING:
            return
    pytest.fail(f"its lease did not end: {mill.job(job_id).state}")


def work(mill: Mill, service: Service[Params]) -> None:
    mill.sweeper.sweep()
    while mill.take(service):
        pass


def test_a_killed_worker_loses_no_look_and_doubles_none(mill: Mill, redis_settings: RedisSettings) -> None:
    service = mill.service(partial(worker.run, mill), poll=partial(worker.look, mill))
    texts = [f"wait {number} {'offline' if number % 3 else 'live'}" for number in range(COUNT)]
    ids = [mill.submit(service, Params(text=text)).id for text in texts]
    work(mill, service)
    polls, poller = mill.tools.polls, poller_id("work")
    for job_id in ids:  # each is due now, and the poller is called
        assert polls.change(job_id, wishes={})
    (mill.folder / "hold").touch()
    command = [sys.executable, "-m", "tests.engine.worker", redis_settings.url, redis_settings.prefix]
    process = subprocess.Popen([*command, str(mill.folder), Queue.DEFAULT.value, "1"], cwd=ROOT)
    try:
        eventually(lambda: len(looked(mill)) == 5, within_s=20)
        told = [job_id for job_id in looked(mill) if texts[ids.index(job_id)].endswith("offline")]
        eventually(lambda: all(state.facts["looks"] == 1 for state in polls.states(told).values()))
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    (mill.folder / "hold").unlink()
    lose(mill, poller)
    work(mill, service)
    assert len(looked(mill)) == COUNT - 5, "what the dead one had taken is not another's yet"
    mill.forward(20)
    work(mill, service)
    assert Counter(looked(mill)) == Counter(ids), "each was looked at once"
    for job_id, text in zip(ids, texts, strict=True):
        assert mill.job(job_id).state is (State.SUCCESS if text.endswith("live") else State.RETRY)
    offline = {job_id: state for job_id, state in polls.states(ids).items() if state.next_at}
    assert len(offline) == COUNT * 2 // 3 == polls.waiting(["work"])["work"]
    assert all(state.facts == {"looks": 1} for state in offline.values())
    assert mill.job(poller).state is State.RETRY
