"""What surrounds the routes: headers, compression, log, health, docs, a service's own routes."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.web.parts import SHOUT, UNKNOWN_ID, WATCH, ShoutParams, run, signed

from mediamill import Service
from mediamill.engine.registry import Found, Registry
from mediamill.engine.submit import Ask
from mediamill.files.room import Room
from mediamill.store.pool import Client
from mediamill.web.app import create_app
from mediamill.web.auth import OPEN
from mediamill.web.docs import ASSETS
from mediamill.web.envelope import CSP
from mediamill.web.rooms import Rooms


def test_every_answer_has_security_headers_and_its_correlation_id(api: TestClient) -> None:
    for path in ("/healthz", "/jobs", "/nothing", f"/jobs/{UNKNOWN_ID}"):
        headers = api.get(path, headers={"X-Correlation-ID": "my-own-id"}).headers
        assert headers["X-Correlation-ID"] == "my-own-id"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_long_answers_are_compressed_for_whoever_accepts_it(api: TestClient) -> None:
    packed = api.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    plain = api.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 3
    assert packed.json() == plain.json()
    assert "Content-Encoding" not in plain.headers


def test_only_named_origins_may_call_from_a_browser(api: TestClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-API-Key"}
    good = api.options("/shout", headers={"Origin": "https://app.example", **asked})
    assert (good.status_code, good.headers["Access-Control-Allow-Origin"]) == (200, "https://app.example")
    bad = api.options("/shout", headers={"Origin": "https://evil.example", **asked})
    assert "Access-Control-Allow-Origin" not in bad.headers
    answer = api.post("/shout", json={"text": "break"}, headers={"Origin": "https://app.example"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (500, "https://app.example")


def test_without_origins_no_browser_may_call(rooms: Rooms) -> None:
    with TestClient(create_app(replace(rooms, settings=replace(rooms.settings, cors_origins=())))) as api:
        assert (
            "Access-Control-Allow-Origin" not in api.get("/healthz", headers={"Origin": "https://app.example"}).headers
        )


def test_the_log_has_a_line_per_request_and_no_secrets(api: TestClient) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        api.get("/jobs?cursor=a-secret-query", headers={"X-Correlation-ID": "find-me"})
        api.get("/jobs", headers={"X-API-Key": "a-secret-key"})
        api.get("/healthz")
    seen = [line for line in lines if line["event"] == "http.request"]
    assert [(line["path"], line["status"], line["owner"], line["log_level"]) for line in seen] == [
        ("/jobs", 422, "ann", "info"),
        ("/jobs", 401, None, "info"),
        ("/healthz", 200, None, "debug"),
    ]
    assert seen[0]["correlation_id"] == "find-me"
    assert "secret" not in str(lines)


def test_the_log_does_not_have_what_users_call_things(api: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        api.get("/files/a-secret-film.mp4")
        api.get(f"/jobs/{UNKNOWN_ID}/files/a/secret.txt")
        api.put("/files/a-secret-film.mp4")
        api.get(f"/jobs/{UNKNOWN_ID}")
    paths = [line["path"] for line in lines if line["event"] == "http.request"]
    assert paths == ["/files/{path}", f"/jobs/{UNKNOWN_ID}/files/{{name}}", "/files/{path}", f"/jobs/{UNKNOWN_ID}"]
    assert "secret" not in str(lines)


def test_health_is_told_to_everybody(api: TestClient) -> None:
    del api.headers["X-API-Key"]
    assert api.get("/healthz").json()["status"] == "ok"
    assert api.head("/healthz").status_code == 200
    ready = api.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "status": "ok", "reasons": [], "warnings": []})


def test_a_store_that_is_full_is_not_ready(api: TestClient, client: Client) -> None:
    client.run("CONFIG", "SET", "maxmemory", "1")
    try:
        answer = api.get("/ready")
        refused = api.post("/shout", json={"text": "hi"})
    finally:
        client.run("CONFIG", "SET", "maxmemory", "0")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["reasons"]
    assert (refused.status_code, refused.json()["error_code"]) == (503, "UNAVAILABLE")
    assert api.get("/ready").status_code == 200


def test_a_disk_without_room_is_ready_but_warned_of(rooms: Rooms, tmp_path: Path) -> None:
    with TestClient(create_app(replace(rooms, disk=Room(tmp_path, 1 << 60)))) as api:
        answer = api.get("/ready")
    (warning,) = answer.json()["warnings"]
    assert (answer.status_code, "jobs that write wait: the disk has" in warning) == (200, True)


def test_a_folder_of_recordings_that_is_not_mounted_is_warned_of(api: TestClient, rooms: Rooms, tmp_path: Path) -> None:
    assert api.get("/ready").json()["warnings"] == []
    rooms.library.folder.open_mark()
    assert api.get("/ready").json()["warnings"] == []
    rooms.library.folder.root.rename(tmp_path / "gone")
    answer = api.get("/ready")
    assert (answer.status_code, "is its disk mounted?" in answer.json()["warnings"][0]) == (200, True)


def test_a_store_that_would_forget_is_ready_but_warned_of(api: TestClient, client: Client) -> None:
    client.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    client.run("CONFIG", "SET", "appendonly", "no")
    try:
        answer = api.get("/ready")
    finally:
        client.run("CONFIG", "SET", "maxmemory-policy", "noeviction")
        client.run("CONFIG", "SET", "appendonly", "yes")
    assert (answer.status_code, len(answer.json()["warnings"])) == (200, 2)


def test_the_docs_load_nothing_from_elsewhere(api: TestClient) -> None:
    del api.headers["X-API-Key"]
    page = api.get("/docs")
    assert "https:" not in page.text
    assert page.headers["Content-Security-Policy"] == CSP
    assert "<script>" not in page.text
    for name in (*ASSETS, "start.js"):
        assert f"docs/{name}" in page.text
        answer = api.get(f"/docs/{name}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith(ASSETS.get(name, "text/javascript"))
    assert api.get("/docs/other.js").status_code == 404
    assert api.get("/docs/..%2fcore.py").status_code == 404


@pytest.fixture
def document(api: TestClient) -> dict[str, Any]:
    described: dict[str, Any] = api.get("/openapi.json").json()
    return described


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]


def test_the_openapi_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 15


def test_every_operation_has_examples_errors_and_says_who_may_call(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation.get("summary"), where
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}, where
        assert "422" not in operation["responses"], where
        assert operation["security"] == ([] if path in OPEN else [{"key": []}, {"bearer": []}]), where
        bodies = [
            media
            for status, response in operation["responses"].items()
            if status.startswith("2")
            for media in response.get("content", {}).values()
        ]
        bodies += operation.get("requestBody", {}).get("content", {}).values()
        assert bodies, where
        for media in bodies:
            assert media.get("example"), where


def test_every_parameter_is_described(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            told = parameter.get("description") or parameter["schema"].get("description")
            assert told, f"{method} {path}: {parameter['name']}"


def test_a_services_parameters_are_in_the_document(document: dict[str, Any], api: TestClient) -> None:
    content = document["paths"]["/shout"]["post"]["requestBody"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/ShoutParams"}
    example = content["application/json"]["example"]
    assert example == {"text": "Xin chào"}
    assert api.post("/shout", json=example).status_code == 202
    form = content["multipart/form-data"]["schema"]["properties"]
    assert set(form) == {"params", "file", "second", "cookie", "key"}
    assert "multipart/form-data" not in document["paths"]["/watchers"]["post"]["requestBody"]["content"]
    schemas = document["components"]["schemas"]
    assert schemas["ShoutParams"]["properties"]["loudness"]["$ref"] == "#/components/schemas/ShoutParams.Loudness"
    assert "ShoutParams.Loudness" in schemas


def test_a_service_may_bring_routes_of_its_own(rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "plugin_with_routes"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "routes.py").write_text(
        "from fastapi import APIRouter\n"
        "from mediamill.web.auth import Signed\n"
        "def router(rooms):\n"
        "    own = APIRouter()\n"
        "    @own.get('/voices')\n"
        "    def voices(caller: Signed) -> dict[str, str]:\n"
        "        return {'caller': caller.owner, 'limit': str(rooms.settings.body_limit_bytes)}\n"
        "    return own\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry({"shout": Found(SHOUT, "plugin_with_routes", ())})
    try:
        with TestClient(create_app(replace(rooms, registry=registry))) as api:
            assert api.get("/voices").status_code == 401
            assert api.get("/voices", headers=signed("bob")).json() == {"caller": "bob", "limit": "52428800"}
    finally:
        for name in [name for name in sys.modules if name.startswith("plugin_with_routes")]:
            del sys.modules[name]


def test_a_service_that_is_not_public_has_no_route_and_its_jobs_are_listed_all_the_same(
    rooms: Rooms,
) -> None:
    inner = Service("inner", ShoutParams, run, public=False)
    found = {"shout": Found(SHOUT, "web_plugin", ()), "inner": Found(inner, "web_plugin", ())}
    with TestClient(create_app(replace(rooms, registry=Registry(found))), headers=signed("ann")) as api:
        assert api.post("/inner", json={"text": "hi"}).status_code == 404
        assert "inner" not in api.get("/openapi.json").text
        warm = {"requests": [{"service": "inner", "params": {"text": "hi"}}]}
        (warmed,) = api.post("/cache/warm", json=warm, headers=signed("root")).json()["jobs"]
        assert warmed["error_code"] == "SERVICE_OFF"
        made = rooms.submitter.submit(Ask(service=inner, params=ShoutParams(text="hi"), owner="ann"))
        listed = api.get("/jobs", params={"service": "inner"}).json()["jobs"]
        assert [job["task_id"] for job in listed] == [made.id]
        assert api.get(f"/jobs/{made.id}").json()["service"] == "inner"


def test_two_services_of_one_package_share_its_routes(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "plugin_of_two"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "routes.py").write_text(
        "from fastapi import APIRouter\n"
        "def router(rooms):\n"
        "    made = APIRouter()\n"
        "    made.add_api_route('/together', lambda: rooms.polls.pollers(), methods=['GET'])\n"
        "    return made\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = {"shout": Found(SHOUT, "plugin_of_two", ()), "watch": Found(WATCH, "plugin_of_two", ())}
    try:
        with TestClient(create_app(replace(rooms, registry=Registry(found)))) as api:
            assert api.get("/together", headers=signed("bob")).json() == {}
    finally:
        for name in [name for name in sys.modules if name.startswith("plugin_of_two")]:
            del sys.modules[name]


def test_a_service_that_is_off_has_no_route(rooms: Rooms) -> None:
    registry = Registry({"shout": Found(SHOUT, "nowhere", ("a_missing_module",))})
    with TestClient(create_app(replace(rooms, registry=registry)), headers=signed("ann")) as api:
        assert api.post("/shout", json={"text": "hi"}).status_code == 404
