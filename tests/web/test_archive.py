"""Archives over HTTP: whole, in part, of some jobs, on a disk and in a bucket."""

import io
import os
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient
from tests.files.conftest import s3_options  # noqa: F401 - a fixture
from tests.files.weed import BUCKET
from tests.web.parts import UNKNOWN_ID, Served, Worker, signed

from mediamill.core.job import Artifact, Job
from mediamill.files import FileStore, S3Options
from mediamill.files.artifacts import Artifacts
from mediamill.store.attempts import Failure
from mediamill.store.scripts import Scripts
from mediamill.testing import eventually
from mediamill.web.app import create_app
from mediamill.web.rooms import Patience, Rooms

SONG = random.Random(7).randbytes(600_000)  # noqa: S311 - a file
FILES = {"song.bin": SONG, "Bài/đọc 1.txt": b"hello" * 1_000, "empty.txt": b"", "small.txt": b"x"}

Make = Callable[..., Job]


@pytest.fixture
def make(api: TestClient, worker: Worker) -> Make:
    """Return what makes a finished job of some files."""

    def made(files: dict[str, bytes] = FILES, *, owner: str = "ann") -> Job:
        api.post("/shout", json={"text": uuid4().hex}, headers=signed(owner))
        claimed = worker.claim()
        worker.succeed(claimed, **files)
        done = worker.rooms.jobs.get(claimed.id)
        assert done is not None
        return done

    return made


@pytest.fixture
def job(make: Make) -> Job:
    return make()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_archive_has_all_files_of_a_job_and_an_exact_length(api: TestClient, job: Job) -> None:
    answer = api.get(f"/jobs/{job.id}/archive")
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{job.id}.zip"')
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Encoding" not in answer.headers
    assert unpacked(answer.content) == FILES


def test_it_is_the_same_to_the_last_bit_each_time(api: TestClient, job: Job) -> None:
    first, second = (api.get(f"/jobs/{job.id}/archive") for _ in range(2))
    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    assert not first.headers["ETag"].startswith("W/")


def test_head_has_the_length_and_no_body(api: TestClient, job: Job) -> None:
    whole = api.get(f"/jobs/{job.id}/archive")
    for path in (f"/jobs/{job.id}/archive", f"/archive?job={job.id}"):
        head = api.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["Content-Length"]) > 600_000
    assert api.head(f"/jobs/{job.id}/archive").headers["ETag"] == whole.headers["ETag"]


def test_any_range_is_that_part_of_the_whole(api: TestClient, job: Job) -> None:
    whole = api.get(f"/jobs/{job.id}/archive").content
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        headers = [each.header_offset for each in archive.infolist()]
        directory = archive.start_dir
    # Before, at and behind each boundary: of headers, of contents, of the directory, of its end; and in their middle.
    places = {0, 1, directory, len(whole) - 22, len(whole) - 1, 300_000, *headers, *(at + 39 for at in headers)}
    for place in sorted({at + step for at in places for step in (-1, 0, 1)} - {-1}):
        if place < len(whole):
            rest = api.get(f"/jobs/{job.id}/archive", headers={"Range": f"bytes={place}-"})
            assert (rest.status_code, rest.content) == (206, whole[place:])
            assert rest.headers["Content-Range"] == f"bytes {place}-{len(whole) - 1}/{len(whole)}"
    for start, end in [(0, 0), (10, 700), (599_990, 600_200), (directory - 3, directory + 3)]:
        some = api.get(f"/jobs/{job.id}/archive", headers={"Range": f"bytes={start}-{end}"})
        assert (some.status_code, some.content) == (206, whole[start : end + 1])
    last = api.get(f"/jobs/{job.id}/archive", headers={"Range": "bytes=-22"})
    assert last.content == whole[-22:]
    beyond = api.get(f"/jobs/{job.id}/archive", headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")


def test_a_broken_off_download_goes_on_only_with_the_same_archive(api: TestClient, job: Job) -> None:
    whole = api.get(f"/jobs/{job.id}/archive")
    etag = whole.headers["ETag"]
    same = api.get(f"/jobs/{job.id}/archive", headers={"Range": "bytes=10-", "If-Range": etag})
    assert (same.status_code, same.content) == (206, whole.content[10:])
    other = api.get(f"/jobs/{job.id}/archive", headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, whole.content)
    assert api.get(f"/jobs/{job.id}/archive", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.parametrize("share", [0.0001, 0.3, 0.999, 1.0])
def test_curl_goes_on_where_it_stopped(served: Served, worker: Worker, tmp_path: Path, share: float) -> None:
    served.client.post("/shout", json={"text": "hi"})
    claimed = worker.claim()
    worker.succeed(claimed, **FILES)
    whole = served.client.get(f"/jobs/{claimed.id}/archive").content
    path = tmp_path / "a.zip"
    path.write_bytes(whole[: int(len(whole) * share)])
    key = f"X-API-Key: {signed('ann')['X-API-Key']}"
    command = ["curl", "-sS", "-C", "-", "-H", key, "-o", str(path), f"{served.url}/jobs/{claimed.id}/archive"]
    assert subprocess.run(command, check=False).returncode == 0
    assert path.read_bytes() == whole


# ---- some jobs


def test_the_files_of_some_jobs_lie_in_folders_by_job(api: TestClient, make: Make) -> None:
    jobs = [make(FILES), make({"song.bin": b"another"})]
    answer = api.get("/archive", params={"job": [jobs[1].id, jobs[0].id, jobs[1].id]})
    found = unpacked(answer.content)
    assert found == {f"{jobs[1].id}/song.bin": b"another"} | {f"{jobs[0].id}/{name}": FILES[name] for name in FILES}
    assert answer.headers["Content-Length"] == str(len(answer.content))
    part = api.get("/archive", params={"job": [jobs[1].id, jobs[0].id]}, headers={"Range": "bytes=100-"})
    assert part.content == answer.content[100:]


def test_a_job_without_files_is_left_out(api: TestClient, make: Make) -> None:
    full, empty = make(), make({})
    assert len(unpacked(api.get("/archive", params={"job": [empty.id, full.id]}).content)) == len(FILES)
    for path in (f"/jobs/{empty.id}/archive", f"/archive?job={empty.id}"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "FILE_NOT_FOUND")


def test_what_a_failed_job_published_can_be_had(api: TestClient, worker: Worker) -> None:
    job_id = api.post("/shout", json={"text": "hi"}).json()["task_id"]
    claimed = worker.claim()
    worker.publish(claimed, "part-1.txt", b"one")
    assert worker.attempts.fail(claimed.id, claimed.token or "", Failure("BAD", "no"))
    assert unpacked(api.get(f"/jobs/{job_id}/archive").content) == {"part-1.txt": b"one"}


@pytest.mark.parametrize("count", [0, 101])
def test_so_many_jobs_at_once_and_no_more(api: TestClient, count: int) -> None:
    answer = api.get("/archive", params={"job": [UNKNOWN_ID] * count})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "INVALID_INPUT")


# ---- who may, and when


def test_every_job_of_an_archive_must_be_the_callers(api: TestClient, make: Make) -> None:
    mine, anothers = make(), make(owner="bob")
    for jobs in ([anothers.id], [mine.id, anothers.id], [mine.id, UNKNOWN_ID], [mine.id, "../../x"]):
        answer = api.get("/archive", params={"job": jobs})
        assert (answer.status_code, answer.json()["error_code"]) == (404, "JOB_NOT_FOUND")
        assert anothers.id not in answer.text
    operator = api.get("/archive", params={"job": [mine.id, anothers.id]}, headers=signed("olga"))
    assert operator.status_code == 200


def test_a_job_that_runs_has_no_archive_yet(api: TestClient, make: Make, worker: Worker) -> None:
    done = make()
    waiting = api.post("/shout", json={"text": "hi"}).json()["task_id"]
    for path in (f"/jobs/{waiting}/archive", f"/archive?job={done.id}&job={waiting}"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (409, "JOB_NOT_FINISHED")
    claimed = worker.claim()
    worker.publish(claimed, "part-1.txt", b"one")
    assert api.get(f"/jobs/{waiting}/archive").status_code == 409


def test_files_that_are_over_are_gone(api: TestClient, rooms: Rooms, scripts: Scripts, job: Job) -> None:
    scripts("expire_files", id=job.id, ended_ms=job.ended_ms)
    answer = api.get(f"/jobs/{job.id}/archive")
    assert (answer.status_code, answer.json()["error_code"]) == (410, "FILES_EXPIRED")
    assert rooms.jobs.get(job.id) is not None


def test_a_file_that_was_cleaned_away_is_missed_before_anything_is_sent(
    api: TestClient, rooms: Rooms, job: Job
) -> None:
    rooms.artifacts.store.delete(job.files["small.txt"].key)
    for path in (f"/jobs/{job.id}/archive", f"/archive?job={job.id}"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "FILE_GONE")


def test_a_file_that_goes_meanwhile_breaks_the_connection(
    served: Served, worker: Worker, capsys: pytest.CaptureFixture[str]
) -> None:
    served.client.post("/shout", json={"text": "hi"})
    claimed = worker.claim()
    files = {"a.bin": os.urandom(30_000_000), "b.bin": b"1"}
    worker.succeed(claimed, **files)
    done = worker.rooms.jobs.get(claimed.id)
    assert done is not None
    with served.client.stream("GET", f"/jobs/{claimed.id}/archive") as answer:
        chunks = answer.iter_raw()
        next(chunks)
        worker.rooms.artifacts.store.delete(done.files["b.bin"].key)
        with pytest.raises(httpx2.RemoteProtocolError):
            for _ in chunks:
                pass
    said: list[str] = []  # and nobody is told of a fault of ours

    def told() -> bool:
        said.append(capsys.readouterr().out)
        return "http.interrupted" in "".join(said)

    eventually(told)
    assert "Traceback" not in "".join(said)


class TestAStalledDownload:
    @pytest.fixture
    def patience(self) -> Patience:
        return Patience(send_s=0.5)

    def test_is_dropped(self, served: Served, worker: Worker) -> None:
        served.client.post("/shout", json={"text": "hi"})
        claimed = worker.claim()
        worker.succeed(claimed, **{f"{n}.bin": os.urandom(10_000_000) for n in range(3)})
        before = served.connections
        with (
            httpx2.Client(base_url=served.url, headers=signed("ann")) as client,
            client.stream("GET", f"/jobs/{claimed.id}/archive") as answer,
        ):
            chunks = answer.iter_raw()
            next(chunks)
            mine = served.connections - before
            assert len(mine) == 1
            eventually(lambda: not mine & served.connections, within_s=3)
            with pytest.raises(httpx2.RemoteProtocolError):
                for _ in chunks:
                    pass


# ---- older records, and hostile ones


def older(worker: Worker, scripts: Scripts, job: Job, change: Callable[[Artifact], Artifact]) -> None:
    """Write a job's record as another version of this program, or another hand, would have."""
    from mediamill.store.record import dump_models  # noqa: PLC0415 - here alone

    files = {each.name: each for each in map(change, job.files.values())}
    scripts.client.run("HSET", scripts.keys("job", job.id), "files", dump_models(files))
    assert worker.rooms.jobs.get(job.id) != job


def test_an_older_record_gives_the_same_archive(api: TestClient, worker: Worker, scripts: Scripts, job: Job) -> None:
    whole = api.get(f"/jobs/{job.id}/archive")
    older(worker, scripts, job, lambda each: each.model_copy(update={"crc32": None}))
    again = api.get(f"/jobs/{job.id}/archive")
    assert (again.content, again.headers["ETag"]) == (whole.content, whole.headers["ETag"])
    # Its directory alone, of an application that has counted nothing yet.
    with TestClient(create_app(replace(worker.rooms, artifacts=Artifacts(worker.rooms.artifacts.store)))) as fresh:
        path, span = f"/jobs/{job.id}/archive", {"Range": "bytes=-200"}
        assert fresh.get(path, headers={**span, **signed("ann")}).content == whole.content[-200:]


def test_other_content_of_the_same_name_size_and_time_is_another_archive(
    api: TestClient, worker: Worker, scripts: Scripts, job: Job
) -> None:
    before = api.head(f"/jobs/{job.id}/archive").headers["ETag"]
    older(worker, scripts, job, lambda each: each.model_copy(update={"sha256": "0" * 64}))
    assert api.head(f"/jobs/{job.id}/archive").headers["ETag"] != before


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/passwd", "..\\evil.txt", "C:/evil.txt"])
def test_no_name_leaves_the_folder_that_it_is_unpacked_in(
    api: TestClient, worker: Worker, scripts: Scripts, make: Make, name: str
) -> None:
    out = Path("/somewhere/out")
    job = make({"a.txt": b"1", "b.txt": b"2"})
    older(worker, scripts, job, lambda each: each.model_copy(update={"name": name} if each.name == "a.txt" else {}))
    for path in (f"/jobs/{job.id}/archive", f"/archive?job={job.id}"):
        with zipfile.ZipFile(io.BytesIO(api.get(path).content)) as archive:
            for each in archive.namelist():
                assert (out / each).resolve().is_relative_to(out)
                assert ".." not in each.split("/")


# ---- in a bucket


@pytest.mark.xdist_group("s3")
class TestInABucket:
    @pytest.fixture
    def rooms(self, rooms: Rooms, s3_options: S3Options) -> Rooms:  # noqa: F811 - the fixture that was imported
        store = FileStore.open(f"s3://{BUCKET}/{uuid4().hex}", s3=s3_options)
        return replace(rooms, artifacts=Artifacts(store))

    @pytest.fixture
    def api(self, rooms: Rooms) -> Iterator[TestClient]:
        with TestClient(create_app(rooms), headers=signed("ann")) as client:
            yield client

    def test_it_is_the_same(self, api: TestClient, worker: Worker) -> None:
        api.post("/shout", json={"text": "hi"})
        claimed = worker.claim()
        worker.succeed(claimed, **FILES)
        whole = api.get(f"/jobs/{claimed.id}/archive").content
        assert unpacked(whole) == FILES
        for place in (0, 1, 45, 300_000, 600_050, len(whole) - 23, len(whole) - 1):
            rest = api.get(f"/jobs/{claimed.id}/archive", headers={"Range": f"bytes={place}-"})
            assert (rest.status_code, rest.content) == (206, whole[place:])
