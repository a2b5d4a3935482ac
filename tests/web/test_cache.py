"""The routes of the cache: how it stands, clearing, pinning, warming."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.engine.mill import CACHE_BYTES
from tests.web.parts import UNKNOWN_ID, signed

from mediamill.files.folders import FolderCache
from mediamill.files.steps import StepCache
from mediamill.store.scripts import Scripts
from mediamill.web import cache
from mediamill.web.rooms import Rooms

ROUTES = [("GET", ""), ("GET", "/entries"), ("POST", "/clear"), ("POST", "/pin"), ("POST", "/warm")]


class Filler:
    """Puts entries into the cache as a worker does."""

    def __init__(self, rooms: Rooms, folder: Path) -> None:
        self._rooms = rooms
        self._folder = folder

    def file(self, key: str, size: int = 1_000) -> str:
        kind = StepCache(self._rooms.shelf.store)
        draft = self._folder / f"draft {key}"
        draft.write_bytes(b"x" * size)
        self._rooms.shelf.put(kind, key, draft, partial(kind.get, key))
        self._rooms.shelf.notes.flush()
        return kind.entry(key)

    def folder(self, key: str, job_id: str = "") -> str:
        kind = FolderCache(self._rooms.shelf.store)
        draft = self._folder / f"draft {key}"
        draft.mkdir()
        (draft / "a").write_bytes(b"x")
        self._rooms.shelf.put(kind, key, draft, partial(kind.get, key))
        if job_id:
            self._rooms.shelf.notes.folder(kind.entry(key), job_id)
        self._rooms.shelf.notes.flush()
        return kind.entry(key)


@pytest.fixture
def filler(rooms: Rooms, tmp_path: Path) -> Filler:
    return Filler(rooms, tmp_path)


def call(api: TestClient, method: str, path: str, body: object = None) -> dict[str, Any]:
    answer = api.request(method, f"/cache{path}", json=body, headers=signed("root"))
    assert answer.status_code in {200, 202}, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("owner", ["ann", "olga"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_cache_is_the_admins(api: TestClient, owner: str, method: str, path: str) -> None:
    bodies = {"/clear": {}, "/pin": {"task_ids": [UNKNOWN_ID]}, "/warm": {"requests": [{"service": "shout"}]}}
    answer = api.request(method, f"/cache{path}", json=bodies.get(path), headers=signed(owner))
    assert (answer.status_code, answer.json()["error_code"]) == (403, "FORBIDDEN")
    assert api.request(method, f"/cache{path}", json=bodies.get(path), headers={"X-API-Key": ""}).status_code == 401


def test_it_says_how_it_stands(api: TestClient, rooms: Rooms, filler: Filler) -> None:
    empty = call(api, "GET", "")
    assert (empty["size_bytes"], empty["quota_bytes"], empty["ready"]) == (0, CACHE_BYTES, False)
    assert "oldest_use_at" not in empty
    entry = filler.file("a")
    rooms.shelf.notes.hit(entry)
    rooms.shelf.notes.flush()
    rooms.shelf.index.pin([entry], pinned=True)
    found = call(api, "GET", "")
    assert (found["size_bytes"], found["entries"], found["hits"], found["misses"]) == (1_000, 1, 1, 1)
    assert (found["pinned_entries"], found["pinned_bytes"]) == (1, 1_000)
    assert found["oldest_use_at"].endswith("Z")


def test_entries_are_listed_page_by_page(api: TestClient, filler: Filler) -> None:
    entries = [filler.file(str(number)) for number in range(4)] + [filler.folder("folder")]
    seen: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api.get(f"/cache/entries?limit=2{cursor and f'&cursor={cursor}'}", headers=signed("root"))
        seen += answer.json()["entries"]
        cursor = answer.json().get("next")
        assert ("Link" in answer.headers) == (cursor is not None)
    assert sorted(each["entry"] for each in seen) == sorted(entries)
    assert [each["folder"] for each in seen if each["entry"] == entries[-1]] == [True]
    refused = api.get("/cache/entries?cursor=abc", headers=signed("root"))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cursor")


def test_all_but_pinned_entries_are_cleared(api: TestClient, rooms: Rooms, filler: Filler) -> None:
    pinned = filler.folder("pinned")
    for number in range(5):
        filler.file(str(number))
    rooms.shelf.index.pin([pinned], pinned=True)
    assert call(api, "POST", "/clear", {"unused_s": 60}) == {"cleared": 0}
    assert call(api, "POST", "/clear", {}) == {"cleared": 5}
    assert call(api, "GET", "")["cleared"] == 5
    assert [each["entry"] for each in call(api, "GET", "/entries")["entries"]] == [pinned]
    assert {found.key.split("/")[2] for found in rooms.shelf.store.list("cache")} == {pinned}


def test_a_clear_that_takes_long_goes_on_where_it_was(
    api: TestClient, filler: Filler, scripts: Scripts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "BUDGET_S", 0.0)
    filler.file("a")
    first = call(api, "POST", "/clear", {})
    assert first["cleared"] == 1
    scripts.offset_ms += 1_000
    filler.file("made meanwhile")
    assert call(api, "POST", "/clear", {"cursor": first["next"]}) == {"cleared": 0}


def test_entries_and_what_jobs_used_are_pinned_and_let_go(api: TestClient, rooms: Rooms, filler: Filler) -> None:
    file, folder = filler.file("a"), filler.folder("folder", job_id=UNKNOWN_ID)
    unknown = "0" * 64
    wanted = {"entries": [file, unknown], "task_ids": [UNKNOWN_ID, "another"]}
    assert call(api, "POST", "/pin", wanted) == {"entries": [file, folder], "pinned": True, "not_found": 2}
    assert sorted(rooms.shelf.index.pinned()) == sorted([file, folder])
    let_go = call(api, "POST", "/pin", {"task_ids": [UNKNOWN_ID], "pinned": False})
    assert let_go == {"entries": [folder], "pinned": False, "not_found": 0}
    assert sorted(rooms.shelf.index.pinned()) == [file]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/pin", {}),
        ("/pin", {"entries": ["../jobs"]}),
        ("/pin", {"entries": ["0" * 64] * 501}),
        ("/pin", {"task_ids": ["x" * 65]}),
        ("/clear", {"unused_s": -1}),
        ("/clear", {"everything": True}),
        ("/clear", {"cursor": "abc"}),
        ("/warm", {"requests": []}),
        ("/warm", {"requests": [{"service": "shout"}] * 101}),
        ("/warm", {"requests": [{"service": "shout", "owner": "ann"}]}),
    ],
)
def test_what_makes_no_sense_is_refused(api: TestClient, path: str, body: object) -> None:
    answer = api.post(f"/cache{path}", json=body, headers=signed("root"))
    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_INPUT")


def test_warming_asks_for_jobs_behind_all_others_and_says_of_each_what_became_of_it(
    api: TestClient, rooms: Rooms
) -> None:
    wanted = [
        {"service": "shout", "params": {"text": "hello"}},
        {"service": "shout", "params": {"text": " ", "loudness": {"gain_db": 99}}},
        {"service": "nothing"},
        {"service": "shout"},
        {"service": "shout", "params": {"text": "hello"}},
    ]
    jobs = call(api, "POST", "/warm", {"requests": wanted})["jobs"]
    assert [each.get("status", each.get("error_code")) for each in jobs] == [
        "PENDING",
        "INVALID_INPUT",
        "SERVICE_OFF",
        "INVALID_INPUT",
        "PENDING",
    ]
    assert jobs[0]["task_id"] == jobs[4]["task_id"]
    job = rooms.jobs.get(jobs[0]["task_id"])
    assert job is not None
    assert (job.owner, job.priority) == ("root", -9)
