"""What every service of the house keeps, whoever wrote it."""

import importlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from mediamill import Cancelled
from mediamill.core.service import AnyService
from mediamill.engine.registry import Found, discover
from mediamill.testing import FakeContext

#: Modules that only a process which does the work may load: they cost time, memory or a connection.
HEAVY = (
    *("numpy", "scipy", "soundfile", "onnxruntime", "torch", "av", "PIL", "typst", "tesserocr", "lameenc"),
    *("redis", "celery", "kombu", "fastapi", "starlette", "uvicorn", "obstore", "hibari", "yt_dlp", "streamlink"),
)
IMPORT_WITHIN_MODULES = 900

#: Those that anybody may ask for; what others are for, their own tests tell.
FOUND = [found for found in discover().found if found.service.public]


@pytest.fixture(params=FOUND, ids=lambda found: found.service.name)
def found(request: pytest.FixtureRequest) -> Found:
    """Every service that is installed here."""
    each: Found = request.param
    return each


@pytest.fixture
def service(found: Found) -> AnyService:
    return found.service


def example(service: AnyService) -> dict[str, Any]:
    """Return a request out of the schema's own examples."""
    schema = service.params.model_json_schema()
    whole = schema.get("examples")
    if whole:
        first: dict[str, Any] = whole[0]
        return first
    return {name: field["examples"][0] for name, field in schema["properties"].items() if field.get("examples")}


def fields(schema: Mapping[str, Any], place: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every field of the request, those of nested models too."""
    here = [(f"{place}.{name}", field) for name, field in schema.get("properties", {}).items()]
    for name, nested in schema.get("$defs", {}).items():
        here += fields(nested, name)
    return here


def test_every_field_says_what_it_is_and_shows_an_example(service: AnyService) -> None:
    schema = service.params.model_json_schema()
    assert schema.get("description"), "the request as a whole has no docstring"
    for name, field in fields(schema, service.name):
        assert field.get("description"), f"{name} has no description"
        assert field.get("examples") or field.get("const") or "enum" in field, f"{name} has no examples"


def test_every_example_is_valid(service: AnyService) -> None:
    request = example(service)
    params = service.params.model_validate_json(json.dumps(request))
    if service.check is not None:
        service.check(params, {})
    assert service.queue_of(params, {})
    for name, field in service.params.model_json_schema()["properties"].items():
        for value in field.get("examples", ()):
            service.params.__pydantic_validator__.validate_assignment(service.params.model_construct(), name, value)


def test_an_unknown_field_is_refused(service: AnyService) -> None:
    with pytest.raises(ValidationError, match="unknown_field"):
        service.params.model_validate({**example(service), "unknown_field": 1})


def test_a_request_comes_back_from_its_record_as_it_was(service: AnyService) -> None:
    params: BaseModel = service.params.model_validate(example(service))
    assert service.params.model_validate_json(params.model_dump_json(round_trip=True)) == params


def test_what_comes_as_a_secret_is_kept_as_one(service: AnyService) -> None:
    for *outer, name in service.secret_places.values():
        model = service.params
        for part in outer:
            model = model.model_fields[part].annotation
        assert "SecretStr" in str(model.model_fields[name].annotation)


def test_a_cancelled_attempt_ends_with_cancelled(service: AnyService, tmp_path: Path) -> None:
    params = service.params.model_validate(example(service))
    with pytest.raises(Cancelled):
        service.run(params, FakeContext(tmp_path, cancel_after=1))


def test_it_has_a_readme_that_names_what_it_takes(found: Found) -> None:
    package = importlib.import_module(found.package)
    assert package.__file__ is not None
    readme = Path(package.__file__).with_name("README.md").read_text("utf-8")
    assert f"/{found.service.path}" in readme
    for name in found.service.params.model_fields:
        assert f"`{name}`" in readme, f"README.md does not tell of {name}"


def test_it_has_tests_of_its_own(found: Found) -> None:
    package = importlib.import_module(found.package)
    assert package.__file__ is not None
    assert list(Path(package.__file__).with_name("tests").glob("test_*.py"))


def test_importing_it_is_cheap(found: Found) -> None:
    code = f"import json, sys, {found.package}; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = json.loads(told.stdout)
    assert not set(loaded) & set(HEAVY)
    assert len(loaded) < IMPORT_WITHIN_MODULES


def test_what_it_needs_comes_with_its_extra(found: Found) -> None:
    assert not found.missing
    assert not found.service.needs or found.service.extra


def test_there_is_a_service_to_test() -> None:
    assert FOUND
