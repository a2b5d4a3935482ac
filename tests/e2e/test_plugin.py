"""A service from outside the package: installed as a plug-in, run by the real stack, asked through HTTP."""

import io
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.e2e.up import ROOT, Up

TEXT = "Xin chào các bạn. Hôm nay trời đẹp."


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with examples/shout installed in it, as pip does it, without a network."""
    source = tmp_path_factory.mktemp("source") / "shout"
    shutil.copytree(ROOT / "examples/shout", source, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    target = tmp_path_factory.mktemp("plugins")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    subprocess.run([*pip, *options, str(source)], check=True, timeout=60)
    return target


@pytest.fixture(scope="module")
def server(plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of `mediamill up` with the plug-in on its path."""
    up = Up(tmp_path_factory.mktemp("data"), path=str(plugins))
    yield up.client
    up.stop()


def loudness(sound: bytes) -> float:
    """Return the mean square of a 16-bit mono WAV."""
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    return sum(sample * sample for sample in samples) / len(samples)


def shouted(server: httpx2.Client, gain_db: float) -> tuple[dict[str, object], bytes]:
    """Have TEXT shouted; return the finished job and its sound."""
    answer = server.post("/shout", json={"text": TEXT, "gain_db": gain_db}, headers={"Prefer": "wait=60"})
    assert answer.status_code == 200, answer.text
    job = answer.json()
    assert job["status"] == "SUCCESS", job
    assert [file["name"] for file in job["files"]] == ["speech.wav"]
    return job, server.get(job["files"][0]["url"]).content


def test_a_plug_in_is_served_like_a_service_of_ours(server: httpx2.Client) -> None:
    calm, calm_sound = shouted(server, 0)
    loud, loud_sound = shouted(server, 3)
    assert calm["queue"] == loud["queue"] == "cpu"
    assert calm["data"] == loud["data"]
    assert loudness(loud_sound) / loudness(calm_sound) == pytest.approx(10 ** (3 / 10), rel=0.05)


def test_its_log_and_its_cache_are_those_of_the_engine(server: httpx2.Client) -> None:
    shouted(server, 1)
    job, _ = shouted(server, 2)
    log = server.get(f"/jobs/{job['task_id']}/logs").text
    assert '"event":"shout.raised","fields":{"gain_db":2.0}' in log
    assert '"event":"attempt.cache","fields":{"hits":2,"made":0}' in log


def test_its_request_is_described_and_checked(server: httpx2.Client) -> None:
    described = server.get("/openapi.json").text
    assert "/shout" in described
    assert "Added loudness, dB." in described
    for sent, field in (
        ({"text": "?!"}, "text"),
        ({"text": "hi", "gain_db": 21}, "gain_db"),
        ({"volume": 1}, "volume"),
    ):
        refused = server.post("/shout", json=sent)
        assert refused.status_code == 422, refused.text
        assert refused.json()["error_code"] == "INVALID_INPUT"
        assert field in {error["field"] for error in refused.json()["errors"]}
