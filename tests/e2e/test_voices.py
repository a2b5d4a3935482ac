"""Voices that an installation has beside those of its packages, through the whole stack."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.up import Up
from tests.media.loopback import hanging, status
from tests.media.voices import speakers
from tests.media.voices.models import lay
from tests.media.voices.speakers import Speaker

from mediamill.client import Client, Voice
from mediamill.testing import eventually

KEY = "sk-tiger-0123456789"


@pytest.fixture(scope="module")
def speaker() -> Iterator[Speaker]:
    with speakers.provider() as speaker:
        yield speaker


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, speaker: Speaker) -> Iterator[Up]:
    up = Up(
        tmp_path_factory.mktemp("up"),
        environ={
            "TTS_SERVICE_URL": speaker.url,
            "TTS_SERVICE_API_KEY": KEY,
            "TTS_SERVICE_VOICES": "alloy=en,linh=vi",
            "MEDIAMILL_VOICE_DEFAULTS": "vi=service-linh",
        },
    )
    yield up
    up.stop()


@pytest.fixture
def voices(up: Up) -> Path:
    """The folder that an operator lays models into; each test has names of its own."""
    folder = up.folder / "voices"
    folder.mkdir(exist_ok=True)
    return folder


def lay_half(voices: Path, name: str) -> None:
    """Lay a model of which only the beginning is there."""
    lay(voices, name)
    (voices / f"{name}.onnx").unlink()
    (voices / f"{name}.onnx").write_bytes(b"half of it")


def job(up: Up, **params: object) -> dict[str, object]:
    """Run a job to its end; return its record."""
    answer = up.client.post("/speech", json={"format": "wav", **params}, headers={"Prefer": "wait=60"})
    assert answer.is_success, answer.text
    found: dict[str, object] = up.client.get(f"/jobs/{answer.json()['task_id']}").json()
    return found


def data(record: dict[str, object]) -> dict[str, object]:
    """Return what a job that succeeded says of itself."""
    assert record["status"] == "SUCCESS", record
    found = record["data"]
    assert isinstance(found, dict)
    return found


def test_a_model_that_is_laid_into_the_folder_speaks_without_a_restart(up: Up, voices: Path) -> None:
    request = {"text": "The post was late again.", "voice": "piper-joe"}
    refused = up.client.post("/speech", json=request)
    assert refused.status_code == 422
    assert "there is no voice 'piper-joe'" in refused.text
    lay(voices, "joe")
    eventually(lambda: up.client.post("/speech?force=true", json=request).is_success, within_s=5)
    assert data(job(up, **request))["voices"] == ["piper-joe"]


def test_a_broken_model_is_refused_at_the_door(up: Up, voices: Path) -> None:
    lay_half(voices, "half")
    request = {"text": "The post was late again.", "voice": "piper-half"}

    def refusal() -> str:
        answer = up.client.post("/speech", json=request)
        assert answer.status_code == 422
        return answer.text

    eventually(lambda: "the voice piper-half is not ready here: half.onnx is no ONNX model" in refusal(), within_s=5)
    assert str(up.folder) not in refusal()


def test_they_are_listed_beside_those_of_the_packages(up: Up, voices: Path) -> None:
    lay(voices, "whole")
    lay_half(voices, "torn")

    def listed() -> dict[str, Voice]:
        with Client(str(up.client.base_url), up.client.headers["X-API-Key"]) as client:
            return {voice.name: voice for voice in client.voices()}

    eventually(lambda: {"piper-whole", "piper-torn"} <= set(listed()), within_s=5)
    found = listed()
    assert (found["piper-whole"].ready, found["piper-whole"].sample_rate_hz) == (True, 22_050)
    assert (found["service-linh"].language, found["service-linh"].engine) == ("vi", "service")
    assert found["piper-torn"].needs == "torn.onnx is no ONNX model"
    assert found["heart"].licence == "Apache-2.0"


def test_the_voice_of_a_provider_speaks_and_reads_a_language_where_the_operator_chose_it(
    up: Up, speaker: Speaker
) -> None:
    speaker.heard.clear()
    assert data(job(up, text="The bridge was closed.", voice="service-alloy"))["voices"] == ["service-alloy"]
    assert data(job(up, text="Hôm nay thư đến muộn."))["voices"] == ["service-linh"]
    assert [(heard.text, heard.voice) for heard in speaker.heard] == [
        ("The bridge was closed.", "alloy"),
        ("Hôm nay thư đến muộn.", "linh"),
    ]


def test_where_the_provider_is_away_a_voice_of_this_machine_speaks_and_the_job_says_so(
    up: Up, speaker: Speaker
) -> None:
    speaker.moods = [status(503, None, **{"Retry-After": "60"})]
    told = data(job(up, text="Trời mưa suốt cả ngày."))
    assert told["degraded"]
    assert told["voices"] == ["espeak-vi"]
    again = data(job(up, text="Trời mưa suốt cả ngày."))
    assert again["voices"] == ["service-linh"], "it is not what a repeat gets"
    assert not again["degraded"]


def test_a_key_that_is_not_taken_ends_the_job_and_is_told_nowhere(up: Up, speaker: Speaker) -> None:
    speaker.moods = [status(401, {"error": {"message": f"wrong key {KEY}", "code": "invalid_api_key"}})]
    record = job(up, text="The ferry was cancelled.", voice="service-alloy")
    assert (record["status"], record["error_code"]) == ("FAILURE", "VOICE_DENIED")
    log = up.client.get(f"/jobs/{record['task_id']}/logs").text
    assert "it does not take our key: TTS_SERVICE_API_KEY" in str(record["error_message"])
    assert "tiger" not in str(record) + log
    assert speaker.url.removeprefix("http://") not in str(record) + log


def test_a_cancelled_job_leaves_a_provider_that_hangs(up: Up, speaker: Speaker) -> None:
    speaker.moods = [hanging(speaker)]
    accepted = up.client.post("/speech", json={"text": "The train is still standing.", "voice": "service-alloy"})
    task_id = accepted.json()["task_id"]
    assert speaker.waiting.wait(30)
    up.client.delete(f"/jobs/{task_id}")
    eventually(lambda: up.client.get(f"/jobs/{task_id}").json()["status"] == "REVOKED", within_s=10)
    assert speaker.left.wait(10)
