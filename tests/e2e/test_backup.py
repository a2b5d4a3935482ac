"""Backup, restore and rebuild as an operator runs them, with the real stack."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.e2e.up import UNSET, Up

from mediamill.settings import RedisSettings, load
from mediamill.store.pool import connect
from mediamill.testing import eventually


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    (tmp_path / "house").mkdir()
    # What still runs when it stops is handed back, and runs again in the next one: nobody waits for it.
    server = Up(tmp_path / "house", environ={"MEDIAMILL_DRAIN_SECONDS": "1"})
    yield server
    server.stop()


def run(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one of our commands on a data folder."""
    return subprocess.run(
        [sys.executable, "-m", "mediamill.cli", *words],
        cwd=data_dir.parent,
        env={**os.environ, **UNSET, "MEDIAMILL_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def submit(up: Up, text: str) -> str:
    answer = up.client.post("/speech", json={"text": text})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def said(up: Up, job_id: str) -> dict[str, Any]:
    """Return all that a client is told of a job, and the bytes of its files."""
    job: dict[str, Any] = up.client.get(f"/jobs/{job_id}").json()
    files = {file["name"]: up.client.get(f"/jobs/{job_id}/files/{file['name']}").content for file in job["files"]}
    return {**job, "bytes": files}


def finished(up: Up, job_id: str) -> dict[str, Any]:
    eventually(lambda: up.client.get(f"/jobs/{job_id}").json()["status"] == "SUCCESS", within_s=60)
    return said(up, job_id)


def settled(up: Up, *job_ids: str) -> None:
    for job_id in job_ids:
        eventually((up.folder / "files/jobs" / job_id / "job.json").exists)


def flush(data_dir: Path) -> None:
    environ = {**os.environ, **UNSET, "MEDIAMILL_DATA_DIR": str(data_dir)}
    client = connect(RedisSettings(url=load(environ, None).redis.url))
    client.run("FLUSHALL")
    client.close()


def test_a_backup_under_load_is_restored_with_all_that_clients_were_told(up: Up, tmp_path: Path) -> None:
    done = [submit(up, f"Sentence {number}.") for number in range(3)]
    before = {job_id: finished(up, job_id) for job_id in done}
    stop, told = Event(), [submit(up, "A long wait. " * 200)]

    def load_it(name: int) -> None:
        while not stop.is_set():
            told.append(submit(up, f"Load {name}, {len(told)}."))
            stop.wait(0.02)  # a copy is made under load, not of it

    with ThreadPoolExecutor(2) as pool:
        load = [pool.submit(load_it, name) for name in range(2)]
        eventually(lambda: len(told) > 10)
        known = list(told)
        try:
            copied = run(up.folder, "backup", str(tmp_path / "copy"))
        finally:
            stop.set()
        assert [each.result() for each in load] == [None, None]
    assert copied.returncode == 0, copied.stderr
    assert "100 %" in copied.stderr
    up.stop()

    house = tmp_path / "restored"
    restored = run(house, "restore", str(tmp_path / "copy"))
    assert restored.returncode == 0, restored.stderr
    assert (house / "secret-key").read_text() == (up.folder / "secret-key").read_text()
    second = Up(house)
    try:
        assert {job_id: said(second, job_id) for job_id in done} == before
        for job_id in known:
            assert finished(second, job_id)["files"], job_id
    finally:
        second.stop()


def test_a_wiped_store_is_rebuilt_beside_the_running_server_and_twice_changes_nothing(up: Up) -> None:
    done = [submit(up, f"Sentence {number}.") for number in range(3)]
    before = {job_id: finished(up, job_id) for job_id in done}
    settled(up, *done)
    flush(up.folder)
    for words in ("3 brought back", "3 known already"):
        ran = run(up.folder, "rebuild")
        assert ran.returncode == 0, ran.stderr
        assert words in ran.stderr
        assert {job_id: said(up, job_id) for job_id in done} == before
    assert up.client.get("/jobs").json()["jobs"]
    events = up.client.get(f"/jobs/{done[0]}/events").text
    assert events.count("event: state") == 1
    assert "event: end" in events
    again = up.client.post("/speech", json={"text": "Sentence 1."})
    assert again.json()["task_id"] == done[1], "a finished job stands for its request again"


def test_records_set_back_under_newer_files_run_nothing_again(up: Up, tmp_path: Path) -> None:
    assert up.client.post("/queues/interactive/pause").status_code < 300
    waiting = submit(up, "It ends after the backup.")
    assert run(up.folder, "backup", str(tmp_path / "copy")).returncode == 0
    assert up.client.post("/queues/interactive/resume").status_code < 300
    before = finished(up, waiting)
    later = submit(up, "It came after the backup.")
    after = finished(up, later)
    settled(up, waiting, later)
    up.stop()

    refused = run(up.folder, "restore", str(tmp_path / "copy"), "--keep-files")
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    restored = run(up.folder, "restore", str(tmp_path / "copy"), "--keep-files", "--replace")
    assert restored.returncode == 0, restored.stderr
    assert "1 brought back, 1 known as unfinished, and ended now" in restored.stderr
    assert list(up.folder.glob("replaced-*/valkey")), "what was there is aside"
    second = Up(up.folder)
    try:
        assert (said(second, waiting), said(second, later)) == (before, after)
        queues = second.client.get("/queues").json()
        assert not [queue for queue in queues["queues"] if queue["waiting"] or queue["running"]]
    finally:
        second.stop()
