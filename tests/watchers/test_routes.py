"""The routes of watchers, on a real store; their jobs are run by hand."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from fastapi.testclient import TestClient
from tests.web.parts import signed

from mediamill.core.states import State
from mediamill.engine.registry import Found, Registry
from mediamill.services.recordings import services
from mediamill.store.attempts import Attempts
from mediamill.web.app import create_app
from mediamill.web.rooms import Rooms

URL = "https://live.example/fair.m3u8?token=a+b"


@pytest.fixture
def here(rooms: Rooms) -> Rooms:
    found = {each.name: Found(each, "mediamill.services.recordings", ()) for each in services}
    return replace(rooms, registry=Registry(found))


@pytest.fixture
def api(here: Rooms) -> Iterator[TestClient]:
    with TestClient(create_app(here), headers=signed("ann")) as client:
        yield client


def created(api: TestClient, headers: dict[str, str] | None = None, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as clients send it
    answer = api.post("/watchers", json={"url": URL, **asked}, headers=headers)
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


def path(key: str) -> str:
    return f"/watchers/{quote(key, safe='')}"


def test_a_watcher_is_known_by_its_room_or_its_address(api: TestClient) -> None:
    body = created(api)
    assert body == {"task_id": body["task_id"], "status": "active", "key": URL}
    room = api.post("/watchers", json={"room_id": "VTV24News"}).json()
    assert room["key"] == "@vtv24news"
    assert api.get(path(URL)).json()["task_id"] == body["task_id"]
    for written in ("@vtv24news", "VTV24News"):
        assert api.get(path(written)).json()["task_id"] == room["task_id"]
    assert api.get(f"/jobs/{room['task_id']}").json()["service"] == "watchers"


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        ({}, 400, "room_id"),
        ({"url": URL, "poll_interval": 9}, 422, "greater than or equal to 10"),
        ({"url": URL, "poll_interval": "often"}, 422, "number"),
        ({"url": "file:///etc/passwd"}, 422, "http"),
        ({"url": "http://10.0.0.1/live.m3u8"}, 422, "10.0.0.1"),
        ({"url": URL, "schedule": {"timezone": "Mars", "windows": [{"start": "1:00", "end": "2:00"}]}}, 422, "Mars"),
        ({"url": URL, "room": "x"}, 422, "room"),
    ],
)
def test_what_cannot_be_watched_is_told(api: TestClient, asked: dict[str, Any], code: int, said: str) -> None:
    answer = api.post("/watchers", json=asked)
    assert (answer.status_code, said in answer.text) == (code, True), answer.text
    assert api.get("/watchers").json() == {"watchers": [], "total": 0}


def test_there_is_one_watcher_of_a_key(api: TestClient) -> None:
    first = created(api, poll_interval=30)
    assert created(api, poll_interval=30) == first
    other = api.post("/watchers", json={"url": URL, "poll_interval": 40})
    assert (other.status_code, other.json()["error_code"]) == (409, "WATCHED_OTHERWISE")
    assert api.post("/watchers", json={"url": URL, "poll_interval": 40}, headers=signed("bob")).status_code == 202


def test_an_owner_has_no_more_than_the_operator_allows(here: Rooms) -> None:
    allowed = replace(here, settings=replace(here.settings, watchers=2))
    with TestClient(create_app(allowed), headers=signed("ann")) as api:
        created(api)
        created(api, url="https://live.example/2.m3u8")
        refused = api.post("/watchers", json={"url": "https://live.example/3.m3u8"})
        assert (refused.status_code, refused.json()["error_code"]) == (409, "WATCHED_TOO_MANY")
        created(api)  # is there already
        created(api, url="https://live.example/3.m3u8", headers=signed("bob"))
        assert api.delete(path(URL)).status_code == 200
        created(api, url="https://live.example/3.m3u8")


def test_somebody_elses_watcher_is_not_there(api: TestClient) -> None:
    created(api)
    bob = signed("bob")
    assert api.get(path(URL), headers=bob).status_code == 404
    assert api.patch(path(URL), json={"status": "paused"}, headers=bob).status_code == 404
    assert api.delete(path(URL), headers=bob).status_code == 404
    assert api.get("/watchers", headers=bob).json() == {"watchers": [], "total": 0}


def test_secrets_are_shown_to_nobody(api: TestClient) -> None:
    options = {"cookies": "sessionid=very-secret", "proxy": "http://ann:hush@proxy.example:8080", "quality": "720p"}
    task_id = created(api, options=options)["task_id"]
    shown = api.get(path(URL)).text + api.get("/watchers").text + api.get(f"/jobs/{task_id}").text
    assert "720p" in shown
    assert "very-secret" not in shown
    assert "hush" not in shown


def test_addresses_are_in_no_log(api: TestClient) -> None:
    created(api)
    with structlog.testing.capture_logs() as lines:
        api.get(path(URL))
        api.patch(path(URL), json={"status": "paused"})
        api.delete(path(URL))
    assert [line["path"] for line in lines if line["event"] == "http.request"] == ["/watchers/{key}"] * 3
    assert "token" not in str(lines)


def test_an_interval_is_changed_and_a_watcher_paused_and_resumed(api: TestClient) -> None:
    created(api)
    assert api.patch(path(URL), json={"poll_interval": 15}).json()["poll_interval"] == 15
    paused = api.patch(path(URL), json={"status": "paused"}).json()
    assert (paused["status"], paused["poll_interval"], "next_run_at" in paused) == ("paused", 15, False)
    assert api.get("/watchers?status=paused").json()["watchers"][0]["key"] == URL
    assert api.get("/watchers?status=active").json()["watchers"] == []
    assert api.patch(path(URL), json={"status": "active"}).json()["status"] == "active"
    assert api.patch(path(URL), json={"poll_interval": 9}).status_code == 422
    assert api.patch(path(URL), json={"key": "other"}).status_code == 422


def test_a_watcher_that_is_let_go_is_remembered_and_may_be_made_anew(api: TestClient, here: Rooms) -> None:
    first = created(api)
    assert api.delete(path(URL)).json() == {"ok": True}
    assert here.jobs.get(first["task_id"]).state is State.REVOKED  # type: ignore[union-attr]
    assert api.get(path(URL)).json()["status"] == "deleted"
    assert api.delete(path(URL)).status_code == 404
    assert api.patch(path(URL), json={"status": "paused"}).status_code == 404
    again = created(api)
    assert again["task_id"] != first["task_id"]
    assert api.get(path(URL)).json()["task_id"] == again["task_id"]


def test_lists_come_in_pages_from_the_newest(api: TestClient) -> None:
    for number in range(5):
        api.post("/watchers", json={"room_id": f"@room{number}"})
    page = api.get("/watchers?limit=2").json()
    assert ([each["key"] for each in page["watchers"]], page["total"]) == (["@room4", "@room3"], 5)
    rest = api.get("/watchers", params={"limit": 200, "cursor": page["next"]}).json()
    assert [each["key"] for each in rest["watchers"]] == ["@room2", "@room1", "@room0"]
    assert api.get("/watchers?cursor=nonsense").status_code == 422


def recorded(api: TestClient, here: Rooms) -> tuple[str, str]:
    """Return a watcher and its recording, which the machine `there` makes."""
    task_id = created(api)["task_id"]
    recording = api.post("/recordings", json={"url": URL}).json()["task_id"]
    here.jobs._run.client.run("SADD", here.jobs._run.keys("children", task_id), recording)
    claimed = Attempts(here.jobs._run).claim(services[0].queue, machine="there", worker="w")  # type: ignore[arg-type]
    assert claimed is not None
    return task_id, recording


def test_how_a_machine_sets_its_clock_is_nothing_to_the_recordings_that_it_makes(api: TestClient, here: Rooms) -> None:
    _, recording = recorded(api, here)
    here.fleet.report("there", {"seen_ms": 1})  # by its own clock, which is years behind
    assert api.delete(path(URL)).json() == {"ok": True}
    assert here.jobs.get(recording).stop  # type: ignore[union-attr]


def test_a_recording_on_a_machine_that_is_silent_cannot_be_stopped_safely(api: TestClient, here: Rooms) -> None:
    task_id, recording = recorded(api, here)
    refused = api.delete(path(URL))
    assert (refused.status_code, refused.json()["error_code"]) == (409, "NOT_STOPPABLE")
    assert api.get(path(URL)).json()["status"] == "active"
    assert api.delete(f"{path(URL)}?force=true").json() == {"ok": True}
    assert here.jobs.get(recording).state is State.CANCELLING  # type: ignore[union-attr]
    assert here.jobs.get(task_id).state is State.REVOKED  # type: ignore[union-attr]
