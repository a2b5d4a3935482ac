import hashlib
import os

import httpx2
import pytest
from fastapi.testclient import TestClient
from tests.web.parts import Served, Worker, signed

from mediamill.core.job import Job
from mediamill.testing import eventually
from mediamill.web.rooms import Patience, Rooms

CONTENT = bytes(range(256)) * 4_000


@pytest.fixture
def job(api: TestClient, worker: Worker) -> Job:
    api.post("/shout", json={"text": "hi"})
    claimed = worker.claim()
    worker.succeed(claimed, **{"song.bin": CONTENT, "Bài/đọc 1.txt": b"hello" * 1_000, "empty.txt": b""})
    return claimed


def test_a_file_is_sent_with_what_a_browser_needs_to_keep_it_harmless(api: TestClient, job: Job) -> None:
    answer = api.get(f"/jobs/{job.id}/files/song.bin")
    assert (answer.status_code, answer.content) == (200, CONTENT)
    headers = answer.headers
    assert headers["ETag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith('attachment; filename="song.bin"')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Accept-Ranges"] == "bytes"


def test_a_name_in_any_script_survives(api: TestClient, job: Job) -> None:
    (url,) = [file["url"] for file in api.get(f"/jobs/{job.id}/files").json()["files"] if "1.txt" in file["name"]]
    answer = api.get(url)
    assert answer.content == b"hello" * 1_000
    disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"__c 1.txt\"; filename*=UTF-8''%C4%91%E1%BB%8Dc%201.txt"
    # A file is sent as it is, so that ranges and lengths mean its own bytes.
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=1023999-", 1_023_999, 1_024_000),
        ("bytes=1000000-9999999", 1_000_000, 1_024_000),
        ("bytes=-24", 1_023_976, 1_024_000),
        ("bytes=-9999999", 0, 1_024_000),
        ("Bytes = 5 - 9", 5, 10),
    ],
)
def test_a_range_is_sent_alone(api: TestClient, job: Job, asked: str, start: int, end: int) -> None:
    answer = api.get(f"/jobs/{job.id}/files/song.bin", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=1024000-", "bytes=9999999-99999999", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_satisfied(api: TestClient, job: Job, asked: str) -> None:
    answer = api.get(f"/jobs/{job.id}/files/song.bin", headers={"Range": asked})
    assert (answer.status_code, answer.json()["error_code"]) == (416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b", "nonsense"])
def test_a_range_that_means_nothing_here_is_ignored(api: TestClient, job: Job, asked: str) -> None:
    answer = api.get(f"/jobs/{job.id}/files/song.bin", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(CONTENT))


def test_a_broken_off_download_goes_on_only_with_the_same_file(api: TestClient, job: Job) -> None:
    url = f"/jobs/{job.id}/files/song.bin"
    etag = api.get(url).headers["ETag"]
    same = api.get(url, headers={"Range": "bytes=10-", "If-Range": etag})
    assert (same.status_code, same.content) == (206, CONTENT[10:])
    other = api.get(url, headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, CONTENT)
    assert api.get(url, headers={"If-None-Match": etag}).status_code == 304


def test_the_head_of_a_file_has_its_size(api: TestClient, job: Job) -> None:
    answer = api.head(f"/jobs/{job.id}/files/song.bin")
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", str(len(CONTENT)))
    assert api.get(f"/jobs/{job.id}/files/empty.txt").content == b""


@pytest.mark.parametrize("name", ["other.txt", "../job.json", "..%2fjob.json", "%2e%2e/song.bin", "song.bin/", "Bài"])
def test_only_files_that_the_record_names_can_be_read(api: TestClient, job: Job, name: str) -> None:
    assert api.get(f"/jobs/{job.id}/files/{name}").status_code == 404


def test_a_file_that_was_cleaned_away_is_gone(api: TestClient, rooms: Rooms, job: Job) -> None:
    rooms.artifacts.forget(job.id)
    answer = api.get(f"/jobs/{job.id}/files/song.bin")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "FILE_GONE")


def test_published_parts_can_be_read_while_the_job_runs(api: TestClient, worker: Worker) -> None:
    job_id = api.post("/shout", json={"text": "hi"}).json()["task_id"]
    assert api.get(f"/jobs/{job_id}/files").json() == {"files": [], "complete": False}
    claimed = worker.claim()
    worker.publish(claimed, "part-1.txt", b"one")
    listed = api.get(f"/jobs/{job_id}/files").json()
    assert ([file["name"] for file in listed["files"]], listed["complete"]) == (["part-1.txt"], False)
    assert api.get(listed["files"][0]["url"]).content == b"one"
    worker.succeed(claimed, **{"all.txt": b"one two"})
    done = api.get(f"/jobs/{job_id}/files").json()
    assert ([file["name"] for file in done["files"]], done["complete"]) == (["all.txt"], True)


class TestAStalledDownload:
    @pytest.fixture
    def patience(self) -> Patience:
        return Patience(send_s=0.5)

    def test_is_dropped(self, served: Served, worker: Worker) -> None:
        served.client.post("/shout", json={"text": "hi"})
        claimed = worker.claim()
        worker.succeed(claimed, **{"big.bin": os.urandom(30_000_000)})
        before = served.connections
        with (
            httpx2.Client(base_url=served.url, headers=signed("ann")) as client,
            client.stream("GET", f"/jobs/{claimed.id}/files/big.bin") as answer,
        ):
            chunks = answer.iter_raw()
            next(chunks)
            mine = served.connections - before
            assert len(mine) == 1
            eventually(lambda: not mine & served.connections, within_s=3)
            with pytest.raises(httpx2.RemoteProtocolError):
                for _ in chunks:
                    pass
