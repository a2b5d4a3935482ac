"""`mediamill voices`, and what `doctor` says of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from tests.media.loopback import served
from tests.media.voices import speakers
from tests.media.voices.models import lay

from mediamill.cli import group
from mediamill.client import Client
from mediamill.media.voices import catalog
from mediamill.media.voices.voice import Voice

VOICES = [
    {
        "name": name,
        "language": language,
        "label": "",
        "engine": engine,
        "sample_rate_hz": rate_hz,
        "licence": licence,
        "ready": not needs,
        "needs": needs,
        "sample": f"/voices/{name}/sample",
    }
    for name, language, engine, rate_hz, licence, needs in (
        ("heart", "en", "hibari", 24_000, "Apache-2.0", None),
        ("espeak-vi", "vi", "espeak-ng", 22_050, "GPL-3.0-or-later", None),
        ("espeak-vi-vn-x-south", "vi-vn-x-south", "espeak-ng", 22_050, "GPL-3.0-or-later", None),
        ("piper-x", "vi-vn", "piper", 22_050, "CC0", "x.onnx is missing"),
        ("service-alloy", "mul", "service", 24_000, "see its server", None),
    )
]


def speaks(own: str, language: str) -> bool:
    return Voice("x", own, "", "", "", 24_000, None).speaks(catalog.canonical(language))


@pytest.fixture
def server() -> Iterator[str]:
    """A server with these voices, as the API lists them."""

    async def listed(request: web.Request) -> web.StreamResponse:
        language = request.query.get("language")
        meant = [each for each in VOICES if language is None or speaks(str(each["language"]), language)]
        return web.json_response({"voices": meant})

    app = web.Application()
    app.router.add_get("/voices", listed)
    with served(app) as host:
        yield f"http://{host}"


def run(server: str, *words: str) -> str:
    result = CliRunner().invoke(group, ["voices", "--url", server, "--api-key", "key-of-ann", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def names(printed: str) -> list[str]:
    return [line.split()[0] for line in printed.splitlines()[1:]]


def test_voices_are_listed_with_what_they_need(server: str) -> None:
    lines = run(server).splitlines()
    assert lines[0].split() == ["NAME", "LANGUAGE", "ENGINE", "RATE", "LICENCE", "READY"]
    assert lines[1].split() == ["heart", "en", "hibari", "24", "kHz", "Apache-2.0", "ready"]
    assert lines[4].split(maxsplit=6) == ["piper-x", "vi-vn", "piper", "22.05", "kHz", "CC0", "x.onnx is missing"]


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (["vi"], ["espeak-vi", "espeak-vi-vn-x-south", "piper-x", "service-alloy"]),
        (["vi", "--ready"], ["espeak-vi", "espeak-vi-vn-x-south", "service-alloy"]),
        (["vi_VN"], ["espeak-vi-vn-x-south", "piper-x", "service-alloy"]),
        (["de"], ["service-alloy"]),
    ],
)
def test_voices_of_a_language_are_listed(server: str, words: list[str], listed: list[str]) -> None:
    assert names(run(server, *words)) == listed


def test_voices_are_printed_as_json(server: str) -> None:
    first = json.loads(run(server, "--json").splitlines()[0])
    assert first == {**VOICES[0], "needs": ""}


def test_the_client_lists_voices(server: str) -> None:
    with Client(server, "key-of-ann") as client:
        found = client.voices()
        (south,) = [voice for voice in client.voices("vi-VN-x-south") if voice.language != "mul"]
    assert [voice.name for voice in found if not voice.ready] == ["piper-x"]
    assert found[0].sample == "/voices/heart/sample"
    assert south.name == "espeak-vi-vn-x-south"


# ---- doctor


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    catalog.use(None)


def findings(data_dir: Path, **environ: str) -> dict[str, list[str]]:
    """Return what doctor says of voices, by its verdict."""
    result: Result = CliRunner().invoke(group, ["doctor", "--json", "--data-dir", str(data_dir)], env=environ)
    found: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines()]
    told: dict[str, list[str]] = {"ok": [], "note": [], "bad": []}
    for each in found:
        if each["what"] == "voices":
            told[each["verdict"]].append(each["words"])
    return told


def test_doctor_counts_the_voices(tmp_path: Path) -> None:
    told = findings(tmp_path)
    assert told["bad"] == told["note"] == []
    assert told["ok"][0].startswith("1 of hibari, ")


def test_doctor_tells_of_broken_models_and_of_choices_that_cannot_be_followed(tmp_path: Path) -> None:
    (tmp_path / "voices").mkdir()
    lay(tmp_path / "voices", "good")
    for name in ("one", "two", "three", "four"):
        (tmp_path / f"voices/{name}.onnx.json").write_text("{")
    (tmp_path / "voices/bf_emma.int8.onnx").write_bytes(b"half of it")
    told = findings(tmp_path, MEDIAMILL_VOICE_DEFAULTS="vi=piper-gone,en=piper-good", ENABLE_EDGE_TTS="yes")
    assert "1 of hibari" in told["ok"][0]
    assert "1 of piper" in told["ok"][0]
    bad = "\n".join(told["bad"])
    assert "emma: bf_emma.int8.onnx is no ONNX model" in bad
    assert "piper-one: one.onnx.json is no description of a model" in bad
    assert "MEDIAMILL_VOICE_DEFAULTS: piper-gone cannot read vi here" in bad
    assert "piper-good" not in bad
    assert told["note"] == ["what the voices edge-... say is sent to Microsoft (ENABLE_EDGE_TTS)"]


@pytest.mark.parametrize(
    ("moods", "key", "verdict", "words"),
    [
        ([], "sk-tiger-1", "ok", "the server of TTS_SERVICE_URL answers"),
        ([401], "sk-tiger-1", "bad", "does not take TTS_SERVICE_API_KEY (401)"),
        ([401], "", "bad", "wants a key: TTS_SERVICE_API_KEY (401)"),
        ([404], "", "note", "is there; it lists no models (404)"),
    ],
)
def test_doctor_asks_the_server_of_voices(tmp_path: Path, moods: list[int], key: str, verdict: str, words: str) -> None:
    with speakers.provider() as speaker:
        speaker.moods = list(moods)
        told = findings(tmp_path, TTS_SERVICE_URL=speaker.url, TTS_SERVICE_API_KEY=key)
    assert words in told[verdict][-1]
    assert "tiger" not in str(told)


def test_doctor_tells_of_a_server_that_is_not_there(tmp_path: Path) -> None:
    told = findings(tmp_path, TTS_SERVICE_URL="http://127.0.0.1:9")
    assert told["bad"] == ["TTS_SERVICE_URL: http://127.0.0.1:9/v1/models cannot be reached (ConnectError)"]
