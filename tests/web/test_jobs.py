import re
import threading
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import SHOUT, ShoutParams, Worker, kept, signed

from mediamill.core.states import State
from mediamill.engine.submit import Ask, Parent
from mediamill.store.attempts import Failure
from mediamill.testing import eventually
from mediamill.web.rooms import Rooms

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def ask(api: TestClient, text: str = "hi", owner: str = "ann", query: str = "") -> str:
    answer = api.post(f"/shout?force=true{query}", json={"text": text}, headers=signed(owner))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def test_a_job_tells_what_a_client_may_know(api: TestClient, worker: Worker) -> None:
    params = {"text": "x" * 1_000, "cookie": "a-secret-cookie"}
    job_id = api.post("/shout", json=params).json()["task_id"]
    job = worker.claim()
    worker.attempts.progress(job.id, job.token or "", 40, "shouting")
    worker.attempts.retry(job.id, job.token or "", Failure("BUSY", "not now"), delay_s=0)
    answer = api.get(f"/jobs/{job_id}")
    view = answer.json()
    assert (view["status"], view["progress"], view["stage"], view["attempt"]) == ("RETRY", 40.0, "shouting", 1)
    assert (view["error_code"], view["error_message"]) == ("BUSY", "not now")
    assert (view["queue"], view["priority"], view["service"]) == ("cpu", 0, "shout")
    assert all(TIME.fullmatch(view[name]) for name in ("created_at", "started_at", "due_at"))
    assert [(run["outcome"], run["error_code"]) for run in view["history"]] == [("retry", "BUSY")]
    assert view["params"] == {"text": "x" * 500 + "…", "loudness": {"gain_db": 6.0, "key": None}, "cookie": "***"}
    assert view["links"]["events"] == f"/jobs/{job_id}/events"
    for hidden in (job.token or "?", "a-secret-cookie", 'm1"', "dedupe", "request_hash", "machine"):
        assert hidden not in answer.text


def test_a_finished_job_names_its_files(api: TestClient, worker: Worker) -> None:
    job_id = ask(api)
    worker.succeed(worker.claim(), **{"Bài 1.txt": b"loud"})
    view = api.get(f"/jobs/{job_id}").json()
    (file,) = view["files"]
    assert (view["status"], view["progress"], view["data"]) == ("SUCCESS", 100.0, {"seconds": 1.5})
    assert (file["name"], file["size_bytes"], file["media_type"]) == ("Bài 1.txt", 4, "text/plain")
    assert api.get(file["url"]).content == b"loud"
    assert "key" not in file


def test_a_job_that_did_not_change_is_not_sent_again(api: TestClient, worker: Worker) -> None:
    job_id = ask(api)
    first = api.get(f"/jobs/{job_id}")
    etag = first.headers["ETag"]
    assert (first.headers["Cache-Control"], first.headers["Retry-After"]) == ("private, no-cache", "2")
    for known in (etag, f'"other", {etag}', "*", etag.removeprefix("W/")):
        again = api.get(f"/jobs/{job_id}", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    worker.succeed(worker.claim())
    changed = api.get(f"/jobs/{job_id}", headers={"If-None-Match": etag})
    assert (changed.status_code, changed.json()["status"]) == (200, "SUCCESS")
    assert "Retry-After" not in changed.headers


def test_a_look_can_wait_for_the_end(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    job_id = ask(api)

    def work() -> None:
        eventually(lambda: rooms.live.watched)
        worker.succeed(worker.claim())

    working = threading.Thread(target=work)
    working.start()
    answer = api.get(f"/jobs/{job_id}", headers={"Prefer": "wait=15"})
    working.join()
    assert (answer.json()["status"], answer.headers["Preference-Applied"]) == ("SUCCESS", "wait=15")


def test_a_list_goes_on_where_the_page_before_ended(api: TestClient) -> None:
    ids = [ask(api, f"text {number}") for number in range(7)][::-1]
    seen: list[str] = []
    url: str | None = "/jobs?limit=3"
    pages = 0
    while url:
        answer = api.get(url)
        seen += [job["task_id"] for job in answer.json()["jobs"]]
        assert ("next" in answer.json()) == ("Link" in answer.headers)
        found = re.fullmatch(r'<(/jobs\?.*)>; rel="next"', answer.headers.get("Link", ""))
        url = found[1] if found else None
        pages += 1
    assert seen == ids
    assert pages in {3, 4}
    assert "params" not in api.get("/jobs").json()["jobs"][0]


def test_a_list_can_be_filtered(api: TestClient, worker: Worker) -> None:
    done, waiting = ask(api, "one"), ask(api, "two")
    worker.succeed(worker.claim())
    other = api.post("/watchers", json={"url": "https://example.org"}).json()["task_id"]

    def ids(query: str) -> list[str]:
        return [job["task_id"] for job in api.get(f"/jobs?{query}").json()["jobs"]]

    assert ids("status=SUCCESS") == [done]
    assert ids("status=PENDING") == [other, waiting]
    assert ids("service=watch") == [other]
    assert ids("service=watch&status=SUCCESS") == []
    assert ids("service=nobody") == []


def test_jobs_that_only_another_asked_for_are_listed_when_told_to(
    api: TestClient, rooms: Rooms, worker: Worker
) -> None:
    parent_id = ask(api, "one")
    parent = worker.claim()
    wanted = Ask(service=SHOUT, params=ShoutParams(text="two"), owner="ann", parent=Parent(parent, 1))
    child_id = rooms.submitter.submit(wanted).id
    assert [job["task_id"] for job in api.get("/jobs").json()["jobs"]] == [parent_id]
    listed = api.get("/jobs?children=true").json()["jobs"]
    assert [job["task_id"] for job in listed] == [child_id, parent_id]
    assert api.get(f"/jobs/{child_id}").status_code == 200


def test_only_operators_see_everybodys_jobs(api: TestClient) -> None:
    anns, bobs = ask(api), ask(api, owner="bob")

    def seen(owner: str, query: str = "") -> list[tuple[str, Any]]:
        jobs = api.get(f"/jobs?{query}", headers=signed(owner)).json()["jobs"]
        return [(job["task_id"], job.get("owner")) for job in jobs]

    assert seen("ann") == [(anns, None)]
    assert seen("olga") == [(bobs, "bob"), (anns, "ann")]
    assert seen("olga", "owner=ann") == [(anns, "ann")]
    assert api.get("/jobs?owner=bob").status_code == 403


def test_a_waiting_job_can_be_moved_in_its_line(api: TestClient, worker: Worker) -> None:
    first, second = ask(api, "one"), ask(api, "two")
    answer = api.patch(f"/jobs/{second}", json={"priority": 9})
    assert (answer.status_code, answer.json()["priority"]) == (200, 9)
    assert worker.claim().id == second
    late = api.patch(f"/jobs/{second}", json={"priority": 1})
    assert (late.status_code, late.json()["error_code"]) == (409, "CONFLICT")
    assert worker.claim().id == first


def test_a_waiting_job_is_cancelled_at_once(api: TestClient) -> None:
    job_id = ask(api)
    answer = api.delete(f"/jobs/{job_id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "REVOKED")
    assert api.delete(f"/jobs/{job_id}").status_code == 200


def test_a_running_job_is_cancelled_when_its_attempt_ends(api: TestClient, worker: Worker) -> None:
    job_id = ask(api)
    job = worker.claim()
    for _ in range(2):
        answer = api.delete(f"/jobs/{job_id}")
        assert (answer.status_code, answer.json()["status"]) == (202, "STARTED")
    assert worker.attempts.cancelled(job.id, job.token or "")
    assert api.get(f"/jobs/{job_id}").json()["status"] == "REVOKED"


def test_what_has_ended_cannot_be_cancelled(api: TestClient, worker: Worker) -> None:
    job_id = ask(api)
    worker.succeed(worker.claim())
    answer = api.delete(f"/jobs/{job_id}")
    assert (answer.status_code, "SUCCESS" in answer.json()["detail"]) == (409, True)


def test_purging_removes_a_finished_job_with_its_files(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    job_id = api.post("/shout", files={"file": ("a.txt", b"hello")}).json()["task_id"]
    assert api.delete(f"/jobs/{job_id}?purge=true").status_code == 409
    worker.succeed(worker.claim(), **{"a.txt": b"loud"})
    assert len(kept(rooms)) == 2
    answer = api.delete(f"/jobs/{job_id}?purge=true")
    assert (answer.status_code, answer.content) == (204, b"")
    assert kept(rooms) == []
    assert api.get(f"/jobs/{job_id}").status_code == 404
    assert api.get("/jobs").json() == {"jobs": []}


def test_a_running_job_can_be_asked_to_finish_early(api: TestClient, worker: Worker) -> None:
    job_id = ask(api)
    assert api.post(f"/jobs/{job_id}/stop").status_code == 409
    job = worker.claim()
    answer = api.post(f"/jobs/{job_id}/stop")
    assert (answer.status_code, answer.json()["stopping"]) == (202, True)
    assert worker.attempts.renew([(job.id, job.token or "")]) == ["stop"]


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_failed_or_cancelled_job_can_be_run_again(api: TestClient, rooms: Rooms, worker: Worker, end: str) -> None:
    job_id = ask(api)
    assert api.post(f"/jobs/{job_id}/retry").status_code == 409
    if end == "failed":
        job = worker.claim()
        assert worker.attempts.fail(job.id, job.token or "", Failure("BAD", "no"))
    else:
        assert rooms.jobs.cancel(job_id)
    answer = api.post(f"/jobs/{job_id}/retry")
    assert (answer.status_code, answer.json()["task_id"], answer.json()["status"]) == (202, job_id, "PENDING")
    worker.succeed(worker.claim())
    assert api.post(f"/jobs/{job_id}/retry").status_code == 409


def test_one_of_two_jobs_about_the_same_is_run_again_only_when_the_other_has_ended(
    api: TestClient, rooms: Rooms
) -> None:
    service = replace(SHOUT, dedupe="alive", identity=lambda _params: "all the same")
    ask_for = partial(Ask, service=service, owner="ann")
    first = rooms.submitter.submit(ask_for(params=ShoutParams(text="one"))).id
    rooms.jobs.cancel(first)
    second = rooms.submitter.submit(ask_for(params=ShoutParams(text="two"))).id
    answer = api.post(f"/jobs/{first}/retry")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "CONFLICT")
    assert "about the same" in answer.json()["detail"]
    rooms.jobs.cancel(second)
    assert api.post(f"/jobs/{first}/retry").status_code == 202


def test_operators_look_and_admins_act_on_everybodys_jobs(api: TestClient, rooms: Rooms) -> None:
    job_id = ask(api)
    view = api.get(f"/jobs/{job_id}", headers=signed("olga"))
    assert (view.status_code, view.json()["owner"]) == (200, "ann")
    refused = api.delete(f"/jobs/{job_id}", headers=signed("olga"))
    assert (refused.status_code, refused.json()["error_code"]) == (403, "FORBIDDEN")
    assert api.delete(f"/jobs/{job_id}", headers=signed("root")).status_code == 200
    job = rooms.jobs.get(job_id)
    assert job is not None
    assert job.state is State.REVOKED


def test_operators_see_queues_and_workers_and_admins_pause_them(api: TestClient, worker: Worker) -> None:
    ask(api, query="&priority=5")
    worker.fleet.report("m1", {"seen_ms": 1, "running": []})
    (cpu,) = [queue for queue in api.get("/queues", headers=signed("olga")).json()["queues"] if queue["name"] == "cpu"]
    assert (cpu["waiting"], cpu["by_priority"], cpu["paused"]) == (1, {"5": 1}, False)
    workers = api.get("/workers", headers=signed("olga")).json()["workers"]
    assert [(each["machine"], each["seen_at"]) for each in workers] == [("m1", "1970-01-01T00:00:00.001Z")]
    for path in ("/queues", "/workers"):
        assert api.get(path).status_code == 403
    assert api.post("/queues/cpu/pause", headers=signed("olga")).status_code == 403
    assert api.post("/queues/gpu/pause", headers=signed("root")).status_code == 404
    paused = api.post("/queues/cpu/pause", headers=signed("root")).json()["queues"]
    assert [queue["name"] for queue in paused if queue["paused"]] == ["cpu"]
    resumed = api.post("/queues/cpu/resume", headers=signed("root")).json()["queues"]
    assert not any(queue["paused"] for queue in resumed)
