"""The routes below /v1/: how they refuse, what they list; and that all others go on as they were."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.web.parts import KEYS, signed, with_speech

from mediamill.services.speech.openai import MODELS
from mediamill.store.pool import Client
from mediamill.web.app import create_app
from mediamill.web.rooms import Rooms

SPEECH = "/v1/audio/speech"
HELLO = {"model": "tts-1", "voice": "alloy", "input": "Hello there."}


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    """With the real speech service, and a short patience with bodies."""
    return with_speech(replace(rooms, settings=replace(rooms.settings, body_limit_bytes=2_000_000)))


@pytest.fixture
def api(rooms: Rooms) -> Iterator[TestClient]:
    with TestClient(create_app(rooms), headers=signed("ann"), raise_server_exceptions=False) as client:
        yield client


def refused(api: TestClient, method: str, path: str, **request: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401
    answer = api.request(method, path, **request)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"] == answer.headers["x-correlation-id"]
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    return answer.status_code, body["error"]


WRONG = {
    "no text": ({"model": "tts-1", "voice": "alloy"}, "input"),
    "a text of another kind": ({**HELLO, "input": ["Hello."]}, "input"),
    "a blank text": ({**HELLO, "input": " \n"}, "input"),
    "a text of punctuation": ({**HELLO, "input": "?!..."}, "input"),
    "a text that is too long": ({**HELLO, "input": "a" * 1_000_001}, "input"),
    "a script that nobody reads": ({**HELLO, "input": "𐌰𐌱𐌲𐌳 𐌴𐌵𐌶𐌷"}, "input"),
    "an unknown voice": ({**HELLO, "voice": "nobody"}, "voice"),
    "an unknown voice by its id": ({**HELLO, "voice": {"id": "voice_1234"}}, "voice"),
    "a voice that is a number": ({**HELLO, "voice": 7}, "voice"),
    "a voice that is something else": ({**HELLO, "voice": {"name": "heart"}}, "voice"),
    "an unknown format": ({**HELLO, "response_format": "m4b"}, "response_format"),
    "too fast": ({**HELLO, "speed": 4}, "speed"),
    "too slow": ({**HELLO, "speed": 0.25}, "speed"),
    "no speed at all": ({**HELLO, "speed": "fast"}, "speed"),
    "an unknown way to stream": ({**HELLO, "stream_format": "websocket"}, "stream_format"),
    "a language that nobody reads": ({**HELLO, "language": "tlh"}, "language"),
    "a voice of another language": ({**HELLO, "voice": "heart", "language": "vi"}, "language"),
    "a sample rate that is none": ({**HELLO, "sample_rate": 12_345}, "sample_rate"),
    "a list": ([HELLO], None),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_is_told_which_parameter_to_correct(api: TestClient, case: str) -> None:
    body, param = WRONG[case]
    status, error = refused(api, "POST", SPEECH, json=body)
    assert (status, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert error["code"] == "invalid_input"
    assert api.get("/jobs").json()["jobs"] == []


def test_a_speed_of_openai_s_that_there_is_not_is_told_with_what_there_is(api: TestClient) -> None:
    _, error = refused(api, "POST", SPEECH, json={**HELLO, "speed": 4})
    assert error["message"] == "speed: 4 is not possible here; of OpenAI's 0.25 to 4 there is 0.5 to 2"


def test_an_unknown_model_is_not_found(api: TestClient) -> None:
    for status, error in (
        refused(api, "POST", SPEECH, json={**HELLO, "model": "gpt-4"}),
        refused(api, "GET", "/v1/models/gpt-4"),
    ):
        assert (status, error["code"], error["param"]) == (404, "model_not_found", "model")
        assert "mediamill" in error["message"]


OTHERWISE: dict[str, tuple[str, str, dict[str, Any], int, str | None]] = {
    "no key": ("POST", SPEECH, {"headers": {"X-API-Key": ""}, "json": HELLO}, 401, "invalid_api_key"),
    "a wrong key": ("GET", "/v1/models", {"headers": {"X-API-Key": "no"}}, 401, "invalid_api_key"),
    "a wrong key at no path": ("GET", "/v1/chat", {"headers": {"X-API-Key": "no"}}, 401, "invalid_api_key"),
    "no such path": ("POST", "/v1/chat/completions", {"json": {}}, 404, "unknown_url"),
    "the prefix alone": ("GET", "/v1", {}, 404, "unknown_url"),
    "another method": ("GET", SPEECH, {}, 405, "method_not_allowed"),
    "another kind of body": ("POST", SPEECH, {"content": b"hi", "headers": {"Content-Type": "text/plain"}}, 415, None),
    "a form": ("POST", SPEECH, {"files": {"input": b"hi"}}, 415, "unsupported_media_type"),
    "no JSON": ("POST", SPEECH, {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, None),
    "nothing": ("POST", SPEECH, {"headers": {"Content-Type": "application/json"}}, 400, "malformed_json"),
    "too much": ("POST", SPEECH, {"json": {"input": "a" * 2_100_000}}, 413, "too_large"),
    "a bad key of idempotency": ("POST", SPEECH, {"json": HELLO, "headers": {"Idempotency-Key": "a" * 256}}, 400, None),
}


@pytest.mark.parametrize("case", OTHERWISE)
def test_every_refusal_below_v1_has_openai_s_shape(api: TestClient, case: str) -> None:
    method, path, request, status, code = OTHERWISE[case]
    told, error = refused(api, method, path, **request)
    assert (told, error["type"], error["param"]) == (status, "invalid_request_error", None)
    assert code in (None, error["code"])


def test_the_key_may_come_as_openai_s_clients_send_it(api: TestClient) -> None:
    del api.headers["X-API-Key"]
    assert api.get("/v1/models", headers={"Authorization": f"Bearer {KEYS['ann']}"}).status_code == 200
    status, error = refused(api, "GET", "/v1/models", headers={"Authorization": "Bearer no"})
    assert (status, error["code"]) == (401, "invalid_api_key")


def test_our_own_faults_are_server_errors(rooms: Rooms) -> None:
    broken = replace(rooms, submitter=None)  # type: ignore[arg-type]
    with TestClient(create_app(broken), headers=signed("ann"), raise_server_exceptions=False) as api:
        status, error = refused(api, "POST", SPEECH, json=HELLO)
    assert (status, error["type"], error["code"]) == (500, "server_error", "internal")


def test_a_store_that_is_full_is_a_server_error_that_passes(api: TestClient, client: Client) -> None:
    client.run("CONFIG", "SET", "maxmemory", "1")
    try:
        status, error = refused(api, "POST", SPEECH, json=HELLO)
        again_s = api.post(SPEECH, json=HELLO).headers["retry-after"]
    finally:
        client.run("CONFIG", "SET", "maxmemory", "0")
    assert (status, error["type"], error["code"], again_s) == (503, "server_error", "unavailable", "2")


def test_all_other_routes_go_on_with_problem_documents(api: TestClient) -> None:
    for method, path, key in (
        ("POST", "/speech", "key-of-ann"),
        ("GET", "/v2/models", "key-of-ann"),
        ("GET", "/v1x", "key-of-ann"),
        ("GET", "/jobs", "no"),
    ):
        answer = api.request(method, path, headers={"X-API-Key": key})
        assert answer.headers["content-type"] == "application/problem+json", path
        assert "error_code" in answer.json()
        assert "x-request-id" not in answer.headers


def test_models_are_listed_as_openai_does(api: TestClient) -> None:
    listed = api.get("/v1/models").json()
    assert (listed["object"], [each["id"] for each in listed["data"]]) == ("list", list(MODELS))
    assert api.get("/v1/models/tts-1").json() == listed["data"][1]
    assert {each["object"] for each in listed["data"]} == {"model"}


def test_the_routes_are_documented(api: TestClient) -> None:
    document = api.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    for path, methods in document["paths"].items():
        shape = "OpenAIProblem" if path.startswith("/v1/") else "Problem"
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["responses"]["default"] == {"$ref": f"#/components/responses/{shape}"}, where
            assert operation.get("summary"), where
            told = [response for status, response in operation["responses"].items() if status.startswith("2")]
            contents = [response.get("content", {}) for response in told]
            for media in (media for content in contents for media in content.values()):
                assert media.get("example"), where
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description"), f"{where}: {parameter['name']}"
    sent = document["paths"][SPEECH]["post"]["requestBody"]["content"]["application/json"]
    assert {"model", "input", "voice", "response_format", "speed", "stream_format"} <= set(sent["schema"]["properties"])
    assert api.post(SPEECH, json={**sent["example"], "input": ""}).json()["error"]["param"] == "input"
