from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import UNKNOWN_ID, WATCH, Worker, signed
from tests.web.test_jobs import ask

from mediamill.core.queues import Queue
from mediamill.store.attempts import Failure
from mediamill.store.scripts import Scripts
from mediamill.web import dead_letters
from mediamill.web.rooms import Rooms


def dead(api: TestClient, worker: Worker, *, owner: str = "ann", code: str = "BAD", watch: bool = False) -> str:
    """Return a job that was tried twice and failed."""
    if watch:
        body = {"url": "https://example.org/live"}
        job_id = str(api.post(f"/{WATCH.path}?force=true", json=body, headers=signed(owner)).json()["task_id"])
    else:
        job_id = ask(api, owner=owner)
    queue = Queue.DEFAULT if watch else Queue.CPU
    first = worker.claim(queue)
    assert worker.attempts.lose(first.id, first.token or "")
    last = worker.claim(queue)
    assert (first.id, last.id) == (job_id, job_id)
    assert worker.attempts.fail(job_id, last.token or "", Failure(code, "it broke"))
    return job_id


def listed(api: TestClient, query: str = "", owner: str = "ann") -> list[str]:
    answer = api.get(f"/dead-letters?{query}", headers=signed(owner))
    assert answer.status_code == 200, answer.text
    return [job["task_id"] for job in answer.json()["jobs"]]


def redrive(api: TestClient, body: dict[str, Any], owner: str = "ann") -> dict[str, Any]:
    answer = api.post("/dead-letters/redrive", json=body, headers=signed(owner))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# ---- the list


def test_failed_jobs_are_listed_with_the_history_of_their_attempts(api: TestClient, worker: Worker) -> None:
    job_id = dead(api, worker)
    (view,) = api.get("/dead-letters").json()["jobs"]
    assert (view["task_id"], view["status"], view["error_code"]) == (job_id, "FAILURE", "BAD")
    assert [run["outcome"] for run in view["history"]] == ["lose", "fail"]
    assert "params" not in view
    assert "owner" not in view
    (seen,) = api.get("/dead-letters", headers=signed("olga")).json()["jobs"]
    assert seen["owner"] == "ann"


@pytest.mark.parametrize("owner", ["ann", "olga"])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_go_from_the_last_to_fail_to_the_first(api: TestClient, worker: Worker, limit: int, owner: str) -> None:
    dead(api, worker, owner="bob")
    ids = [dead(api, worker) for _ in range(7)]
    found, url, rounds = [], f"/dead-letters?limit={limit}", 0
    while True:
        answer = api.get(url, headers=signed(owner))
        page = answer.json()
        found += [job["task_id"] for job in page["jobs"]]
        rounds += 1
        if "next" not in page:
            break
        url = answer.links["next"]["url"]
    assert [job_id for job_id in found if job_id in ids] == ids[::-1]
    assert len(found) == (7 if owner == "ann" else 8)
    assert rounds <= 8 // limit + 2


def test_a_page_is_not_lost_between_jobs_that_ended_in_the_same_millisecond(
    api: TestClient, worker: Worker, scripts: Scripts
) -> None:
    ids = [dead(api, worker) for _ in range(5)]
    for name in (scripts.keys("dead"), scripts.keys("dead_of", "ann")):
        scripts.client.run("ZADD", name, *(word for job_id in ids for word in (1_700_000_000_000, job_id)))
    found, cursor = [], ""
    for _ in range(6):
        page = api.get(f"/dead-letters?limit=2{cursor}").json()
        found += [job["task_id"] for job in page["jobs"]]
        cursor = f"&cursor={page.get('next')}"
        if "next" not in page:
            break
    assert sorted(found) == sorted(ids)


def test_the_list_can_be_filtered(api: TestClient, worker: Worker) -> None:
    bad, lost = dead(api, worker), dead(api, worker, code="WORKER_LOST")
    watch, theirs = dead(api, worker, watch=True), dead(api, worker, owner="bob", code="WORKER_LOST")
    assert listed(api, "service=shout") == [lost, bad]
    assert listed(api, "queue=default") == [watch]
    assert listed(api, "error_code=WORKER_LOST") == [lost]
    assert listed(api, "error_code=WORKER_LOST", "olga") == [theirs, lost]
    assert listed(api, "owner=bob", "olga") == [theirs]
    assert listed(api, "error_code=NONE&service=shout") == []


def test_the_list_can_be_cut_by_time(api: TestClient, worker: Worker, scripts: Scripts) -> None:
    scripts.offset_ms = -3_600_000
    old = dead(api, worker)
    scripts.offset_ms = 0
    new = dead(api, worker)
    half = (datetime.now(UTC) - timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    assert listed(api, f"since={half}") == [new]
    assert listed(api, f"until={half}") == [old]
    assert listed(api, f"until={half}&cursor={api.get('/dead-letters?limit=1').json()['next']}") == [old]


@pytest.mark.parametrize(
    "query", ["limit=101", "limit=0", "queue=gpu", "since=yesterday", "since=2026-03-01T00:00:00", "cursor=x", "who=me"]
)
def test_a_list_that_cannot_be_is_refused(api: TestClient, query: str) -> None:
    assert api.get(f"/dead-letters?{query}").status_code == 422


# ---- running them again


def test_one_or_some_run_again_with_their_history(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    ids = [dead(api, worker) for _ in range(2)]
    theirs, cancelled = dead(api, worker, owner="bob"), ask(api)
    rooms.jobs.cancel(cancelled)
    done = redrive(api, {"task_ids": [ids[0], ids[0], cancelled, theirs, UNKNOWN_ID]})
    assert done == {"redriven": 1, "unchanged": 1, "not_found": 2}
    again = rooms.jobs.get(ids[0])
    assert again is not None
    assert (again.state, again.failures, again.worker_losses, len(again.history)) == ("PENDING", 0, 0, 2)
    assert listed(api) == [ids[1]]
    assert worker.claim().id == ids[0]


def test_those_of_a_filter_run_again(api: TestClient, worker: Worker) -> None:
    bad = dead(api, worker)
    lost = [dead(api, worker, code="WORKER_LOST") for _ in range(3)]
    theirs = dead(api, worker, owner="bob", code="WORKER_LOST")
    assert redrive(api, {"filter": {"error_code": "WORKER_LOST"}}) == {"redriven": 3, "unchanged": 0, "not_found": 0}
    assert set(listed(api, owner="olga")) == {bad, theirs}
    assert {worker.claim().id for _ in range(3)} == set(lost)
    assert redrive(api, {"filter": {"owner": "bob"}}, "root")["redriven"] == 1
    assert redrive(api, {"all": True}, "root")["redriven"] == 1
    assert listed(api, owner="olga") == []


def test_all_means_all_of_ones_own(api: TestClient, worker: Worker) -> None:
    mine, theirs = dead(api, worker), dead(api, worker, owner="bob")
    assert redrive(api, {"all": True})["redriven"] == 1
    assert listed(api, owner="olga") == [theirs]
    assert worker.claim().id == mine


@pytest.mark.parametrize(
    "body",
    [
        {"filter": {}},
        {"filter": {"service": None}},
        {},
        {"all": False},
        {"task_ids": []},
        {"task_ids": ["x"] * 501},
        {"task_ids": ["x"], "all": True},
        {"filter": {"service": "shout"}, "all": True},
        {"task_ids": ["x"], "cursor": "y"},
        {"all": True, "cursor": "y"},
        {"filter": {"colour": "red"}},
    ],
)
def test_a_redrive_of_nothing_or_of_all_by_mistake_is_refused(
    api: TestClient, worker: Worker, body: dict[str, Any]
) -> None:
    job_id = dead(api, worker)
    answer = api.post("/dead-letters/redrive", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_INPUT")
    assert listed(api) == [job_id]


def test_an_empty_filter_says_how_to_mean_all(api: TestClient) -> None:
    answer = api.post("/dead-letters/redrive", json={"filter": {}})
    assert '{"all": true}' in answer.json()["detail"]


def test_a_long_redrive_goes_on_by_its_cursor_and_meets_nobody_twice(
    api: TestClient, worker: Worker, scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "BUDGET_S", 0.0)
    many(scripts, 1_100)
    body: dict[str, Any] = {"filter": {"service": "shout"}}
    redriven = []
    while True:
        done = redrive(api, body)
        redriven.append(done["redriven"])
        if "next" not in done:
            break
        body["cursor"] = done["next"]
        for _ in range(done["redriven"]):  # all of them fail again at once
            job = worker.claim()
            assert worker.attempts.fail(job.id, job.token or "", Failure("AGAIN", "no"))
    assert redriven == [500, 500, 100, 0]
    assert len(listed(api, "error_code=AGAIN&limit=100")) == 100


def many(scripts: Scripts, count: int) -> None:
    """Make dead letters of ann's, each of its own millisecond."""
    for start in range(0, count, 100):
        ids = [f"01994f6e-5f0a-7c31-9d0c-{number:012x}" for number in range(start, start + 100)]
        plain = {"owner": "ann", "queue": "cpu", "priority": 0, "request_hash": "h"}
        scripts.many("submit", [{"id": job_id, **plain} for job_id in ids])
        claim = {"queue": "cpu", "machine": "m", "worker": "w", "lease_ms": 10_000}
        scripts.many("claim", [{"token": job_id, **claim} for job_id in ids])
        scripts.client.many([("HSET", scripts.keys("job", job_id), "service", "shout") for job_id in ids])
        scripts.many("move", [{"id": job_id, "event": "fail", "token": job_id} for job_id in ids])


def test_a_job_whose_uploads_are_over_does_not_run_again_and_says_why(
    api: TestClient, rooms: Rooms, worker: Worker, scripts: Scripts
) -> None:
    form = {"file": ("a.txt", b"hello")}
    job_id = str(api.post("/shout?force=true", files=form, data={"params": "{}"}).json()["task_id"])
    job = worker.claim()
    assert worker.attempts.fail(job.id, job.token or "", Failure("BAD", "no"))
    assert rooms.jobs.retention.expire(job_id, scripts.now_ms()) == "expired"
    assert redrive(api, {"all": True}) == {"redriven": 0, "unchanged": 1, "not_found": 0}
    answer = api.post(f"/jobs/{job_id}/retry")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "UPLOADS_EXPIRED")
