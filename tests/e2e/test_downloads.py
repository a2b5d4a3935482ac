"""Downloads in the real stack, as a user starts it: once for everybody; nothing is left by a kill or a cancel."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import httpx2
import psutil
import pytest
from tests.e2e.up import ROOT, UNSET, Up
from tests.site import Site
from tests.site import site as served
from tests.sounds import SECONDS, TAGS

from mediamill.testing import eventually

KEYS = {"ann": "key-of-ann", "bob": "key-of-bob", "admin": "key-of-admin"}
NAME = f"{TAGS['artist']} - {TAGS['title']}"
#: A download of some seconds, on a machine that has much else to do.
PATIENCE_S = 60


@pytest.fixture(scope="module")
def _site() -> Iterator[Site]:
    with served() as here:
        yield here


@pytest.fixture
def site(_site: Site) -> Site:
    """The site, of which nothing hangs any more. Each test takes another kind of file, so that all share a server."""
    _site.let_go.clear()
    _site.stalled.clear()
    return _site


@pytest.fixture(scope="module")
def up(_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("downloads")
    (folder / "api-key").write_text(KEYS["admin"])
    keys = ",".join(f"{owner}:{key}" for owner, key in KEYS.items()) + ":admin"
    server = Up(
        folder,
        slots="interactive=0,cpu=0,default=1,downloads=3,recording=0",
        environ={"API_KEYS": keys, "MEDIAMILL_EGRESS_ALLOW": _site.address, "MEDIAMILL_MIN_FREE": "0"},
    )
    try:
        yield server
    finally:
        _site.let_go.set()
        server.stop()


def of(up: Up, owner: str) -> httpx2.Client:
    return httpx2.Client(base_url=up.client.base_url, headers={"X-API-Key": KEYS[owner]}, timeout=90)


def submitted(client: httpx2.Client, **params: object) -> dict[str, Any]:
    answer = client.post("/downloads", json=params)
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ended(client: httpx2.Client, task_id: str) -> dict[str, Any]:
    """Wait for a job's end; return it."""
    job = eventually(lambda: (found := client.get(f"/jobs/{task_id}").json())["status"] in FINAL and found, PATIENCE_S)
    assert isinstance(job, dict)
    return job


FINAL = {"SUCCESS", "FAILURE", "REVOKED"}


def at_work(up: Up) -> list[psutil.Process]:
    """Return the programs that work in an attempt's scratch."""
    scratch = str(up.folder / "scratch")
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(scratch) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:  # gone, or another user's
            continue
    return found


def in_scratch(up: Up) -> list[Path]:
    return [path for path in (up.folder / "scratch").rglob("*") if path.is_file()]


def stored(up: Up, mark: bytes) -> list[Path]:
    """Return the sounds that lie in the store, by whatever name. mark: what their kind has within its first bytes."""
    files = (path for path in (up.folder / "files").rglob("*") if path.is_file())
    return [path for path in files if mark in path.read_bytes()[:8]]


def test_the_command_line_downloads_once_and_then_has_it_at_once(up: Up, site: Site, tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text(site.cookie_file())
    words = ("submit", "downloads", site("/members/tone.mp3"), "--file", f"cookies={cookies}", "--follow", "--out")
    for folder in ("first", "again"):
        told = mediamill(up, *words, str(tmp_path / folder))
        assert told.returncode == 0, told.stderr
        [path] = told.stdout.splitlines()
        assert Path(path) == tmp_path / folder / f"{NAME}.mp3"
        with av.open(path) as sound:
            assert sound.duration == pytest.approx(SECONDS * 1_000_000, rel=0.05)
    assert site.asked["/members/tone.mp3"] == 2  # a look and a take
    assert "sesame" not in told.stderr
    on_disk = (path for path in up.folder.rglob("*") if path.is_file() and path != cookies)
    assert [path for path in on_disk if b"sesame" in path.read_bytes()] == []

    refused = mediamill(up, "submit", "downloads", "http://10.0.0.1/a.mp3")
    assert refused.returncode != 0
    assert "a private address" in refused.stderr
    failed = mediamill(up, "submit", "downloads", site("/status/404/x.mp3"), "--out", str(tmp_path / "none"))
    assert failed.returncode != 0
    assert "NOT_FOUND" in failed.stderr


def mediamill(up: Up, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **UNSET, "MEDIAMILL_DATA_DIR": str(up.folder), "MEDIAMILL_API_KEY": KEYS["ann"]}
    argv = [sys.executable, "-m", "mediamill.cli", *words]
    return subprocess.run(argv, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_a_hundred_identical_requests_are_one_download(up: Up, site: Site) -> None:
    url = site("/stalls/tone.m4a")
    with of(up, "ann") as ann, of(up, "bob") as bob, ThreadPoolExecutor(16) as pool:
        owners = [ann, bob] * 50
        urls = [url, f"{url}?utm_source=x", f"{url}#top", f" {url}"]
        accepted = list(
            pool.map(lambda n: submitted(owners[n], url=urls[n // 2 % 4], format="original")["task_id"], range(100))
        )
        assert len(set(accepted)) == 2  # a record for each owner
        assert site.stalled.wait(PATIENCE_S)
        site.let_go.set()
        jobs = [ended(ann, accepted[0]), ended(bob, accepted[1])]
        assert [job["status"] for job in jobs] == ["SUCCESS", "SUCCESS"]
        assert site.asked["/stalls/tone.m4a"] == 2  # a look and a take
        assert sorted(job["data"]["from_cache"] for job in jobs) == [False, True]
        assert len({path.stat().st_ino for path in stored(up, b"ftyp")}) == 1, "one file on the disk, by several names"

        repeat = submitted(bob, url=url, format="original")
        assert (repeat["status"], repeat["task_id"]) == ("SUCCESS", accepted[1])
        assert bob.get(f"/jobs/{accepted[0]}").status_code == 404
        content = bob.get(f"/jobs/{accepted[1]}/files/{NAME}.m4a")
        assert content.content[4:8] == b"ftyp"


def test_a_killed_worker_leaves_no_program_and_no_byte(up: Up, site: Site) -> None:
    with of(up, "ann") as ann:
        task_id = submitted(ann, url=site("/stalls/tone.flac"), format="original")["task_id"]
        assert site.stalled.wait(PATIENCE_S)
        programs = eventually(lambda: at_work(up), within_s=10)
        [worker] = [each for each in up.workers() if each.name() == "mm-downloads"]
        worker.send_signal(signal.SIGKILL)
        eventually(lambda: not any(each.is_running() for each in programs), within_s=10)
        site.let_go.set()
        job = ended(ann, task_id)
        assert (job["status"], [each["outcome"] for each in job["history"]]) == ("SUCCESS", ["lose", "succeed"])
        eventually(lambda: in_scratch(up) == [] and at_work(up) == [], within_s=15)
        assert len({path.stat().st_ino for path in stored(up, b"fLaC")}) == 1


def test_a_cancelled_download_has_left_nothing_after_ten_seconds(up: Up, site: Site) -> None:
    with of(up, "ann") as ann:
        task_id = submitted(ann, url=site("/stalls/tone.opus"), format="original")["task_id"]
        assert site.stalled.wait(PATIENCE_S)
        eventually(lambda: at_work(up), within_s=10)
        assert ann.delete(f"/jobs/{task_id}").status_code == 202
        eventually(lambda: ann.get(f"/jobs/{task_id}").json()["status"] == "REVOKED", within_s=10)
        eventually(lambda: at_work(up) == [] and in_scratch(up) == [], within_s=10)
        assert stored(up, b"OggS") == []


def test_a_feed_that_is_stopped_keeps_what_is_whole(up: Up, site: Site) -> None:
    with of(up, "ann") as ann:
        task_id = submitted(ann, url=site("/feed/stalls.rss"), format="original")["task_id"]
        assert site.stalled.wait(PATIENCE_S)
        assert ann.post(f"/jobs/{task_id}/stop").status_code == 202
        job = ended(ann, task_id)
        assert (job["status"], [each["name"] for each in job["files"]]) == ("SUCCESS", [f"{NAME}.mp3"])
        assert job["data"]["missing"] == "CANCELLED"
        assert submitted(ann, url=site("/feed/stalls.rss"), format="original")["task_id"] != task_id


def test_of_several_addresses_those_that_can_be_had_come(up: Up, site: Site) -> None:
    urls = [site("/many/1/tone.wav"), site("/status/404/x.mp3"), site("/many/2/tone.wav")]
    with of(up, "ann") as ann:
        job = ended(ann, submitted(ann, urls=urls, format="original")["task_id"])
        assert job["status"] == "SUCCESS", job
        data = job["data"]
        assert [each.get("error_code") for each in data["urls"]] == [None, "NOT_FOUND", None]
        names = [each["name"] for each in ann.get(f"/jobs/{job['task_id']}/files").json()["files"]]
        assert sorted(names) == ["tone (2).wav", "tone.wav"]
        child = ann.get(f"/jobs/{data['urls'][1]['job']}").json()
        assert (child["status"], child["error_code"]) == ("FAILURE", "NOT_FOUND")
        assert len({path.stat().st_ino for path in stored(up, b"RIFF")}) == 2, (
            "two downloads, each one file on the disk"
        )
