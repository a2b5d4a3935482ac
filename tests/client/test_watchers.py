"""Watchers by both clients, against the routes of the real service; the example of docs/recordings.md."""

import re
from pathlib import Path

import pytest
from tests.client.parts import Shelf, recording
from tests.web.parts import KEYS, Served, Worker

from mediamill.client import ApiError, Client
from mediamill.web.rooms import Rooms

URL = "https://live.example/fair.m3u8?token=a+b"
DOCS = Path(__file__).parents[2] / "docs/recordings.md"


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    return recording(rooms)


def test_a_watcher_is_made_looked_at_changed_and_let_go(ann: Client) -> None:
    made = ann.watch({"url": URL, "poll_interval": 30, "options": {"quality": "720p"}})
    assert (made.status, made.key) == ("active", URL)
    assert ann.watch({"url": URL, "poll_interval": 30, "options": {"quality": "720p"}}) == made
    seen = ann.watcher(URL)
    assert (seen.task_id, seen.poll_interval_s, seen.live, seen.recordings) == (made.task_id, 30, False, 0)
    assert seen.body["options"]["quality"] == "720p"
    changed = ann.change_watcher(URL, poll_interval_s=15, paused=True)
    assert (changed.status, changed.poll_interval_s) == ("paused", 15)
    assert ann.change_watcher(URL, paused=False).status == "active"
    ann.delete_watcher(URL)
    assert ann.watcher(URL).status == "deleted"


def test_a_list_goes_on_over_its_pages(ann: Client) -> None:
    keys = [ann.watch({"room_id": f"@room{number}"}).key for number in range(5)]
    assert [each.key for each in ann.watchers(page_size=2)] == keys[::-1]
    ann.change_watcher("@room3", paused=True)
    assert [each.key for each in ann.watchers(status="paused", page_size=2)] == ["@room3"]


def test_what_the_server_refuses_is_told_with_its_code(ann: Client) -> None:
    for refused, code in (
        (lambda: ann.watch({}), "INCOMPLETE"),
        (lambda: ann.watch({"url": URL, "poll_interval": 1}), "INVALID_INPUT"),
        (lambda: ann.watcher("@nobody"), "NOT_WATCHED"),
        (lambda: ann.delete_watcher(URL, force=True), "NOT_WATCHED"),
        (lambda: ann.watch({"url": URL}) and ann.watch({"url": URL, "poll_interval": 30}), "WATCHED_OTHERWISE"),
    ):
        with pytest.raises(ApiError, match=code):
            refused()


def test_the_example_of_the_docs_does_what_it_says(
    served: Served, rooms: Rooms, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = r"<!-- tests/client/test_watchers.py runs this -->\n```python\n(.*?)```"
    found = re.search(marked, DOCS.read_text(), re.DOTALL)
    assert found is not None
    Shelf(rooms, worker, tmp_path).put("@vtv24news/a.mp4", b"film", room="@vtv24news")
    monkeypatch.chdir(tmp_path)
    said: list[tuple[object, ...]] = []
    told = {"URL": served.url, "KEY": KEYS["ann"], "print": lambda *words: said.append(words)}
    exec(found[1], told)  # noqa: S102 - our own page
    assert said == [("@vtv24news", False, 0), (Path("films/a.mp4"),)]
    assert (tmp_path / "films/a.mp4").read_bytes() == b"film"
