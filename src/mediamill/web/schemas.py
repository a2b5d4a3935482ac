"""OpenAPI: the bodies of services from their models, examples everywhere, one shape of errors."""

from collections.abc import Iterator
from typing import Any, Final, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from mediamill import __version__
from mediamill.core.service import AnyService
from mediamill.web import openai
from mediamill.web.auth import OPEN
from mediamill.web.bodies import PARAMS
from mediamill.web.errors import MEDIA_TYPE, Problem
from mediamill.web.openai import OpenAIProblem

_REF: Final = "#/components/schemas/{model}"
_METHODS: Final = ("get", "post", "patch", "put", "delete")
_DESCRIPTION: Final = (
    "A job server for long media work. A POST is answered 202 with a job; watch it at its `links`. "
    "Every error is an `application/problem+json` document with an `error_code`; below /v1/ it has OpenAI's shape."
)


def request_body(service: AnyService) -> dict[str, Any]:
    """Return the request body of POST /{path}: JSON, and multipart where the service takes files."""
    name = schema_name(service)
    example = example_of(service.params)
    reference = {"$ref": _REF.format(model=name)}
    content: dict[str, Any] = {"application/json": {"schema": reference, "example": example}}
    if fields := (*service.inputs, *service.secret_places):
        files = {each: {"type": "string", "format": "binary"} for each in fields}
        content["multipart/form-data"] = {
            "schema": {"type": "object", "properties": {PARAMS: reference, **files}, "additionalProperties": False},
            "encoding": {PARAMS: {"contentType": "application/json"}},
            "example": {PARAMS: {}, **dict.fromkeys(files, "the file's content")},
        }
    return {"requestBody": {"required": True, "content": content}}


def parameters(model: type[BaseModel], place: Literal["query", "header"]) -> list[dict[str, Any]]:
    """Return the fields of a model as parameters of an operation, all optional. Headers have `-` for `_`."""
    fields: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
    return [
        {
            "name": name.replace("_", "-") if place == "header" else name,
            "in": place,
            "required": False,
            "description": schema["description"],
            "schema": schema,
        }
        for name, schema in fields.items()
    ]


def schema_name(service: AnyService) -> str:
    """Return the name of a service's parameters among the schemas: `speech` -> `SpeechParams`."""
    return service.name.replace("-", " ").replace("_", " ").title().replace(" ", "") + "Params"


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's first example, or one put together from the first example of each field."""
    schema = model.model_json_schema()
    if whole := schema.get("examples"):
        first: dict[str, Any] = whole[0]
        return first
    fields: dict[str, Any] = schema.get("properties", {})
    return {name: field["examples"][0] for name, field in fields.items() if field.get("examples")}


def install(app: FastAPI, services: list[AnyService]) -> None:
    """Make /openapi.json tell the whole truth about `app`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, services)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI, services: list[AnyService]) -> dict[str, Any]:
    document = get_openapi(
        title="mediamill", version=__version__, description=_DESCRIPTION, routes=app.routes, tags=app.openapi_tags
    )
    components = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for service in services:
        schemas.update(_parameters(service))
    shapes: dict[str, type[BaseModel]] = {MEDIA_TYPE: Problem, "application/json": OpenAIProblem}
    for shape in shapes.values():
        schemas.update(_definitions(shape.__name__, shape))
    components["responses"] = {
        shape.__name__: {"description": "What went wrong.", "content": {media_type: _problem(shape)}}
        for media_type, shape in shapes.items()
    }
    components["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    for path, operation in _operations(document):
        operation["responses"].pop("422", None)
        shape = OpenAIProblem if openai.speaks(path) else Problem
        operation["responses"]["default"] = {"$ref": f"#/components/responses/{shape.__name__}"}
        operation["security"] = [] if path in OPEN else [{"key": []}, {"bearer": []}]
        _exemplify(operation, schemas)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document.get("paths", {}).items():
        for method in _METHODS:
            if method in methods:
                yield path, methods[method]


def _problem(shape: type[BaseModel]) -> dict[str, Any]:
    extra = shape.model_config.get("json_schema_extra")
    example = extra["examples"][0] if isinstance(extra, dict) else {}  # type: ignore[index]
    return {"schema": {"$ref": _REF.format(model=shape.__name__)}, "example": example}


def _parameters(service: AnyService) -> dict[str, Any]:
    """Return the schemas of a service's parameters; what they refer to is named after them."""
    name = schema_name(service)
    schema = service.params.model_json_schema(ref_template=_REF.format(model=f"{name}.{{model}}"))
    nested = schema.pop("$defs", {})
    return {name: schema, **{f"{name}.{inner}": definition for inner, definition in nested.items()}}


def _definitions(name: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_REF)
    return {name: schema, **schema.pop("$defs", {})}


def _exemplify(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give every body, of the request and of a success, the example that its schema has."""
    bodies = [operation.get("requestBody", {}).get("content", {})]
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status.startswith("2"):
            bodies.append(content)
            # FastAPI writes down JSON of no shape where a route sends something else.
            if content.get("application/json") == {"schema": {}}:
                del content["application/json"]
    for media in (media for content in bodies for media in content.values()):
        name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
        examples = schemas.get(name, {}).get("examples")
        if examples and "example" not in media:
            media["example"] = examples[0]
