"""Recordings in the real stack: what is live becomes a file, whoever is killed; the examples of docs/recordings.md."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.up import ROOT, UNSET, Up
from tests.live.film import frames, lost, repeated
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind

from mediamill.testing import eventually

PATIENCE_S = 30
DRAIN_S = 20  # what a worker has for its attempts, by default
FINAL = {"SUCCESS", "FAILURE", "REVOKED"}
DOCS = ROOT / "docs/recordings.md"


@pytest.fixture(scope="module")
def site() -> Iterator[LiveSite]:
    """Each test takes a channel of its own, so that all share a server."""
    with live_site() as here:
        yield here


@pytest.fixture(scope="module")
def up(site: LiveSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    server = Up(
        tmp_path_factory.mktemp("recordings"),
        slots="interactive=0,cpu=0,default=2,downloads=0,recording=4",
        environ={
            "MEDIAMILL_EGRESS_ALLOW": site.address,
            "MEDIAMILL_TIKTOK_URL": site.url,
            "MEDIAMILL_STREAMLINK_PLUGINS": str(ROOT / "tests/live/plugins"),
            "MEDIAMILL_MIN_FREE": "0",
        },
    )
    try:
        yield server
    finally:
        server.stop()


def submitted(up: Up, **params: object) -> str:
    answer = up.client.post("/recordings", json=params)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "PENDING"
    return str(answer.json()["task_id"])


def job(up: Up, task_id: str) -> dict[str, Any]:
    found: dict[str, Any] = up.client.get(f"/jobs/{task_id}").json()
    return found


def ended(up: Up, task_id: str) -> dict[str, Any]:
    return eventually(lambda: (found := job(up, task_id))["status"] in FINAL and found, PATIENCE_S) or {}


def lasting(up: Up) -> list[Path]:
    """Return what is recorded and not yet published."""
    return list((up.folder / "lasting").rglob("part-*"))


def records(up: Up) -> None:
    """Wait until bytes of a live are on the disk."""
    eventually(lambda: sum(path.stat().st_size for path in lasting(up)) > 0, PATIENCE_S)


def fetched(up: Up, path: str, to: Path) -> list[int]:
    """Return the numbers of the pictures of a file that the server has."""
    answer = up.client.get(path)
    assert answer.status_code == 200, answer.text
    to.write_bytes(answer.content)
    return frames(to)


def events(up: Up, task_id: str) -> list[str]:
    """Return the names of all events of a job that has ended."""
    story = up.client.get(f"/jobs/{task_id}/events").text
    return [line.removeprefix("event: ") for line in story.splitlines() if line.startswith("event: ")]


def on_air(site: LiveSite, name: str) -> Any:  # noqa: ANN401 - the site's
    channel = site.channel(name)
    channel.on(halted=True)
    channel.play(0.8)
    return channel


def test_a_room_is_recorded_from_the_air_to_the_index(up: Up, site: LiveSite, tmp_path: Path) -> None:
    room = on_air(site, "room")
    task_id = submitted(up, room_id="@room", output_template="{room_id}/{title}.mp4")
    records(up)
    eventually(lambda: job(up, task_id)["stage"].startswith("recording 0:"), PATIENCE_S)
    room.play(0.8)
    room.off()
    done = ended(up, task_id)
    assert done["status"] == "SUCCESS", done
    data = done["data"]
    assert data["files"] == ["@room/Trực tiếp - chợ nổi.mp4"]
    seen = fetched(up, f"/files/{data['files'][0]}", tmp_path / "kept.mp4")
    assert seen[-1] == room.frames[-1]
    assert lost(seen) == repeated(seen) == 0
    assert sorted(each["name"] for each in done["files"]) == ["Trực tiếp - chợ nổi.mp4", "thumbnail.jpg"]
    assert fetched(up, f"/jobs/{task_id}/files/Trực tiếp - chợ nổi.mp4", tmp_path / "job.mp4") == seen
    listed = up.client.get("/files", params={"room_id": "@room"}).json()
    assert [each["path"] for each in listed["files"]] == data["files"]
    assert listed["files"][0]["task_id"] == task_id
    assert "artifact" in events(up, task_id)
    assert lasting(up) == []


def test_a_worker_that_is_killed_in_the_middle_loses_no_picture(up: Up, site: LiveSite, tmp_path: Path) -> None:
    killed, over = on_air(site, "killed"), on_air(site, "over")
    task_id = submitted(up, url=site.hls("killed"))
    over_id = submitted(up, url=site.page("over"), options={"quality": "90p"})
    eventually(lambda: min(killed.asked[Kind.SEGMENT], over.asked[Kind.SEGMENT]) >= 2, PATIENCE_S)
    [worker] = [each for each in up.workers() if each.name() == "mm-recording"]
    worker.send_signal(signal.SIGKILL)
    killed.play(1.2)
    over.play(1.2)
    over.off()  # its page says nothing of it any more when a worker is there again
    eventually(lambda: killed.asked[Kind.SEGMENT] >= 5, PATIENCE_S)
    killed.off()
    done = ended(up, task_id)
    assert (done["status"], [each["outcome"] for each in done["history"]]) == ("SUCCESS", ["lose", "succeed"])
    [kept] = done["data"]["files"]
    assert fetched(up, f"/files/{kept}", tmp_path / "kept.mp4") == list(killed.frames)
    [kept] = ended(up, over_id)["data"]["files"]
    assert fetched(up, f"/files/{kept}", tmp_path / "over.mp4") == list(over.frames)
    assert done["data"]["reconnects"] >= 1
    eventually(lambda: lasting(up) == [])


def test_a_worker_that_is_told_to_end_gives_its_recording_back_at_once_and_the_next_one_goes_on(
    up: Up, site: LiveSite, tmp_path: Path
) -> None:
    told = on_air(site, "told")
    task_id = submitted(up, url=site.hls("told"))
    eventually(lambda: told.asked[Kind.SEGMENT] >= 2, PATIENCE_S)
    [worker] = [each for each in up.workers() if each.name() == "mm-recording"]
    worker.terminate()
    worker.wait(DRAIN_S / 2)
    told.play(0.8)
    eventually(lambda: told.asked[Kind.SEGMENT] >= 4, PATIENCE_S)
    told.off()
    done = ended(up, task_id)
    assert (done["status"], [each["outcome"] for each in done["history"]]) == ("SUCCESS", ["hand_back", "succeed"])
    [kept] = done["data"]["files"]
    assert fetched(up, f"/files/{kept}", tmp_path / "kept.mp4") == list(told.frames)
    eventually(lambda: lasting(up) == [])


def test_what_a_recording_that_failed_left_becomes_another_one(up: Up, site: LiveSite, tmp_path: Path) -> None:
    left = on_air(site, "left")
    answer = up.client.post("/recordings?time_limit_s=3", json={"url": site.hls("left")})
    task_id = answer.json()["task_id"]
    done = ended(up, task_id)
    left.off()
    assert (done["status"], done["error_code"]) == ("FAILURE", "TIME_LIMIT")

    def rescued() -> dict[str, Any] | None:
        jobs = up.client.get("/jobs", params={"service": "recordings"}).json()["jobs"]
        found = [each for each in jobs if each["task_id"] > task_id and each["status"] == "SUCCESS"]
        return job(up, found[0]["task_id"]) if found else None

    data = (eventually(rescued, PATIENCE_S) or {})["data"]
    assert data["ended"] == "lost"
    seen = fetched(up, f"/files/{data['files'][0]}", tmp_path / "kept.mp4")
    assert seen
    assert seen == list(left.frames)[: len(seen)]
    assert lasting(up) == []


def test_a_cancelled_recording_leaves_nothing(up: Up, site: LiveSite) -> None:
    on_air(site, "cancelled")
    task_id = submitted(up, url=site.flv("cancelled"))
    records(up)
    assert up.client.delete(f"/jobs/{task_id}").status_code == 202
    assert ended(up, task_id)["status"] == "REVOKED"
    eventually(lambda: lasting(up) == [] and site.channel("cancelled").viewers == 0, within_s=10)
    assert up.client.get("/files", params={"url": site.flv("cancelled")}).json()["total"] == 0


def test_who_asks_for_nothing_is_told_at_once_and_who_is_off_the_air_soon(up: Up, site: LiveSite) -> None:
    answer = up.client.post("/recordings", json={"duration": 60})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INCOMPLETE")
    assert up.client.post("/recordings", json={"url": 7}).status_code == 422
    site.channel("nobody")
    done = ended(up, submitted(up, room_id="@nobody"))
    assert (done["status"], done["error_code"]) == ("FAILURE", "LIVE_OFFLINE")


def test_the_command_line_follows_a_recording_and_fetches_it(up: Up, site: LiveSite, tmp_path: Path) -> None:
    channel = site.channel("followed")
    channel.on()
    words = ("submit", "recordings", site.hls("followed"), "-p", "duration=1", "--follow", "--out", str(tmp_path))
    environ = {**os.environ, **UNSET, "MEDIAMILL_DATA_DIR": str(up.folder)}
    argv = [sys.executable, "-m", "mediamill.cli", *words]
    told = subprocess.run(argv, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    channel.off()
    assert told.returncode == 0, told.stderr
    [video] = [Path(line) for line in told.stdout.splitlines() if line.endswith(".mp4")]
    assert lost(frames(video)) == 0


# ---- the examples of the docs


def example(name: str) -> str:
    """Return a block of docs/recordings.md by the mark above it."""
    marked = rf"<!-- tests/e2e/test_recordings.py runs this: {name} -->\n```sh\n(.*?)```"
    found = re.search(marked, DOCS.read_text(), re.DOTALL)
    assert found is not None, f"docs/recordings.md has no example {name!r}"
    return found[1]


def said(up: Up, site: LiveSite, name: str, task_id: str = "") -> Any:  # noqa: ANN401 - JSON
    """Run an example as it stands, but for the address of the live; return the JSON that it prints."""
    text = example(name).replace("https://example.com/live/stream.m3u8", site.hls("docs"))
    environ = {**os.environ, "URL": str(up.client.base_url).rstrip("/"), "KEY": up.client.headers["X-API-Key"]}
    told = subprocess.run(
        ["/bin/sh", "-ec", text], env={**environ, "ID": task_id}, capture_output=True, text=True, timeout=30, check=True
    )
    return json.loads(told.stdout)


def test_the_examples_of_the_docs_do_what_they_say(up: Up, site: LiveSite, tmp_path: Path) -> None:
    docs = site.channel("docs")
    docs.on()
    task_id = said(up, site, "record")["task_id"]
    records(up)
    assert task_id in [each["task_id"] for each in said(up, site, "list")["jobs"]]
    assert said(up, site, "stop", task_id)["task_id"] == task_id
    done = ended(up, task_id)
    docs.off()
    assert (done["status"], done["data"]["ended"]) == ("SUCCESS", "stopped")
    listed = said(up, site, "files")["files"]
    [mine] = [each for each in listed if each["task_id"] == task_id]
    assert set(mine) >= {"name", "size", "mtime", "path"}
    seen = fetched(up, f"/files/{mine['path']}", tmp_path / "kept.mp4")
    assert seen
    assert lost(seen) == repeated(seen) == 0
