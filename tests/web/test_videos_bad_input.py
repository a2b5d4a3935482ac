"""Requests for videos that nobody means well: each is refused in plain words, and nothing of it stays behind."""

import struct
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import with_service

from mediamill.web.rooms import Rooms

SCENE = {"title": "Bees", "narration": "A bee that has found flowers dances."}
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5B", 13, b"IHDR", 40_000, 40_000, 8, 2, 0, 0, 0)


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    """With the real service."""
    return with_service(rooms, "videos")


def refused(api: TestClient, **request: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = api.post("/videos", **request)
    assert answer.status_code == 422, answer.text
    body: dict[str, Any] = answer.json()
    assert body["error_code"] == "INVALID_INPUT"
    return body


def script(*scenes: dict[str, Any]) -> dict[str, Any]:
    return {"title": "Bees", "language": "en", "scenes": [SCENE, SCENE, *(scenes or (SCENE,))]}


def drawn(visual: str, content: str) -> dict[str, Any]:
    return {"script": script({**SCENE, "visual": visual, "content": content})}


REQUESTS = {
    "nothing": ({}, "text", "send one of `text`, `script` and a file"),
    "two things": ({"text": "Bees dance.", "script": script()}, "script", "not text and script"),
    "a document without words": ({"text": "# ---\n\n..."}, "text", "nothing to say"),
    "no scene": ({"script": {**script(), "scenes": []}}, "script.scenes", "3 to 7 scenes, not 0"),
    "two scenes": ({"script": {**script(), "scenes": [SCENE] * 2}}, "script.scenes", "3 to 7 scenes, not 2"),
    "eight scenes": ({"script": {**script(), "scenes": [SCENE] * 8}}, "script.scenes", "3 to 7 scenes, not 8"),
    "a long narration": (
        {"script": script({**SCENE, "narration": "a" * 1_001})},
        "script.scenes.2.narration",
        "at most 1000 characters",
    ),
    "an unknown visual": (drawn("hologram", ""), "script.scenes.2.visual", "'slide', 'diagram', 'chart'"),
    "broken LaTeX": (drawn("formula", r"\frac{1}{2"), "script.scenes.2.content", "formula"),
    "a chart without numbers": (drawn("chart", "bar\na,b\nc,d"), "script.scenes.2.content", "number"),
    "8k": ({"text": "Bees dance.", "resolution": "8k"}, "resolution", "'720p' or '1080p'"),
    "a picture that was not sent": (
        {"script": script({**SCENE, "image": "image_1"})},
        "script.scenes.2.image",
        "there is no file 'image_1'",
    ),
}


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize("case", REQUESTS)
def test_a_request_that_cannot_become_a_video_is_refused_at_once(api: TestClient, case: str) -> None:
    params, field, message = REQUESTS[case]
    body = refused(api, json=params)
    assert [error["field"] for error in body["errors"]] == [field]
    assert message in body["detail"]
    assert len(body["detail"]) < 400


UPLOADS = {
    "a zip": ({"file": b"PK\x03\x04"}, "{}", "file", "a ZIP or Office file"),
    "a file and a text": ({"file": b"Bees dance."}, '{"text": "Bees dance."}', "file", "not text and file"),
    "a logo of 40,000 pixels a side": (
        {"file": b"Bees dance.", "logo": PNG},
        "{}",
        "logo",
        "40,000 x 40,000 pixels",
    ),
    "a logo that is none": ({"file": b"Bees dance.", "logo": b"<svg/>"}, "{}", "logo", "no PNG, JPEG, WebP or GIF"),
    "a picture that nobody shows": (
        {"file": b"Bees dance.", "image_1": PNG},
        "{}",
        "image_1",
        "no scene of a `script` shows this picture",
    ),
    "an upload that there is not": (
        {"file": b"Bees dance.", "image_8": PNG},
        "{}",
        "image_8",
        "there is no part 'image_8' here",
    ),
}


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize("case", UPLOADS)
def test_uploads_that_cannot_be_used_are_refused_by_their_names(api: TestClient, case: str) -> None:
    files, params, field, message = UPLOADS[case]
    sent = {name: ("upload", content) for name, content in files.items()}
    body = refused(api, files=sent, data={"params": params})
    assert [error["field"] for error in body["errors"]] == [field]
    assert message in body["detail"]


def test_a_script_of_its_largest_size_is_taken(api: TestClient) -> None:
    scene = {"title": "a" * 120, "narration": "Bee. " * 200, "content": "a " * 2_000, "language": "en"}
    answer = api.post("/videos", json={"script": {"title": "B" * 120, "language": "en", "scenes": [scene] * 7}})
    assert answer.status_code == 202, answer.text
