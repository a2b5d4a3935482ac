"""The schema of a model, in the words that every server knows."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from mediamill.media.llm.schema import strict

#: What OpenAI's strict mode, Ollama, vLLM and llama.cpp all take.
KNOWN = {"type", "description", "enum", "anyOf", "items", "properties", "required", "additionalProperties"}


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    name: str = Field(min_length=1, max_length=20, pattern="^[a-z]+$", description="What it is called.")
    colour: Colour = Field(default=Colour.RED, description="Of its paint.", examples=["red"])
    kind: Literal["a"] = "a"
    weight: Annotated[float, Field(ge=0.5, le=9)] = 1.0


class Whole(BaseModel):
    """A thing."""

    parts: tuple[Part, ...] = Field(min_length=2, max_length=5)
    spare: Part | None = None
    many: list[int] = Field(min_length=1)


class Ring(BaseModel):
    next: "Ring | None" = None


class Loose(BaseModel):
    sizes: dict[str, int]


def nodes(schema: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Return every schema within a schema."""
    found = [schema]
    for each in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        found += nodes(each)
    return found + (nodes(schema["items"]) if "items" in schema else [])


def test_only_what_every_server_knows_is_in_it() -> None:
    for node in nodes(strict(Whole)):
        assert set(node) <= KNOWN


def test_every_object_wants_all_its_properties_and_no_others() -> None:
    objects = [node for node in nodes(strict(Whole)) if node.get("type") == "object"]
    assert len(objects) == 3
    for node in objects:
        assert node["required"] == list(node["properties"])
        assert node["additionalProperties"] is False


def test_references_are_written_out_and_keep_their_own_description() -> None:
    parts = strict(Whole)["properties"]["parts"]
    assert parts["items"]["properties"]["colour"] == {
        "description": "Of its paint.",
        "type": "string",
        "enum": ["red", "blue"],
    }
    assert strict(Whole)["properties"]["spare"]["anyOf"][1] == {"type": "null"}


def test_limits_become_words() -> None:
    whole = strict(Whole)["properties"]
    part = whole["parts"]["items"]["properties"]
    assert part["name"]["description"] == "What it is called. 1 to 20 characters."
    assert part["weight"]["description"] == "0.5 to 9."
    assert whole["parts"]["description"] == "2 to 5 entries."
    assert whole["many"]["description"] == "1 or more entries."
    assert part["kind"]["enum"] == ["a"]


@pytest.mark.parametrize("model", [Ring, Loose])
def test_a_form_that_cannot_be_asked_for_is_an_error(model: type[BaseModel]) -> None:
    with pytest.raises(ValueError, match="cannot be asked for"):
        strict(model)
