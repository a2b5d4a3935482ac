import threading
import time
from pathlib import Path

import pytest
from tests.client.conftest import Connect
from tests.client.parts import Line
from tests.web.parts import UNKNOWN_ID, Served, Worker

from mediamill.client import ApiError, Client, DownloadError, NotFinished, Unreachable
from mediamill.core.queues import Queue
from mediamill.web.rooms import Rooms

BIG = bytes(range(256)) * 4_000  # 1 MB that does not compress to nothing


# ---- requests


def test_a_request_arrives_with_its_parameters_and_options(ann: Client, rooms: Rooms) -> None:
    accepted = ann.submit("shout", {"text": "Xin chào"}, priority=5, time_limit_s=7.5)
    job = rooms.jobs.get(accepted.task_id)
    assert job is not None
    assert (job.params["text"], job.priority, accepted.status) == ("Xin chào", 5, "PENDING")
    assert job.time_limit_s == 7.5


def test_files_are_sent_from_disk_or_memory(ann: Client, rooms: Rooms, tmp_path: Path) -> None:
    book = tmp_path / "Bài đọc.txt"
    book.write_bytes(BIG)
    accepted = ann.submit("shout", files={"file": book, "second": ("b.txt", b"two")})
    job = rooms.jobs.get(accepted.task_id)
    assert job is not None
    assert {name: (up.filename, up.size_bytes) for name, up in job.uploads.items()} == {
        "file": ("Bài đọc.txt", len(BIG)),
        "second": ("b.txt", 3),
    }


def test_a_submit_whose_answer_was_lost_is_sent_again_and_makes_one_job(connect: Connect, line: Line) -> None:
    line.breaks = [0]
    client = connect(line.url)
    accepted = client.submit("shout", {"text": "hi"}, force=True)
    assert len(line.asked) == 2
    assert [job.task_id for job in client.jobs()] == [accepted.task_id]


def test_a_repeat_with_your_own_key_is_the_same_job(ann: Client) -> None:
    first, second = (ann.submit("shout", {"text": "hi"}, idempotency_key="order-7", force=True) for _ in range(2))
    assert first.task_id == second.task_id


def test_a_refusal_carries_the_members_of_the_problem(ann: Client) -> None:
    with pytest.raises(ApiError, match=r"loudness.gain_db") as caught:
        ann.submit("shout", {"text": "hi", "loudness": {"gain_db": 99}})
    error = caught.value
    assert (error.status, error.error_code) == (422, "INVALID_INPUT")
    assert error.errors[0]["field"] == "loudness.gain_db"
    assert error.correlation_id


def test_nobody_listening_is_told_with_the_address() -> None:
    with Client("http://127.0.0.1:9", retries=0) as client, pytest.raises(Unreachable, match=r"127.0.0.1:9"):
        client.job(UNKNOWN_ID)


def test_a_server_that_is_not_ours_is_told(connect: Connect, served: Served) -> None:
    client = connect(f"{served.url}/docs")
    with pytest.raises(ApiError):
        client.job(UNKNOWN_ID)


def test_a_strange_id_stays_one_part_of_the_path(ann: Client) -> None:
    with pytest.raises(ApiError) as caught:
        ann.job("../queues?x=#")
    assert caught.value.status in {404, 422}


# ---- jobs


def test_a_list_goes_on_over_its_pages(ann: Client) -> None:
    made = [ann.submit("shout", {"text": f"number {number}"}).task_id for number in range(5)]
    assert [job.task_id for job in ann.jobs(page_size=2)] == made[::-1]
    assert [job.task_id for job in ann.jobs(status="SUCCESS")] == []


def test_waiting_ends_with_the_job(ann: Client, worker: Worker) -> None:
    accepted = ann.submit("shout", {"text": "hi"})
    done = threading.Timer(0.3, lambda: worker.succeed(worker.claim(), **{"a.txt": b"x"}))
    done.start()
    job = ann.wait(accepted.task_id, timeout_s=20)
    done.join()
    assert job.succeeded
    assert job.data == {"seconds": 1.5}
    assert job.created_at <= (job.ended_at or job.created_at)


def test_waiting_has_an_end(ann: Client) -> None:
    accepted = ann.submit("shout", {"text": "hi"})
    began = time.monotonic()
    with pytest.raises(NotFinished, match=r"PENDING after 1.2 s"):
        ann.wait(accepted.task_id, timeout_s=1.2)
    assert time.monotonic() - began < 10


def test_a_waiting_job_moves_in_line_is_cancelled_and_run_again(ann: Client) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    assert ann.set_priority(task_id, 9).priority == 9
    cancelled = ann.cancel(task_id)
    assert (cancelled.status, cancelled.finished, cancelled.succeeded) == ("REVOKED", True, False)
    assert ann.retry(task_id).status == "PENDING"
    with pytest.raises(ApiError) as caught:
        ann.stop(task_id)  # it does not run
    assert caught.value.error_code == "CONFLICT"


def test_a_running_job_is_asked_to_finish_early(ann: Client, worker: Worker) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    worker.claim()
    assert ann.stop(task_id).body["stopping"]


# ---- live


def tell(worker: Worker, steps: int) -> None:
    """Run the waiting job: some progress and log lines, then success."""
    job = worker.claim(Queue.CPU)
    for step in range(steps):
        worker.attempts.progress(job.id, job.token or "", step / steps * 100, f"step {step}")
    worker.succeed(job)


def test_events_come_in_order_and_end_with_the_job(ann: Client, worker: Worker) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    tell(worker, 3)
    events = list(ann.events(task_id))
    assert [event.name for event in events] == ["state", "state", "progress", "progress", "progress", "state", "end"]
    assert [event.data["stage"] for event in events if event.name == "progress"] == ["step 0", "step 1", "step 2"]
    assert events[-1].data == {"status": "SUCCESS"}


def test_events_go_on_after_an_id(ann: Client, worker: Worker) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    tell(worker, 3)
    events = list(ann.events(task_id))
    assert list(ann.events(task_id, after=events[3].id)) == events[4:]


def test_events_of_a_broken_line_come_all_and_once(connect: Connect, line: Line, worker: Worker) -> None:
    client = connect(line.url)
    task_id = client.submit("shout", {"text": "hi"}).task_id
    tell(worker, 200)
    line.breaks = [3_000, 2_000, 5_000]
    fresh = connect(line.url)  # its connections are the ones that break
    events = list(fresh.events(task_id))
    assert [event.data["stage"] for event in events if event.name == "progress"] == [f"step {n}" for n in range(200)]
    assert len(line.asked) == 5
    assert all(b"last-event-id" in asked.lower() for asked in line.asked[2:])


def test_tries_to_come_back_that_fail_are_told(connect: Connect, line: Line, worker: Worker) -> None:
    task_id = connect(line.url).submit("shout", {"text": "hi"}).task_id
    tell(worker, 100)
    line.breaks = [3_000, 0, 0, 3_000]
    told: list[Exception] = []
    events = list(connect(line.url).events(task_id, told=told.append))
    assert [event.data["stage"] for event in events if event.name == "progress"] == [f"step {n}" for n in range(100)]
    assert [type(trouble) for trouble in told] == [Unreachable, Unreachable]  # not of breaks that mend at once


def test_following_a_job_that_does_not_exist_ends_at_once(ann: Client) -> None:
    with pytest.raises(ApiError) as caught:
        next(iter(ann.events(UNKNOWN_ID)))
    assert caught.value.status == 404


def test_a_log_is_read_in_whole_or_its_end(ann: Client, worker: Worker) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    job = worker.claim()
    lines = [{"at_ms": 1_772_357_400_000 + n, "attempt": 1, "event": f"line.{n}", "fields": {"n": n}} for n in range(5)]
    worker.attempts.log(job.id, job.token or "", lines)
    assert [line.event for line in ann.logs(task_id)] == [f"line.{n}" for n in range(5)]
    (last,) = ann.logs(task_id, last_n=1)
    assert (last.event, last.fields, last.attempt) == ("line.4", {"n": 4}, 1)


def test_a_followed_log_ends_with_the_job(ann: Client, worker: Worker) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    job = worker.claim()
    following = ann.logs(task_id, follow=True)
    line = {"at_ms": 1_772_357_400_000, "attempt": 1, "event": "voice.loaded", "fields": {}}
    threading.Timer(0.2, lambda: worker.attempts.log(job.id, job.token or "", [line])).start()
    assert next(following).event == "voice.loaded"
    worker.succeed(job)
    assert list(following) == []


# ---- files


def test_files_are_fetched_checked_and_not_fetched_twice(ann: Client, worker: Worker, tmp_path: Path) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    worker.succeed(worker.claim(), **{"speech.mp3": BIG, "parts/1.txt": b"one", "empty.txt": b""})
    out = tmp_path / "out"
    paths = ann.download(task_id, out)
    assert {str(path.relative_to(out)): path.read_bytes() for path in paths} == {
        "speech.mp3": BIG,
        "parts/1.txt": b"one",
        "empty.txt": b"",
    }
    before = (out / "speech.mp3").stat().st_ino
    assert ann.download(task_id, out) == paths
    assert (out / "speech.mp3").stat().st_ino == before
    assert list(out.rglob(".*")) == []


def test_chosen_files_get_chosen_names(ann: Client, worker: Worker, tmp_path: Path) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    worker.succeed(worker.claim(), **{"speech.mp3": b"sound", "cues.json": b"[]"})
    assert ann.download(task_id, tmp_path / "out", names={"speech.mp3": "a.mp3"}) == [tmp_path / "out/a.mp3"]


def test_a_broken_download_goes_on_where_it_stopped(
    connect: Connect, line: Line, worker: Worker, tmp_path: Path
) -> None:
    task_id = connect(line.url).submit("shout", {"text": "hi"}).task_id
    worker.succeed(worker.claim(), **{"speech.mp3": BIG})
    fresh = connect(line.url)
    line.breaks = [600_000]  # the list of files and a part of the first one
    (path,) = fresh.download(task_id, tmp_path / "out")
    assert path.read_bytes() == BIG
    assert b"range: bytes=" in line.asked[2].lower()
    assert b"range: bytes=0-" not in line.asked[2].lower()


def test_a_file_that_is_not_what_was_announced_does_not_appear(
    ann: Client, worker: Worker, rooms: Rooms, tmp_path: Path
) -> None:
    task_id = ann.submit("shout", {"text": "hi"}).task_id
    job = worker.claim()
    worker.succeed(job, **{"speech.mp3": b"sound"})
    kept = rooms.jobs.get(task_id)
    assert kept is not None
    other = tmp_path / "other"
    other.write_bytes(b"noise")
    rooms.artifacts.store.put(kept.files["speech.mp3"].key, other)
    with pytest.raises(DownloadError, match="SHA-256"):
        ann.download(task_id, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
