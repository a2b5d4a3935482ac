"""GET /voices: the list, each voice, and how it sounds."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.media.voices.models import CONFIG
from tests.web.parts import Worker, with_speech

from mediamill import Queue
from mediamill.core.job import Job
from mediamill.media.voices import catalog
from mediamill.services.speech.routes import voices as routes
from mediamill.settings import ProviderSettings, VoiceSettings
from mediamill.store.attempts import Failure
from mediamill.testing import eventually
from mediamill.web.rooms import Rooms


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    """With the real speech service."""
    return with_speech(rooms)


@pytest.fixture(autouse=True)
def _only_our_own() -> None:
    """Have the voices that a machine without settings has, whatever another test used in this process."""
    catalog.use(None)


def listed(api: TestClient, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"/voices{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["voices"]
    return found


def names(api: TestClient, query: str) -> list[str]:
    return [voice["name"] for voice in listed(api, query)]


def test_all_voices_are_listed_with_what_a_client_wants_to_know(api: TestClient) -> None:
    voices = listed(api)
    assert len(voices) > 80
    assert voices[0] == {
        "name": "heart",
        "language": "en",
        "label": "English, American, female (neural)",
        "engine": "hibari",
        "sample_rate_hz": 24_000,
        "licence": "Apache-2.0",
        "remote": False,
        "ready": True,
        "needs": None,
        "sample": "/voices/heart/sample",
    }
    assert api.get("/voices/HEART").json() == voices[0]


def test_a_list_may_be_of_one_language_or_engine(api: TestClient) -> None:
    assert names(api, "?language=vi") == ["espeak-vi", "espeak-vi-vn-x-central", "espeak-vi-vn-x-south"]
    assert names(api, "?language=vi-VN-x-south") == ["espeak-vi-vn-x-south"]
    assert names(api, "?language=en_GB") == ["espeak-en-gb"]
    assert names(api, "?language=en&engine=hibari") == ["heart"]
    assert names(api, "?language=nb") == ["espeak-no"]
    assert names(api, "?language=tlh") == names(api, "?engine=nobody") == []
    refused = api.get("/voices?lang=vi")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "lang")


def test_a_voice_that_there_is_not_is_not_found(api: TestClient) -> None:
    for path in ("/voices/nobody", "/voices/nobody/sample"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "VOICE_NOT_FOUND")


@pytest.fixture
def laid(tmp_path: Path) -> Iterator[None]:
    """A folder with a model that an operator laid there, and that is broken."""
    folder = tmp_path / "voices"
    folder.mkdir()
    (folder / "broken.onnx").write_bytes(b"no model")
    (folder / "broken.onnx.json").write_text(json.dumps(CONFIG))
    catalog.use(VoiceSettings(folder=folder))
    yield
    catalog.use(None)


@pytest.mark.usefixtures("laid")
def test_a_voice_that_is_not_ready_says_what_it_needs(api: TestClient) -> None:
    voice = next(each for each in listed(api) if each["name"] == "piper-broken")
    assert (voice["ready"], bool(voice["needs"])) == (False, True)
    sample = api.get(voice["sample"])
    assert (sample.status_code, sample.json()["error_code"]) == (409, "VOICE_NOT_READY")
    assert voice["needs"] in sample.json()["detail"]
    assert voice["name"] not in {each["id"] for each in api.get("/v1/audio/voices").json()["voices"]}
    refused = api.post("/v1/audio/speech", json={"input": "Hello.", "voice": voice["name"]})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "voice")


def test_a_voice_of_another_server_may_have_a_slash_in_its_name(api: TestClient, worker: Worker) -> None:
    catalog.use(VoiceSettings(provider=ProviderSettings("http://127.0.0.1:9/v1", voices=(("team/anna", "en"),))))
    try:
        voice = next(each for each in listed(api) if each["engine"] == "service")
        assert voice["name"] == "service-team/anna"
        assert api.get(voice["sample"].removesuffix("/sample")).json() == voice
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(api.get, voice["sample"])
            job = claimed(worker)
            worker.succeed(job, **{"speech.mp3": b"a few seconds"})
            assert asked.result(10).content == b"a few seconds"
        assert job.params["voice"] == voice["name"]
    finally:
        catalog.use(None)


def test_apps_choose_among_the_voices_that_can_speak(api: TestClient) -> None:
    voices = api.get("/v1/audio/voices").json()["voices"]
    assert {"id": "espeak-vi", "name": "Vietnamese, northern", "language": "vi"} in voices
    assert [each["id"] for each in voices] == [each["name"] for each in listed(api) if each["ready"]]


# ---- samples


def claimed(worker: Worker) -> Job:
    job = eventually(lambda: worker.attempts.claim(Queue.INTERACTIVE, machine="m1", worker="m1:7"))
    assert job is not None
    return job


def test_a_sample_is_made_once_and_is_there_from_then_on(api: TestClient, worker: Worker) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(api.get, "/voices/espeak-vi/sample")
        job = claimed(worker)
        assert (job.params["voice"], job.params["language"], job.params["stream"]) == ("espeak-vi", "vi", False)
        worker.succeed(job, **{"speech.mp3": b"a few seconds"})
        heard = asked.result(10)
    assert (heard.status_code, heard.content) == (200, b"a few seconds")
    assert heard.headers["content-type"] == "audio/mpeg"
    assert heard.headers["cache-control"] == "private, max-age=3600, no-transform"
    assert api.get("/voices/espeak-vi/sample").content == b"a few seconds"
    assert len(api.get("/jobs").json()["jobs"]) == 1


def test_a_sample_that_takes_long_comes_later(api: TestClient, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SAMPLE_S", 0.05)
    later = api.get("/voices/heart/sample")
    assert (later.status_code, later.headers["retry-after"]) == (503, "5")
    assert later.headers["content-type"] == "application/problem+json"
    worker.succeed(claimed(worker), **{"speech.mp3": b"at last"})
    assert api.get("/voices/heart/sample").content == b"at last"
    assert api.get(later.headers["location"]).json()["status"] == "SUCCESS"


def test_another_voice_that_stood_in_is_no_sample(api: TestClient, worker: Worker) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(api.get, "/voices/heart/sample")
        job = claimed(worker)
        files = {"speech.mp3": worker.artifact(job, "speech.mp3", b"another voice")}
        assert worker.attempts.succeed(job.id, job.token or "", files, {"degraded": True}, reusable=False)
        answer = asked.result(10)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "the voice is away now"
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(api.get, "/voices/heart/sample")
        worker.succeed(claimed(worker), **{"speech.mp3": b"itself"})
        assert asked.result(10).content == b"itself"


def test_a_sample_that_fails_says_so(api: TestClient, worker: Worker) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(api.get, "/voices/heart/sample")
        job = claimed(worker)
        assert worker.attempts.fail(job.id, job.token or "", Failure("BROKEN", "it broke"))
        answer = asked.result(10)
    assert (answer.status_code, answer.json()["error_code"], answer.json()["detail"]) == (500, "BROKEN", "it broke")
