import itertools
from dataclasses import replace
from typing import Any

import pytest

from mediamill.core.job import Artifact
from mediamill.core.queues import Queue
from mediamill.core.states import State
from mediamill.store.attempts import Attempts
from mediamill.store.jobs import Jobs, Request
from mediamill.store.scripts import Scripts

_ids = itertools.count()


def request(**changes: Any) -> Request:
    plain = Request(
        id=f"job-{next(_ids)}",
        service="shout",
        owner="ann",
        queue=Queue.CPU,
        params={"text": "hi"},
        uploads={},
        request_hash="h",
        time_limit_s=60,
    )
    return replace(plain, **changes)


@pytest.fixture
def jobs(scripts: Scripts) -> Jobs:
    return Jobs(scripts)


@pytest.fixture
def attempts(scripts: Scripts) -> Attempts:
    return Attempts(scripts)


def claim(attempts: Attempts) -> Any:
    return attempts.claim(Queue.CPU, machine="m", worker="w")


def test_a_job_goes_from_submit_to_success(jobs: Jobs, attempts: Attempts) -> None:
    submitted = jobs.submit(request())
    assert submitted.outcome == "new"
    job = claim(attempts)
    assert job.id == submitted.id
    assert job.state is State.STARTED
    assert attempts.progress(job.id, job.token, 50, "half") == "held"
    artifact = Artifact(name="a.txt", key="k", sha256="s", size_bytes=1)
    assert attempts.publish(job.id, job.token, artifact)
    assert attempts.log(job.id, job.token, [{"at_ms": 1, "attempt": 1, "event": "said", "fields": {"a": 1}}])
    assert attempts.succeed(job.id, job.token, {"a.txt": artifact}, {"n": 1})
    done = jobs.get(job.id)
    assert done is not None
    assert (done.state, done.progress, done.files, done.data) == (State.SUCCESS, 100, {"a.txt": artifact}, {"n": 1})
    assert [event.data.get("status") for event in jobs.events(job.id)] == ["PENDING", "STARTED", None, None, "SUCCESS"]
    assert jobs.log(job.id, last_n=1)[0].event == "said"
    assert [j.id for j in jobs.page(owner="ann").jobs] == [job.id]
    assert jobs.forget(job.id)
    assert jobs.get(job.id) is None
