"""GET /files: an owner's kept files, their pages and their bytes."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import Worker, signed

from mediamill.core.context import About, Kept
from mediamill.core.job import Job
from mediamill.engine.library import Asked, Attempted
from mediamill.web.rooms import Rooms

NAME = "7301/2026/03/01/Chào buổi sáng 50% #1?.mp4"
BODY = bytes(range(256)) * 40

Keep = Callable[..., Kept]


@pytest.fixture
def keep(rooms: Rooms, worker: Worker, tmp_path: Path, api: TestClient) -> Keep:
    """Run a job of an owner that keeps a file; it is the job's own, too, unless it is told to keep no copy."""
    jobs: list[Job] = []

    def keep(name: str = NAME, *, owner: str = "ann", body: bytes = BODY, room: str = "7301", url: str = "") -> Kept:
        api.post("/shout", json={"text": f"{name} of {owner} {len(jobs)}"}, headers=signed(owner))
        job = worker.claim()
        jobs.append(job)
        path = tmp_path / f"film-{len(jobs)}"
        path.write_bytes(body)
        attempt = Attempted(job, job.token or "", lambda: None, lambda *_: None)
        kept = rooms.library.keep(Asked(name, path, About(room, url, 5.0, 60.0)), attempt)
        worker.succeed(job, **{"film.mp4": body, "thumbnail.jpg": b"jpeg"})
        return kept

    return keep


def listed(api: TestClient, **params: object) -> list[str]:
    answer = api.get("/files", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [file["path"] for file in answer.json()["files"]]


def test_a_kept_file_is_listed_with_what_is_known_of_it(api: TestClient, keep: Keep) -> None:
    keep(url="https://e.example/@a/live")
    answer = api.get("/files")
    body = answer.json()
    [file] = body.pop("files")
    assert body == {"page": 1, "page_size": 50, "total": 1}
    assert {key: file[key] for key in ("name", "size", "path")} == {
        "name": NAME.rpartition("/")[2],
        "size": len(BODY),
        "path": NAME,
    }
    assert (file["room_id"], file["url"]) == ("7301", "https://e.example/@a/live")
    assert (file["began_at"], file["duration"]) == (5.0, 60.0)
    assert api.get(f"/jobs/{file['task_id']}").json()["status"] == "SUCCESS"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_nobody_sees_what_is_anothers(api: TestClient, keep: Keep) -> None:
    kept = keep(owner="bob")
    for owner in ("ann", "olga", "root"):
        assert api.get("/files", headers=signed(owner)).json()["total"] == 0
        for ask in (api.get, api.delete):
            answer = ask(f"/files/{quote(kept.name)}", headers=signed(owner))
            assert (answer.status_code, answer.json()["error_code"]) == (404, "FILE_NOT_FOUND")
    assert api.get("/files", headers=signed("bob")).json()["total"] == 1
    assert api.get("/files").status_code == 200
    assert TestClient(api.app).get("/files").status_code == 401


def test_files_are_found_by_room_url_and_time(api: TestClient, keep: Keep) -> None:
    keep("a", room="1", url="https://e.example/?a=1&b=2")
    keep("b", room="2")
    keep("c", room="1")
    assert listed(api) == ["c", "b", "a"]
    assert listed(api, room_id="1") == ["c", "a"]
    assert listed(api, url="https://e.example/?a=1&b=2") == ["a"]
    assert listed(api, room_id="2", url="https://e.example/?a=1&b=2") == []
    assert listed(api, url="HTTPS://E.example:443?a=1&b=2#top") == ["a"]
    times = [file["mtime"] for file in api.get("/files").json()["files"]]
    assert listed(api, to=times[1]) == ["b", "a"]
    assert listed(api, **{"from": times[0]}) == ["c"]
    assert listed(api, to="2001-01-01") == []


def test_a_signed_address_finds_its_files_and_is_shown_without_what_opens_it(api: TestClient, keep: Keep) -> None:
    keep("a", room="", url="https://e.example/a.m3u8?token=one&id=7")
    for asked in ("token=one&id=7", "token=two&id=7", "token=***&id=7"):
        assert listed(api, url=f"https://e.example/a.m3u8?{asked}") == ["a"]
    assert listed(api, url="https://e.example/a.m3u8?token=one&id=8") == []
    assert "one" not in api.get("/files").text


@pytest.mark.parametrize(
    "text",
    [
        "2001-02-03",
        "2001-02-03T04:05:06Z",
        "2001-02-03T04:05:06.789+01:00",
        "2001-02-03T04:05:06 01:00",
        "20010203T040506",
        "981173106",
        "981173106.789",
        "-5",
    ],
)
def test_a_time_is_iso_8601_or_unix_seconds(api: TestClient, keep: Keep, text: str) -> None:
    keep()
    assert api.get("/files", params={"from": text}).json()["total"] == 1
    assert api.get("/files", params={"to": text}).json()["total"] == 0


@pytest.mark.parametrize("text", ["yesterday", "", "nan", "1e300", "2001-13-01"])
def test_what_is_no_time_is_refused(api: TestClient, text: str) -> None:
    answer = api.get("/files", params={"from": text})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "from"


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=x", "page=1000001", "page_size=0", "page_size=101"),
        *("room_id=", "url=", "room=1", f"room_id={'a' * 4_001}", "to=tomorrow"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(api: TestClient, query: str) -> None:
    answer = api.get(f"/files?{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_INPUT")


def test_pages_have_all_of_them_once(api: TestClient, keep: Keep) -> None:
    for number in range(5):
        keep(f"{number}.mp4")
    pages = [api.get("/files", params={"page": page, "page_size": 2}).json() for page in (1, 2, 3, 4)]
    assert [[file["path"] for file in page["files"]] for page in pages] == [
        ["4.mp4", "3.mp4"],
        ["2.mp4", "1.mp4"],
        ["0.mp4"],
        [],
    ]
    assert {page["total"] for page in pages} == {5}
    assert pages[1]["page"] == 2


def test_a_file_is_read_whole_in_part_and_not_again(api: TestClient, keep: Keep) -> None:
    keep()
    url = f"/files/{quote(NAME)}"
    answer = api.get(url)
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert quote(NAME.rpartition("/")[2]) in answer.headers["Content-Disposition"]
    part = api.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, BODY[100:200])
    assert api.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert api.get(url, headers={"Range": "bytes=999999-"}).status_code == 416
    head = api.head(url)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(BODY)))


@pytest.mark.parametrize(
    "path", ["none", "../files/none", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", ".mediamill/folder", "a%00b", "%ff"]
)
def test_a_path_that_leads_elsewhere_is_nothing(api: TestClient, keep: Keep, path: str) -> None:
    keep("a/b.mp4")
    for ask in (api.get, api.delete):
        assert ask(f"/files/{path}").status_code == 404
    assert api.get("/files/a/.b.mp4.json").status_code == 404
    assert api.get("/files/a").status_code == 404


def test_what_lies_on_another_machine_is_read_from_the_jobs_files(api: TestClient, rooms: Rooms, keep: Keep) -> None:
    kept = keep()
    rooms.library.folder.root.rename(rooms.library.folder.root.with_name("of-another-machine"))
    answer = api.get(f"/files/{quote(kept.name)}")
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["ETag"] == f'"{hashlib.sha256(BODY).hexdigest()}"'
    [file] = api.get("/files").json()["files"]
    rooms.purger.purge(file["task_id"])
    gone = api.get(f"/files/{quote(kept.name)}")
    assert (gone.status_code, gone.json()["error_code"]) == (404, "FILE_GONE")


def test_a_purged_job_takes_what_it_kept_along(api: TestClient, keep: Keep) -> None:
    keep("other.mp4")
    kept = keep()
    job_id = api.get("/files").json()["files"][0]["task_id"]
    assert api.delete(f"/jobs/{job_id}", params={"purge": True}).status_code == 204
    assert listed(api) == ["other.mp4"]
    assert api.get(f"/files/{quote(kept.name)}").status_code == 404


def test_a_job_that_has_not_ended_keeps_what_it_kept(api: TestClient, rooms: Rooms, worker: Worker) -> None:
    api.post("/shout", json={"text": "hi"})
    job = worker.claim()
    path = rooms.library.folder.root.parent / "film"
    path.write_bytes(BODY)
    attempt = Attempted(job, job.token or "", lambda: None, lambda *_: None)
    rooms.library.keep(Asked("a.mp4", path, About("", "", 0.0, 1.0)), attempt)
    assert api.delete(f"/jobs/{job.id}", params={"purge": True}).status_code == 409
    assert listed(api) == ["a.mp4"]


def test_its_owner_removes_one_file(api: TestClient, keep: Keep) -> None:
    keep("a.mp4")
    keep("b.mp4")
    job_id = api.get("/files").json()["files"][0]["task_id"]
    removed = api.delete("/files/b.mp4")
    assert (removed.status_code, removed.json()["path"]) == (200, "b.mp4")
    assert api.delete("/files/b.mp4").status_code == 404
    assert listed(api) == ["a.mp4"]
    assert api.get(f"/jobs/{job_id}/files/film.mp4").content == BODY
