"""What doctor says of language models and of models of pictures, before servers of this machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner
from tests.media.loopback import served

from mediamill.cli import group

LISTED = {"object": "list", "data": [{"id": "qwen3:latest"}, {"id": "llama3.2:3b"}, {"id": "models/gemini-3"}]}


@contextmanager
def listing(status: int = 200, body: object = None) -> Iterator[tuple[str, list[str | None]]]:
    """Serve GET /v1/models; yield the base URL and the keys that were shown."""
    shown: list[str | None] = []

    async def models(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization"))
        return web.json_response(LISTED if body is None else body, status=status)

    app = web.Application()
    app.router.add_get("/v1/models", models)
    with served(app) as host:
        yield f"http://{host}/v1", shown


def findings(data_dir: Path, **environ: str) -> list[tuple[str, str, str]]:
    result = CliRunner().invoke(group, ["doctor", "--json", "--data-dir", str(data_dir)], env=environ)
    found: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines()]
    return [(each["what"], each["verdict"], each["words"]) for each in found if each["what"] in {"llm", "images"}]


def test_doctor_says_that_no_model_is_set_up_and_that_none_is_needed(tmp_path: Path) -> None:
    ((what, verdict, words),) = findings(tmp_path)
    assert (what, verdict) == ("llm", "ok")
    assert "is off" in words
    assert "LLM_BASE_URL" in words


@pytest.mark.parametrize("model", ["qwen3", "qwen3:latest", "llama3.2:3b", "gemini-3"])
def test_doctor_says_that_the_server_has_the_model(tmp_path: Path, model: str) -> None:
    with listing() as (url, shown):
        told = findings(tmp_path, LLM_BASE_URL=url, LLM_API_KEY="sk-tiger-1", LLM_MODEL=model)
    assert told == [("llm", "ok", f"the server of LLM_BASE_URL answers, and has {model}")]
    assert shown == ["Bearer sk-tiger-1"]


def test_doctor_names_the_models_that_there_are(tmp_path: Path) -> None:
    with listing() as (url, _shown):
        told = findings(tmp_path, LLM_BASE_URL=url, LLM_MODEL="qwen33")
    words = "the server of LLM_BASE_URL lists no qwen33 (LLM_MODEL), only qwen3:latest, llama3.2:3b, models/gemini-3"
    assert told == [("llm", "note", words)]


@pytest.mark.parametrize(
    ("status", "body", "key", "verdict", "words"),
    [
        (401, None, "sk-tiger-1", "bad", "does not take LLM_API_KEY (401)"),
        (401, None, "", "bad", "wants a key: LLM_API_KEY (401)"),
        (404, None, "", "note", "is there; it lists no models (404)"),
        (200, {"data": []}, "", "ok", "answers"),
        (200, ["qwen3"], "", "ok", "answers"),
    ],
)
def test_doctor_asks_the_server_of_the_language_model(  # noqa: PLR0917 - what is seen and told
    tmp_path: Path, status: int, body: object, key: str, verdict: str, words: str
) -> None:
    with listing(status, body) as (url, _shown):
        ((what, said, told),) = findings(tmp_path, LLM_BASE_URL=url, LLM_API_KEY=key)
    assert (what, said) == ("llm", verdict)
    assert told == f"the server of LLM_BASE_URL {words}"


def test_doctor_asks_the_server_of_pictures_too(tmp_path: Path) -> None:
    with listing(403) as (url, _shown):
        told = findings(tmp_path, IMAGE_BASE_URL=url, IMAGE_API_KEY="sk-tiger-1")[1:]
    assert told == [("images", "bad", "the server of IMAGE_BASE_URL does not take IMAGE_API_KEY (403)")]


def test_doctor_tells_of_a_server_that_is_not_there(tmp_path: Path) -> None:
    told = findings(tmp_path, LLM_BASE_URL="http://127.0.0.1:9")
    assert told == [("llm", "bad", "LLM_BASE_URL: http://127.0.0.1:9/v1/models cannot be reached (ConnectError)")]
