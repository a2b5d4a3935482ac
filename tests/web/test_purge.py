from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import Worker, kept, signed
from tests.web.test_jobs import ask

from mediamill.core.states import State
from mediamill.engine import ended
from mediamill.engine.clearance import Clearance, Wanted
from mediamill.store.attempts import Failure
from mediamill.store.finished import Finished
from mediamill.store.scripts import Scripts
from mediamill.web import purge
from mediamill.web.rooms import Rooms


@pytest.fixture
def ids(api: TestClient, worker: Worker, rooms: Rooms) -> dict[str, str]:
    """One job of each kind: what it is -> its id."""
    found = {}
    for kind in ("running", "waiting", "SUCCESS", "FAILURE", "REVOKED"):
        found[kind] = ask(api, owner="bob" if kind == "REVOKED" else "ann")
        if kind == "REVOKED":
            rooms.jobs.cancel(found[kind])
        elif kind != "waiting":
            rooms.jobs.prioritise(found[kind], 9)
            job = worker.claim()
            assert job.id == found[kind]
            if kind == "SUCCESS":
                worker.succeed(job, **{"a.txt": b"loud"})
            elif kind == "FAILURE":
                assert worker.attempts.fail(job.id, job.token or "", Failure("BAD", "no"))
    return found


def purged(api: TestClient, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - the request's members
    answer = api.post("/jobs/purge", json={"older_than_s": 0, **body}, headers=signed("root"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def left(rooms: Rooms, ids: dict[str, str]) -> set[str]:
    return {kind for kind, job_id in ids.items() if rooms.jobs.get(job_id) is not None}


def test_finished_jobs_go_with_their_files_and_no_others(
    api: TestClient, rooms: Rooms, ids: dict[str, str], scripts: Scripts
) -> None:
    scripts.offset_ms = 1_000
    assert purged(api, dry_run=True) == {"jobs": 3, "size_bytes": 4, "dry_run": True}
    assert left(rooms, ids) == set(ids)
    assert purged(api) == {"jobs": 3, "size_bytes": 4, "dry_run": False}
    assert left(rooms, ids) == {"running", "waiting"}
    assert kept(rooms) == []
    assert purged(api) == {"jobs": 0, "size_bytes": 0, "dry_run": False}


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        ({"status": ["FAILURE"]}, {"FAILURE"}),
        ({"status": ["REVOKED", "SUCCESS"]}, {"REVOKED", "SUCCESS"}),
        ({"owner": "bob"}, {"REVOKED"}),
        ({"service": "watch"}, set()),
        ({"older_than_s": 60}, set()),
    ],
)
def test_only_what_is_wanted_goes(
    api: TestClient, rooms: Rooms, ids: dict[str, str], scripts: Scripts, *, body: dict[str, Any], gone: set[str]
) -> None:
    scripts.offset_ms = 1_000
    assert purged(api, **body)["jobs"] == len(gone)
    assert left(rooms, ids) == set(ids) - gone


def test_a_job_whose_record_is_over_goes_too(
    api: TestClient, rooms: Rooms, ids: dict[str, str], scripts: Scripts
) -> None:
    job = rooms.jobs.get(ids["SUCCESS"])
    assert job is not None
    rooms.artifacts.write_record(job.id, ended.dump(job, {}))
    rooms.jobs.forget(job.id)
    ended_ms = rooms.jobs.retention.ended_ms(job.id)
    rooms.jobs.retention.keep(job.id, 0)  # it was purged, and its files are going
    scripts.offset_ms = 1_000
    assert purged(api, status=["SUCCESS"])["jobs"] == 0
    rooms.jobs.retention.keep(job.id, ended_ms or 0)
    assert purged(api, owner="bob", status=["SUCCESS"])["jobs"] == 0
    assert purged(api, status=["SUCCESS"]) == {"jobs": 1, "size_bytes": 4, "dry_run": False}
    assert kept(rooms) == []
    assert api.get(f"/jobs/{job.id}").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"older_than_s": -1}, {"older_than_s": 0, "status": ["PENDING"]}, {"older_than_s": 0, "cursor": "x"}]
)
def test_a_purge_says_how_old_and_of_what(api: TestClient, body: dict[str, Any]) -> None:
    assert api.post("/jobs/purge", json=body, headers=signed("root")).status_code == 422


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_long_purge_goes_on_by_its_cursor(
    api: TestClient, ids: dict[str, str], scripts: Scripts, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool
) -> None:
    assert len(ids) == 5
    monkeypatch.setattr(purge, "BUDGET_S", 0.0)
    scripts.offset_ms = 1_000
    jobs, body = 0, {"dry_run": dry_run}
    for _ in range(10):
        done = purged(api, **body)
        jobs += done["jobs"]
        if "next" not in done:
            break
        body["cursor"] = done["next"]
    assert jobs == 3
    assert "next" not in done


def test_a_round_ends_when_its_time_is_over(rooms: Rooms, ids: dict[str, str], scripts: Scripts) -> None:
    ticks = iter(range(100))
    clearance = Clearance(
        rooms.jobs, Finished(scripts), rooms.artifacts, rooms.purger, scripts.now_ms, clock=lambda: next(ticks)
    )
    scripts.offset_ms = 1_000
    first = clearance.round(Wanted(0), remove=True, budget_s=2)
    assert first.jobs == 2
    assert first.next
    assert clearance.round(Wanted(0), first.next, remove=True, budget_s=2).jobs == 1
    assert left(rooms, ids) == {"running", "waiting"}


def test_what_was_redriven_meanwhile_stays(rooms: Rooms, ids: dict[str, str], scripts: Scripts) -> None:
    looks = iter(range(100))

    def clock() -> float:
        """Both were read; when the first is purged, somebody redrives the second."""
        if next(looks) == 1:
            assert rooms.jobs.redrive(ids["REVOKED"])
        return 0.0

    clearance = Clearance(rooms.jobs, Finished(scripts), rooms.artifacts, rooms.purger, scripts.now_ms, clock=clock)
    scripts.offset_ms = 1_000
    assert clearance.round(Wanted(0, frozenset({State.SUCCESS, State.REVOKED})), remove=True, budget_s=60).jobs == 1
    assert left(rooms, ids) == set(ids) - {"SUCCESS"}


def test_the_files_of_a_job_that_went_before_its_record_are_gone_and_not_unknown(
    api: TestClient, rooms: Rooms, ids: dict[str, str], scripts: Scripts
) -> None:
    assert rooms.jobs.retention.expire(ids["SUCCESS"], scripts.now_ms()) == "expired"
    view = api.get(f"/jobs/{ids['SUCCESS']}").json()
    assert view["files_expired_at"]
    answer = api.get(f"/jobs/{ids['SUCCESS']}/files/a.txt")
    assert (answer.status_code, answer.json()["error_code"]) == (410, "FILES_EXPIRED")
