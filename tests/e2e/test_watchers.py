"""Watchers in the real stack: from off air to a file, every time, whoever is killed; nothing twice."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.e2e.test_recordings import PATIENCE_S, ended, example, fetched, lasting, said, site, up
from tests.e2e.up import Up
from tests.live.channel import Channel
from tests.live.film import lost, repeated
from tests.live.site import LiveSite
from tests.live.trouble import Kind

from mediamill.testing import eventually

__all__ = ["site", "up"]


def watch(up: Up, **asked: object) -> str:
    """Begin a watcher and wait for its first look; return its path."""
    answer = up.client.post("/watchers", json=asked)
    assert answer.status_code == 202, answer.text
    path = f"/watchers/{quote(answer.json()['key'], safe='')}"
    eventually(lambda: "last_run_at" in seen(up, path), PATIENCE_S)
    return path


def seen(up: Up, path: str) -> dict[str, Any]:
    """Return how a watcher stands."""
    answer = up.client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def look(up: Up, path: str) -> None:
    """Have it look at once: whoever changes a watcher wants to see what comes of it."""
    assert up.client.patch(path, json={"poll_interval": 10}).status_code == 200


def recorded(up: Up, path: str, count: int) -> str:
    """Wait until so many recordings have been begun; return the job of the last one."""
    return str(eventually(lambda: (now := seen(up, path))["recordings"] == count and now.get("recording"), PATIENCE_S))


def over(up: Up, path: str) -> dict[str, Any]:
    """Wait until nothing is recorded and it has looked again, as it does at once; return how it stands."""
    return (
        eventually(
            lambda: "recording" not in (now := seen(up, path)) and not now["live"] and "next_run_at" in now and now,
            PATIENCE_S,
        )
        or {}
    )


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left_running(up: Up) -> Iterator[None]:
    yield
    assert up.client.get("/watchers", params={"status": "active"}).json()["watchers"] == []
    assert lasting(up) == []


def test_every_live_is_recorded_once_whoever_is_killed(up: Up, site: LiveSite, tmp_path: Path) -> None:
    daily = site.channel("daily")
    path = watch(up, url=site.page("daily"), options={"quality": "90p"})
    assert seen(up, path)["live"] is False
    for count, victim in ((1, "mm-recording"), (2, "mm-default")):
        task_id = recorded_though_killed(up, daily, path, count, victim)
        [kept] = ended(up, task_id)["data"]["files"]
        assert fetched(up, f"/files/{kept}", tmp_path / "kept.mp4") == list(daily.frames)
        now = over(up, path)
        assert (now["recordings"], now["last_recording"], now["status"]) == (count, task_id, "active")
    listed = up.client.get("/files", params={"url": site.page("daily")}).json()
    assert listed["total"] == 2
    assert up.client.delete(path).json() == {"ok": True}


def recorded_though_killed(up: Up, channel: Channel, path: str, count: int, victim: str) -> str:
    """Go on the air, kill a worker in the middle, go off; return the job of the recording."""
    channel.on(halted=True)
    channel.play(0.8)
    look(up, path)
    task_id = recorded(up, path, count)
    eventually(lambda: sum(each.stat().st_size for each in lasting(up)) > 0, PATIENCE_S)
    [worker] = [each for each in up.workers() if each.name() == victim]
    worker.send_signal(signal.SIGKILL)
    channel.play(0.8)
    eventually(lambda: [each for each in up.workers() if each.name() == victim and each.pid != worker.pid], PATIENCE_S)
    asked = channel.asked[Kind.SEGMENT]
    channel.play(0.8)
    eventually(lambda: channel.asked[Kind.SEGMENT] > asked, PATIENCE_S)
    channel.off()
    done = ended(up, task_id)
    assert done["status"] == "SUCCESS", done
    return task_id


def test_a_room_is_watched_by_what_tiktok_answers(up: Up, site: LiveSite, tmp_path: Path) -> None:
    room = site.channel("room2")
    path = watch(up, room_id="@Room2")
    assert path == "/watchers/%40room2"
    room.on()
    look(up, path)
    task_id = recorded(up, path, 1)
    eventually(lambda: sum(each.stat().st_size for each in lasting(up)) > 0, PATIENCE_S)
    room.off()
    [kept] = ended(up, task_id)["data"]["files"]
    assert kept.startswith("@room2/")
    pictures = fetched(up, f"/files/{kept}", tmp_path / "kept.mp4")
    assert (lost(pictures), repeated(pictures)) == (0, 0)
    assert over(up, path)["recordings"] == 1
    assert up.client.delete(path).json() == {"ok": True}


def test_a_watcher_that_is_let_go_finishes_and_keeps_what_it_records(up: Up, site: LiveSite, tmp_path: Path) -> None:
    evening = site.channel("evening")
    evening.on()
    path = watch(up, url=site.hls("evening"))
    task_id = recorded(up, path, 1)
    eventually(lambda: evening.asked[Kind.SEGMENT] >= 2, PATIENCE_S)
    assert up.client.delete(path).json() == {"ok": True}
    done = ended(up, task_id)
    assert (done["status"], done["data"]["ended"]) == ("SUCCESS", "stopped")
    assert lost(fetched(up, f"/files/{done['data']['files'][0]}", tmp_path / "kept.mp4")) == 0
    watcher = eventually(lambda: (now := seen(up, path))["status"] == "deleted" and now, PATIENCE_S) or {}
    assert ended(up, watcher["task_id"])["status"] == "SUCCESS"
    assert up.client.delete(path).status_code == 404
    eventually(lambda: evening.viewers == 0, within_s=10)
    evening.off()


def test_the_example_of_the_docs_watches(up: Up, site: LiveSite) -> None:
    assert "poll_interval" in example("watch")
    site.channel("docs")
    answer = said(up, site, "watch")
    assert (answer["status"], answer["key"]) == ("active", site.hls("docs"))
    assert up.client.delete(f"/watchers/{quote(answer['key'], safe='')}").json() == {"ok": True}
