"""The API while its Valkey is killed, stopped or full, and when it is back: a real server, hurt by hand."""

import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.fernet import Fernet
from fastapi.testclient import TestClient
from tests.conftest import PLAIN_TICKET
from tests.engine.mill import Params, make_mill
from tests.server import Server
from tests.web.parts import UNKNOWN_ID, Served, Worker, signed

from mediamill import Context, Queue, Result
from mediamill.engine import ended, replay
from mediamill.engine.desk import Desk
from mediamill.engine.replay import Replayer
from mediamill.engine.stash import Stash
from mediamill.engine.submit import Submitter
from mediamill.engine.vault import Vault
from mediamill.settings import KeepSettings, RedisSettings, SecretSettings, SpoolSettings
from mediamill.store.keys import Keys
from mediamill.store.pool import Client, connect
from mediamill.store.scripts import Scripts
from mediamill.store.spool import Entry, Spool
from mediamill.testing import eventually
from mediamill.web.rooms import Rooms

TIMEOUT_S = 0.5


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="mm-", ignore_cleanup_errors=True) as folder:
        running = Server(Path(folder))
        yield running
        running.kill()


@pytest.fixture
def redis_settings(server: Server) -> RedisSettings:
    return RedisSettings(url=server.url, prefix="o:", timeout_s=TIMEOUT_S)


@pytest.fixture
def client(redis_settings: RedisSettings) -> Iterator[Client]:
    connected = connect(redis_settings, breaking=True)
    yield connected
    connected.close()


@pytest.fixture
def spool(tmp_path: Path) -> SpoolSettings:
    return SpoolSettings(tmp_path / "spool")


@pytest.fixture
def rooms(rooms: Rooms, spool: SpoolSettings, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The rooms of an API process as `wiring` opens them, with a drainer that looks often."""
    monkeypatch.setattr(replay, "LOOK_EVERY_S", 0.05)
    vault = Vault(SecretSettings((Fernet.generate_key().decode(),)))
    stash = Stash(Spool(spool), vault)
    return replace(
        rooms,
        submitter=Submitter(rooms.jobs, rooms.artifacts, rooms.uploads, vault, KeepSettings(), stash=stash),
        desk=Desk(rooms.jobs, rooms.artifacts, stash),
        stash=stash,
        replayer=Replayer(stash, rooms.jobs),
    )


def ask(api: TestClient, text: str = "hi", query: str = "", **headers: str) -> dict[str, Any]:
    answer = api.post(f"/shout{query}", json={"text": text}, headers=headers)
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


def spooled(api: TestClient, text: str = "hi", query: str = "", **headers: str) -> str:
    accepted = ask(api, text, query, **headers)
    assert accepted["accepted_via"] == "spool"
    return str(accepted["task_id"])


def arrived(rooms: Rooms, *job_ids: str) -> None:
    """Wait until the store has the jobs, and nothing waits any more."""
    eventually(lambda: len(rooms.jobs.get_many(job_ids)) == len(job_ids), within_s=10)
    assert rooms.stash is not None
    eventually(lambda: rooms.stash and rooms.stash.spool.level().waiting == 0)


# ---- killed and started again


def test_requests_are_accepted_shown_and_handed_on(api: TestClient, rooms: Rooms, server: Server) -> None:
    before = ask(api, "before")
    assert "accepted_via" not in before
    server.kill()
    ids = [spooled(api, f"text {number}") for number in range(5)]
    view = api.get(f"/jobs/{ids[0]}").json()
    assert (view["status"], view["service"], view["params"]["text"]) == ("PENDING", "shout", "text 0")
    ready = api.get("/ready")
    assert (ready.status_code, ready.json()["ready"], ready.json()["status"]) == (200, True, "degraded")
    assert (ready.json()["spool"]["waiting"], ready.json()["spool"]["oldest_age_s"] > 0) == (5, True)
    assert ready.json()["reasons"]
    server.start()
    arrived(rooms, *ids)
    listed = [job["task_id"] for job in api.get("/jobs").json()["jobs"]]
    assert listed == [*reversed(ids), before["task_id"]]
    again = api.get(f"/jobs/{ids[0]}").json()
    assert (again["created_at"], again["params"]) == (view["created_at"], view["params"])
    assert eventually(lambda: api.get("/ready").json()["status"] == "ok")


def test_what_only_the_store_knows_is_unavailable_at_once(api: TestClient, server: Server) -> None:
    known = ask(api)["task_id"]
    server.kill()
    began = time.monotonic()
    for method, path in (
        ("GET", "/jobs"),
        ("GET", f"/jobs/{known}"),
        ("GET", f"/jobs/{known}/events"),
        ("GET", f"/jobs/{known}/logs"),
        ("GET", f"/jobs/{UNKNOWN_ID}"),
        ("DELETE", f"/jobs/{known}"),
        ("POST", f"/jobs/{known}/retry"),
    ):
        answer = api.request(method, path)
        assert (answer.status_code, answer.json()["error_code"]) == (503, "UNAVAILABLE"), (method, path)
        assert int(answer.headers["Retry-After"]) > 0
    assert time.monotonic() - began < 3


def test_what_waits_here_is_its_owners_alone(api: TestClient, server: Server) -> None:
    server.kill()
    job_id = spooled(api)
    for method in ("GET", "DELETE", "PATCH"):
        body = {"priority": 1} if method == "PATCH" else None
        assert api.request(method, f"/jobs/{job_id}", json=body, headers=signed("bob")).status_code == 404
        if method != "GET":
            assert api.request(method, f"/jobs/{job_id}", json=body, headers=signed("olga")).status_code == 403
    assert api.get(f"/jobs/{job_id}", headers=signed("olga")).json()["owner"] == "ann"
    assert spooled(api, **signed("bob")) != job_id


def test_a_waiting_request_is_cancelled_and_moved_in_line(api: TestClient, rooms: Rooms, server: Server) -> None:
    server.kill()
    first, second, third = (spooled(api, text) for text in ("one", "two", "three"))
    cancelled = api.delete(f"/jobs/{first}")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "REVOKED")
    assert api.delete(f"/jobs/{first}").status_code == 200
    assert api.delete(f"/jobs/{first}?purge=true").status_code == 409
    moved = api.patch(f"/jobs/{third}", json={"priority": 5})
    assert (moved.status_code, moved.json()["priority"]) == (200, 5)
    assert moved.headers["ETag"] != api.get(f"/jobs/{second}").headers["ETag"]
    assert api.patch(f"/jobs/{first}", json={"priority": 5}).status_code == 409
    server.start()
    arrived(rooms, first, second, third)
    view = {job_id: api.get(f"/jobs/{job_id}").json() for job_id in (first, second, third)}
    assert [view[job_id]["status"] for job_id in (first, second, third)] == ["REVOKED", "PENDING", "PENDING"]
    assert view[third]["priority"] == 5
    assert api.delete(f"/jobs/{first}?purge=true").status_code == 204


def test_repeats_are_told_from_new_requests(api: TestClient, rooms: Rooms, server: Server) -> None:
    server.kill()
    key = {"Idempotency-Key": "order-1"}
    first = spooled(api, "hi", "?force=true", **key)
    again = api.post("/shout?force=true", json={"text": "hi"}, headers=key)
    assert (again.json()["task_id"], again.headers["Idempotent-Replayed"]) == (first, "true")
    other = api.post("/shout", json={"text": "other"}, headers=key)
    assert (other.status_code, other.json()["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert spooled(api, "joined") == spooled(api, "joined")
    assert spooled(api, "joined", "?force=true") != spooled(api, "joined")
    server.start()
    arrived(rooms, first)
    later = api.post("/shout", json={"text": "hi"}, headers=key)
    assert (later.json()["task_id"], later.headers["Idempotent-Replayed"]) == (first, "true")
    assert api.post("/shout", json={"text": "other"}, headers=key).status_code == 422


def test_a_twin_that_is_alive_in_the_store_is_named(api: TestClient, rooms: Rooms, server: Server) -> None:
    twin = ask(api)["task_id"]
    server.kill()
    mine = spooled(api)
    server.start()
    arrived(rooms, mine)
    assert api.get(f"/jobs/{mine}").json()["duplicate_of"] == twin
    assert "duplicate_of" not in api.get(f"/jobs/{twin}").json()


def test_a_file_that_came_meanwhile_reaches_the_worker(
    api: TestClient, rooms: Rooms, server: Server, worker: Worker
) -> None:
    server.kill()
    answer = api.post("/shout", files={"file": ("a.txt", b"Xin " * 50_000)})
    assert answer.json()["accepted_via"] == "spool"
    server.start()
    arrived(rooms, answer.json()["task_id"])
    upload = worker.claim().uploads["file"]
    assert b"".join(rooms.artifacts.store.read(upload.key)) == b"Xin " * 50_000


def test_nobody_waits_for_the_end_of_what_waits_for_the_store(api: TestClient, server: Server) -> None:
    server.kill()
    began = time.monotonic()
    assert spooled(api, Prefer="wait=30")
    assert time.monotonic() - began < 5


def test_a_finished_jobs_files_can_be_read(api: TestClient, rooms: Rooms, server: Server, worker: Worker) -> None:
    job_id = ask(api)["task_id"]
    worker.succeed(worker.claim(), **{"a.txt": b"loud"})
    job = rooms.jobs.get(job_id)
    assert job is not None
    rooms.artifacts.write_record(job_id, ended.dump(job, {}))
    server.kill()
    assert api.get(f"/jobs/{job_id}").json()["status"] == "SUCCESS"
    assert [file["name"] for file in api.get(f"/jobs/{job_id}/files").json()["files"]] == ["a.txt"]
    assert api.get(f"/jobs/{job_id}/files/a.txt").content == b"loud"
    for path in ("", "/files", "/files/a.txt"):
        assert api.get(f"/jobs/{job_id}{path}", headers=signed("bob")).status_code == 404
    log = api.get(f"/jobs/{job_id}/logs")
    assert (log.status_code, log.json()["error_code"]) == (503, "UNAVAILABLE")
    assert api.delete(f"/jobs/{job_id}").status_code == 503


# ---- stopped, or full


def test_a_store_that_hangs_holds_up_the_first_few_only(api: TestClient, rooms: Rooms, server: Server) -> None:
    ask(api)
    server.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        ids = [spooled(api, f"text {number}") for number in range(30)]
        took_s = time.monotonic() - began
    finally:
        server.signal(signal.SIGCONT)
    assert took_s < 30 * TIMEOUT_S / 2
    arrived(rooms, *ids)
    # The first ones were sent before anybody knew, and may have been taken: each is one job all the same.
    assert len(api.get("/jobs?limit=100").json()["jobs"]) == 31


def test_a_store_that_is_full_is_read_and_what_comes_waits(api: TestClient, rooms: Rooms, client: Client) -> None:
    known = ask(api)["task_id"]
    client.run("CONFIG", "SET", "maxmemory", "1")
    try:
        waiting = [spooled(api, f"text {number}") for number in range(8)]
        assert api.get(f"/jobs/{known}").json()["status"] == "PENDING"
        assert len(api.get("/jobs").json()["jobs"]) == 1
        assert api.get("/ready").json()["status"] == "degraded"
        assert api.delete(f"/jobs/{known}").json()["status"] == "REVOKED"
    finally:
        client.run("CONFIG", "SET", "maxmemory", "0")
    arrived(rooms, *waiting)


# ---- limits of the spool


@pytest.fixture
def small(spool: SpoolSettings, rooms: Rooms) -> Rooms:
    """The same with room for one request."""
    assert rooms.stash is not None
    rooms.stash.spool._settings = replace(spool, requests=1)
    return rooms


def test_a_full_spool_is_unavailable(small: Rooms, api: TestClient, server: Server) -> None:
    server.kill()
    job_id = spooled(api)
    refused = api.post("/shout", json={"text": "two"})
    assert (refused.status_code, refused.json()["error_code"]) == (503, "UNAVAILABLE")
    assert int(refused.headers["Retry-After"]) > 0
    ready = api.get("/ready")
    assert (ready.status_code, ready.json()["ready"], ready.json()["status"]) == (503, False, "unavailable")
    assert any("1 requests wait" in reason for reason in ready.json()["reasons"])
    assert ready.json()["spool"]["waiting"] == 1
    server.start()
    arrived(small, job_id)
    assert eventually(lambda: api.get("/ready").status_code == 200)


def test_what_the_store_refused_is_a_warning(api: TestClient, rooms: Rooms) -> None:
    assert rooms.stash is not None
    spool = rooms.stash.spool
    spool.accept(Entry("a", "ann", "shout", Queue.CPU, None, "h", b"sealed with no key", 0))
    ready = eventually(lambda: (body := api.get("/ready").json())["warnings"] and body)
    assert (ready["ready"], ready["status"], ready["spool"]["refused"]) == (True, "ok", 1)
    assert "set aside" in ready["warnings"][0]


def test_a_spool_that_cannot_be_read_is_a_warning_while_the_store_is_there(
    api: TestClient, spool: SpoolSettings, server: Server
) -> None:
    spool.folder.mkdir(mode=0o700)
    (spool.folder / "spool.db").write_bytes(b"spoilt" * 500)
    ready = api.get("/ready")
    assert (ready.status_code, ready.json()["status"], len(ready.json()["warnings"])) == (200, "ok", 1)
    server.kill()
    assert api.get("/ready").status_code == 503
    assert api.post("/shout", json={"text": "hi"}).status_code == 503


# ---- who watches, and what runs


class Watched(threading.Thread):
    """Reads a live stream on one connection, to its end."""

    def __init__(self, served: Served, path: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._url = f"{served.url}{path}"
        self.start()

    def run(self) -> None:
        headers = {**signed("ann"), "Accept": "text/event-stream"}
        with httpx2.stream("GET", self._url, headers=headers, timeout=30) as answer:
            self.lines.append(f"status {answer.status_code}")
            self.lines += answer.iter_lines()

    def saw(self, text: str) -> bool:
        return any(text in line for line in self.lines)


def test_a_watcher_keeps_its_connection_over_a_restart_and_misses_nothing(
    served: Served, server: Server, worker: Worker
) -> None:
    job_id = served.client.post("/shout", json={"text": "hi"}).json()["task_id"]
    job = worker.claim()
    watched = Watched(served, f"/jobs/{job_id}/events")
    eventually(lambda: watched.saw("STARTED"))
    server.kill()
    server.start()
    eventually(lambda: worker.attempts.progress(job.id, job.token or "", 40, "after the restart"))
    worker.succeed(job)
    watched.join(15)
    assert not watched.is_alive()
    assert watched.saw("after the restart")
    assert watched.lines[0] == "status 200"
    assert [line for line in watched.lines if line.startswith("event: ")][-1] == "event: end"
    assert watched.lines[-2:] == ['data: {"status":"SUCCESS"}', ""]


@pytest.mark.parametrize("path", ["events", "logs?follow=true"])
def test_who_watches_what_waits_for_the_store_sees_it_through(
    served: Served, rooms: Rooms, server: Server, worker: Worker, path: str
) -> None:
    server.kill()
    job_id = served.client.post("/shout", json={"text": "hi"}).json()["task_id"]
    watched = Watched(served, f"/jobs/{job_id}/{path}")
    eventually(lambda: watched.saw("retry:"))
    server.start()
    arrived(rooms, job_id)
    job = worker.claim()
    line = {"at_ms": 1, "attempt": 1, "level": "info", "event": "spoken", "fields": {}}
    assert worker.attempts.log(job.id, job.token or "", [line])
    worker.succeed(job)
    watched.join(15)
    assert not watched.is_alive()
    assert watched.saw('data: {"status":"SUCCESS"}' if path == "events" else '"event":"spoken"')
    assert watched.saw("event: end")


def test_an_attempt_that_runs_over_an_outage_ends_once(
    api: TestClient, redis_settings: RedisSettings, server: Server, tmp_path: Path
) -> None:
    patient = connect(replace(redis_settings, timeout_s=2))
    mill = make_mill(Scripts(patient, Keys(redis_settings.prefix), PLAIN_TICKET), tmp_path / "mill")
    begun, go_on = threading.Event(), threading.Event()
    runs = []

    def speak(_params: Params, ctx: Context) -> Result:
        runs.append(ctx.attempt)
        begun.set()
        assert go_on.wait(20)
        return Result(data={"spoken": True})

    service = mill.service(speak)
    job_id = mill.submit(service).id
    working = threading.Thread(target=lambda: mill.take(service))
    working.start()
    assert begun.wait(10)
    mill.sweeper.sweep()
    server.kill()
    go_on.set()
    assert api.get("/ready").json()["status"] == "degraded"  # meanwhile the attempt has nobody to tell its end to
    server.start()
    # By the server's clock it was away for longer than a lease: under a new server no lease is lost for one lease.
    mill.forward(11)
    mill.sweeper.sweep()
    working.join(20)
    assert not working.is_alive()
    view = api.get(f"/jobs/{job_id}").json()
    assert (view["status"], view["attempt"], view["data"], runs) == ("SUCCESS", 1, {"spoken": True}, [1])
    assert [attempt["outcome"] for attempt in view["history"]] == ["succeed"]
    patient.close()
