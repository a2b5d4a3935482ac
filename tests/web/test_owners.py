"""Every route, called without a key, and by somebody else: what is ann's does not exist for bob."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from tests.web.parts import KEYS, UNKNOWN_ID, Worker, signed

from mediamill.store.attempts import Failure
from mediamill.web.app import create_app
from mediamill.web.auth import OPEN
from mediamill.web.rooms import Rooms


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or ()):
            yield method, str(route.path)


@pytest.fixture
def app(rooms: Rooms) -> FastAPI:
    return create_app(rooms)


@pytest.fixture
def nobody(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def path_of(template: str, job_id: str) -> str:
    return template.replace("{job_id}", job_id).replace("{name:path}", "a.txt").replace("{name}", "cpu")


def test_every_route_but_the_open_ones_wants_a_key(app: FastAPI, nobody: TestClient) -> None:
    asked = 0
    for method, template in routes(app):
        if template in OPEN or template.startswith("/docs/"):
            continue
        for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer key-of-nobody"}):
            answer = nobody.request(method, path_of(template, UNKNOWN_ID), headers=headers)
            assert answer.status_code == 401, (method, template)
            asked += 1
    assert asked > 30


def test_every_route_of_a_job_hides_it_from_other_owners(app: FastAPI, nobody: TestClient, worker: Worker) -> None:
    job_id = nobody.post("/shout", json={"text": "hi"}, headers=signed("ann")).json()["task_id"]
    worker.succeed(worker.claim(), **{"a.txt": b"loud"})
    templates = [(method, template) for method, template in routes(app) if "{job_id}" in template]
    assert len(templates) >= 9
    for method, template in templates:
        path = path_of(template, job_id)
        body = {"priority": 1} if method == "PATCH" else None
        foreign = nobody.request(method, path, json=body, headers=signed("bob"))
        unknown = nobody.request(method, path_of(template, UNKNOWN_ID), json=body, headers=signed("bob"))
        assert foreign.status_code == 404, (method, template)
        if method != "HEAD":
            # The answers differ in nothing but what bob sent himself.
            theirs, nobodys = foreign.json(), unknown.json()
            for answer in (theirs, nobodys):
                del answer["instance"], answer["correlation_id"]
            assert theirs == nobodys, (method, template)
        # So that this test can fail: the owner gets through.
        assert nobody.request(method, path, json=body, headers=signed("ann")).status_code in {200, 202, 409}


def test_every_route_that_names_jobs_in_its_query_hides_them_too(
    app: FastAPI, nobody: TestClient, worker: Worker
) -> None:
    job_id = nobody.post("/shout", json={"text": "hi"}, headers=signed("ann")).json()["task_id"]
    worker.succeed(worker.claim(), **{"a.txt": b"loud"})
    paths = app.openapi()["paths"]
    asked = [
        (method.upper(), path)
        for path, methods in paths.items()
        for method, route in methods.items()
        if any(each["in"] == "query" and each["name"] == "job" for each in route.get("parameters", ()))
    ]
    assert ("GET", "/archive") in asked
    for method, path in asked:
        foreign, unknown = (
            nobody.request(method, f"{path}?job={each}", headers=signed("bob")) for each in (job_id, UNKNOWN_ID)
        )
        assert foreign.status_code == unknown.status_code == 404, (method, path)
        theirs, nobodys = foreign.json(), unknown.json()
        for answer in (theirs, nobodys):
            del answer["correlation_id"]
        assert theirs == nobodys, (method, path)
        assert nobody.request(method, f"{path}?job={job_id}", headers=signed("ann")).status_code == 200


def test_purging_hides_behind_the_owner_too(nobody: TestClient, rooms: Rooms, worker: Worker) -> None:
    job_id = nobody.post("/shout", json={"text": "hi"}, headers=signed("ann")).json()["task_id"]
    worker.succeed(worker.claim())
    assert nobody.delete(f"/jobs/{job_id}?purge=true", headers=signed("bob")).status_code == 404
    assert nobody.delete(f"/jobs/{job_id}?purge=true", headers=signed("olga")).status_code == 403
    assert rooms.jobs.get(job_id) is not None


def test_lists_show_nothing_of_others(nobody: TestClient, worker: Worker) -> None:
    nobody.post("/shout", json={"text": "hi"}, headers=signed("ann"))
    job = worker.claim()
    assert worker.attempts.fail(job.id, job.token or "", Failure("BAD", "no"))
    for path in ("/jobs", "/dead-letters"):
        assert nobody.get(path, headers=signed("bob")).json() == {"jobs": []}
        assert nobody.get(f"{path}?owner=ann", headers=signed("bob")).status_code == 403
        assert len(nobody.get(f"{path}?owner=ann", headers=signed("olga")).json()["jobs"]) == 1


@pytest.mark.parametrize("owner", ["bob", "olga"])
def test_nobody_but_an_admin_moves_many_jobs_of_others(nobody: TestClient, worker: Worker, owner: str) -> None:
    job_id = nobody.post("/shout", json={"text": "hi"}, headers=signed("ann")).json()["task_id"]
    job = worker.claim()
    assert worker.attempts.fail(job.id, job.token or "", Failure("BAD", "no"))
    for body in ({"task_ids": [job_id]}, {"filter": {"service": "shout"}}, {"filter": {"owner": "ann"}}, {"all": True}):
        answer = nobody.post("/dead-letters/redrive", json=body, headers=signed(owner))
        assert answer.status_code == 403 or answer.json()["redriven"] == 0, body
    assert nobody.post("/jobs/purge", json={"older_than_s": 0}, headers=signed(owner)).status_code == 403
    assert nobody.get(f"/jobs/{job_id}", headers=signed("ann")).json()["status"] == "FAILURE"


def test_a_job_of_somebody_elses_request_is_never_answered(nobody: TestClient) -> None:
    """The same request, and the same Idempotency-Key, of another owner is another job."""
    headers = {"Idempotency-Key": "one", "Prefer": "wait=0"}
    answers = [
        nobody.post("/shout", json={"text": "hi"}, headers={**headers, **signed(owner)}).json()["task_id"]
        for owner in KEYS
    ]
    assert len(set(answers)) == len(KEYS)
